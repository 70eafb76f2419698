"""The grants' part of the connector port, over REST."""

import re

from memory_os.domain.operations.grant import (
    GrantList,
    GrantRecord,
    GrantRequest,
    GrantsRequest,
)
from memory_os.errors import NotFound
from memory_os_api.client.exchange import IDEMPOTENCY_KEY
from memory_os_api.client.parameters import parameters_of
from memory_os_api.client.time_machine import Way

GRANTS = "/v1/grants"
_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


class SharingCalls:
    """Ask a service about grants. A grant carries a key, so that it is safe to repeat."""

    def grant(self: Way, request: GrantRequest) -> GrantRecord:
        """Give rights to others."""
        key, carried = self._key(request.idempotency_key)
        body = request.model_dump(mode="json", exclude_unset=True, exclude={"idempotency_key"})
        return self._open.ask(
            "POST",
            GRANTS,
            GrantRecord,
            body={**body, **carried},
            headers={} if key is None else {IDEMPOTENCY_KEY: key},
            safe=True,
        )

    def grants(self: Way, request: GrantsRequest) -> GrantList:
        """Return grants."""
        parameters = dict(parameters_of(request))
        return self._open.ask(
            "GET", GRANTS, GrantList, parameters=parameters, safe=True, changes=False
        )

    def revoke_grant(self: Way, grant_id: str, reason: str = "") -> GrantRecord:
        """End a grant."""
        if not _ID.fullmatch(grant_id):
            raise NotFound(f"no grant {grant_id!r}", id=grant_id)
        parameters: dict[str, str | list[str]] = {"reason": reason} if reason else {}
        return self._open.ask(
            "DELETE", f"{GRANTS}/{grant_id}", GrantRecord, parameters=parameters, safe=True
        )
