"""The branches' part of the connector port, over REST."""

import re

from memory_os.domain.operations.branch import (
    AdoptRequest,
    AdoptResult,
    BranchesRequest,
    BranchList,
    BranchRecord,
    BranchRequest,
)
from memory_os.errors import NotFound
from memory_os_api.client.exchange import IDEMPOTENCY_KEY
from memory_os_api.client.parameters import parameters_of
from memory_os_api.client.time_machine import Way

BRANCHES = "/v1/branches"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class BranchCalls:
    """Ask a service about branches. An adoption carries a key, so that it is safe to repeat."""

    def create_branch(self: Way, request: BranchRequest) -> BranchRecord:
        """Make a branch."""
        body = request.model_dump(mode="json", exclude_unset=True)
        return self._open.ask("POST", BRANCHES, BranchRecord, body=body)

    def branches(self: Way, request: BranchesRequest) -> BranchList:
        """Return the branches."""
        parameters = dict(parameters_of(request))
        return self._open.ask(
            "GET", BRANCHES, BranchList, parameters=parameters, safe=True, changes=False
        )

    def delete_branch(self: Way, name: str, request: BranchesRequest) -> BranchRecord:
        """Forget a branch and what was written on it."""
        parameters = dict(parameters_of(request))
        return self._open.ask("DELETE", _path(name), BranchRecord, parameters=parameters)

    def adopt(self: Way, name: str, request: AdoptRequest) -> AdoptResult:
        """Apply to main what was changed on a branch alone."""
        key, carried = self._key(request.idempotency_key)
        body = request.model_dump(mode="json", exclude_unset=True, exclude={"idempotency_key"})
        return self._open.ask(
            "POST",
            f"{_path(name)}/adoptions",
            AdoptResult,
            body={**body, **carried},
            headers={} if key is None else {IDEMPOTENCY_KEY: key},
            safe=True,
        )


def _path(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise NotFound(f"no branch {name[:128]!r}; list those there are", name=name[:128])
    return f"{BRANCHES}/{name}"
