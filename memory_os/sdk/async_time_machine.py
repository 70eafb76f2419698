"""The asynchronous twin of the SDK's time machine."""

from datetime import datetime
from typing import Unpack

from memory_os.domain.operations.past import (
    DiffResult,
    RollbackResult,
    SnapshotList,
    SnapshotRecord,
)
from memory_os.sdk.options import DiffOptions, RollbackOptions, ScopeOptions, SnapshotOptions
from memory_os.sdk.threads import in_thread
from memory_os.sdk.time_machine import TimeMachine


class AsyncTimeMachine:
    """The part of ``AsyncMemory`` that is about the past; see ``TimeMachine``."""

    def __init__(self, memory: TimeMachine) -> None:
        self._past = memory

    async def diff(
        self,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        **options: Unpack[DiffOptions],
    ) -> DiffResult:
        """Return what changed; see ``Memory.diff``."""
        return await in_thread(self._past.diff, start, end, **options)

    async def snapshot(self, name: str, **options: Unpack[SnapshotOptions]) -> SnapshotRecord:
        """Name this moment; see ``Memory.snapshot``."""
        return await in_thread(self._past.snapshot, name, **options)

    async def snapshots(self, **scope: Unpack[ScopeOptions]) -> SnapshotList:
        """Return the named moments; see ``Memory.snapshots``."""
        return await in_thread(self._past.snapshots, **scope)

    async def delete_snapshot(self, name: str, **scope: Unpack[ScopeOptions]) -> SnapshotRecord:
        """Forget a name; see ``Memory.delete_snapshot``."""
        return await in_thread(self._past.delete_snapshot, name, **scope)

    async def rollback(
        self, to: datetime | str | None = None, **options: Unpack[RollbackOptions]
    ) -> RollbackResult:
        """Go back; see ``Memory.rollback``."""
        return await in_thread(self._past.rollback, to, **options)
