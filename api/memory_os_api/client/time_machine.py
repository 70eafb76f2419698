"""The time machine's part of the connector port, over REST."""

import re
from typing import Protocol, TypeVar

from pydantic import BaseModel

from memory_os.domain.operations.past import (
    DiffRequest,
    DiffResult,
    RollbackRequest,
    RollbackResult,
    SnapshotList,
    SnapshotRecord,
    SnapshotRequest,
    SnapshotsRequest,
)
from memory_os.errors import NotFound
from memory_os_api.client.exchange import IDEMPOTENCY_KEY, Exchange
from memory_os_api.client.parameters import parameters_of

SNAPSHOTS = "/v1/snapshots"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
Answer = TypeVar("Answer", bound=BaseModel)


class Way(Protocol):
    """What a connector to a service has: an open exchange, and keys for changes."""

    @property
    def _open(self) -> Exchange: ...

    def _key(self, given: str | None) -> tuple[str | None, dict[str, str]]: ...


class TimeMachineCalls:
    """Ask a service about the past. A rollback carries a key, so that it is safe to repeat."""

    def diff(self: Way, request: DiffRequest) -> DiffResult:
        """Return what changed between two times."""
        parameters = dict(parameters_of(request))
        return self._open.ask(
            "GET", "/v1/diff", DiffResult, parameters=parameters, safe=True, changes=False
        )

    def snapshot(self: Way, request: SnapshotRequest) -> SnapshotRecord:
        """Name this moment."""
        body = request.model_dump(mode="json", exclude_unset=True)
        return self._open.ask("POST", SNAPSHOTS, SnapshotRecord, body=body)

    def snapshots(self: Way, request: SnapshotsRequest) -> SnapshotList:
        """Return the named moments."""
        parameters = dict(parameters_of(request))
        return self._open.ask(
            "GET", SNAPSHOTS, SnapshotList, parameters=parameters, safe=True, changes=False
        )

    def delete_snapshot(self: Way, name: str, request: SnapshotsRequest) -> SnapshotRecord:
        """Forget a named moment."""
        if not _NAME.fullmatch(name):
            raise NotFound(f"no snapshot {name!r} of exactly this scope", name=name)
        parameters = dict(parameters_of(request))
        return self._open.ask(
            "DELETE", f"{SNAPSHOTS}/{name}", SnapshotRecord, parameters=parameters
        )

    def rollback(self: Way, request: RollbackRequest) -> RollbackResult:
        """Make a memory or a scope again what it was."""
        key, carried = self._key(request.idempotency_key)
        body = request.model_dump(mode="json", exclude_unset=True, exclude={"idempotency_key"})
        return self._open.ask(
            "POST",
            "/v1/rollbacks",
            RollbackResult,
            body={**body, **carried},
            headers={} if key is None else {IDEMPOTENCY_KEY: key},
            safe=True,
        )
