"""The reviewers' part of the connector port, over REST."""

import re

from pydantic import BaseModel

from memory_os.domain.operations import Memory
from memory_os.domain.operations.review import AttestRequest, RejectRequest
from memory_os.errors import NotFound
from memory_os_api.client.exchange import IDEMPOTENCY_KEY
from memory_os_api.client.time_machine import Way

_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


class ReviewingCalls:
    """Review and vouch through a service; every call carries a key, so it is safe to repeat."""

    def attest(self: Way, memory_id: str, request: AttestRequest) -> Memory:
        """Say how far a memory may be relied on."""
        key, carried = self._key(request.idempotency_key)
        return self._open.ask(
            "POST",
            _path(memory_id, "attestations"),
            Memory,
            body={**_body(request), **carried},
            headers={} if key is None else {IDEMPOTENCY_KEY: key},
            safe=True,
        )

    def reject(self: Way, memory_id: str, request: RejectRequest) -> Memory:
        """End the time of a memory that is held for review."""
        key, carried = self._key(request.idempotency_key)
        return self._open.ask(
            "POST",
            _path(memory_id, "rejections"),
            Memory,
            body={**_body(request), **carried},
            headers={} if key is None else {IDEMPOTENCY_KEY: key},
            safe=True,
        )


def _path(memory_id: str, name: str) -> str:
    if not _ID.fullmatch(memory_id):
        raise NotFound(f"no memory {memory_id!r}", id=memory_id)
    return f"/v1/cubes/{memory_id}/{name}"


def _body(request: BaseModel) -> dict[str, object]:
    return request.model_dump(mode="json", exclude_unset=True, exclude={"idempotency_key"})
