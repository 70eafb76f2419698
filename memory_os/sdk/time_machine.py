"""The SDK's time machine: what changed, named moments, going back."""

from datetime import datetime
from typing import Any, Unpack

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
from memory_os.ports.connector import Connector
from memory_os.sdk.options import DiffOptions, RollbackOptions, ScopeOptions, SnapshotOptions
from memory_os.sdk.requests import build


class TimeMachine:
    """The part of ``Memory`` that is about the past.

    A time is a ``datetime`` with a zone, ISO 8601 text, or ``snapshot:`` and the name of one.
    """

    connector: Connector

    def diff(
        self,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        **options: Unpack[DiffOptions],
    ) -> DiffResult:
        """Return what was added, removed, revised and moved after ``start`` and up to ``end``.

        Each memory that differs comes with both its forms and the fields that changed; pass
        ``next_cursor`` on as ``cursor``. With ``branch`` it is what changed there; a branch without
        ``start`` is compared with main as it is now.

        Raises:
            InvalidInput, InvalidCursor; NotFound: there is no such snapshot.
        """
        fields: dict[str, Any] = dict(options)
        if start is not None:
            fields["start"] = start
        if end is not None:
            fields["end"] = end
        return self.connector.diff(build(DiffRequest, fields))

    def snapshot(self, name: str, **options: Unpack[SnapshotOptions]) -> SnapshotRecord:
        """Name this moment of a scope, to read it later as ``as_of="snapshot:NAME"``.

        Raises:
            AlreadyExists: the scope has one of this name.
        """
        return self.connector.snapshot(build(SnapshotRequest, {"name": name, **options}))

    def snapshots(self, **scope: Unpack[ScopeOptions]) -> SnapshotList:
        """Return the snapshots of a scope, oldest first."""
        return self.connector.snapshots(build(SnapshotsRequest, scope))

    def delete_snapshot(self, name: str, **scope: Unpack[ScopeOptions]) -> SnapshotRecord:
        """Forget the name; the memory of that moment stays.

        Raises:
            NotFound: exactly this scope has none of this name.
        """
        return self.connector.delete_snapshot(name, build(SnapshotsRequest, scope))

    def rollback(
        self, to: datetime | str | None = None, **options: Unpack[RollbackOptions]
    ) -> RollbackResult:
        """Make one memory (``memory_id``) or all of a scope again what it was at ``to``.

        One memory can go back to a ``version`` instead. It is one transaction; going back writes
        new versions, so that another rollback to ``undo_to`` takes it back. What is frozen,
        quarantined or merged stays and is listed as refused; ``dry_run`` changes nothing.

        Raises:
            InvalidInput, NotFound, AccessDenied, IdempotencyConflict.
        """
        fields: dict[str, Any] = dict(options)
        if to is not None:
            fields["to"] = to
        return self.connector.rollback(build(RollbackRequest, fields))
