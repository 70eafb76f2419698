"""The time machine: named moments, differences and going back, put together."""

from collections.abc import Callable

from memory_os.domain.access import Principal
from memory_os.domain.operations.past import (
    RollbackRequest,
    RollbackResult,
    SnapshotList,
    SnapshotRecord,
    SnapshotRequest,
    SnapshotsRequest,
)
from memory_os.kernel.differing import Differing
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.moments import Moments
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns
from memory_os.kernel.rolling_back import RollingBack
from memory_os.kernel.snapshots import Snapshots


class TimeMachine:
    """What can be done with the past, for any principal."""

    def __init__(self, parts: Parts, indexing: Indexing, turns: Turns) -> None:
        self.moments = Moments(parts)
        self.snapshots = Snapshots(parts)
        self.differing = Differing(parts, self.moments)
        self.rolling_back = RollingBack(parts, indexing, turns, self.moments, self.differing)


class TimeMachineConnector:
    """The time machine's part of the connector port, for whoever ``caller`` says calls."""

    def __init__(self, time_machine: TimeMachine, caller: Callable[[], Principal]) -> None:
        self._time_machine = time_machine
        self._caller = caller

    def snapshot(self, request: SnapshotRequest) -> SnapshotRecord:
        """Name this moment."""
        return self._time_machine.snapshots.snapshot(self._caller(), request)

    def snapshots(self, request: SnapshotsRequest) -> SnapshotList:
        """Return the named moments."""
        return self._time_machine.snapshots.snapshots(self._caller(), request)

    def delete_snapshot(self, name: str, request: SnapshotsRequest) -> SnapshotRecord:
        """Forget a named moment."""
        return self._time_machine.snapshots.delete_snapshot(self._caller(), name, request)

    def rollback(self, request: RollbackRequest) -> RollbackResult:
        """Make a memory or a scope again what it was."""
        return self._time_machine.rolling_back.rollback(self._caller(), request)
