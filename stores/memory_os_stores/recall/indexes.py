"""The indexes of all tenants, kept in memory and saved as snapshots."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from memory_os_stores.recall import snapshot
from memory_os_stores.recall.index import EmbeddedRecallIndex
from memory_os_stores.recall.packing import COPIED
from memory_os_stores.recall.sizes import DEFAULT_SIZES, Sizes

Checkpoint = Callable[[int], str | None]
SNAPSHOT = "index.snapshot"
_log = logging.getLogger(__name__)


class EmbeddedRecallIndexes:
    """Open, save and drop tenants' indexes. Safe to call from many threads and processes.

    A snapshot is a cache: one that is missing, foreign or damaged, or cannot be written, costs
    time and a line in the log, never an answer.
    """

    def __init__(
        self,
        directory: Path | None,
        *,
        fingerprint: str,
        dimensions: int,
        analyser: str,
        sizes: Sizes = DEFAULT_SIZES,
    ) -> None:
        """Keep snapshots in ``directory``, or none at all."""
        self._sizes = sizes
        self._directory = directory
        self._fingerprint = fingerprint
        self._dimensions = dimensions
        self._analyser = analyser
        self._lock = Lock()
        self._opened: dict[str, EmbeddedRecallIndex] = {}

    def open(self, tenant_id: str, checkpoint: Checkpoint) -> EmbeddedRecallIndex:
        """Return the tenant's index: the open one, else its snapshot, else an empty one."""
        with self._lock:
            index = self._opened.get(tenant_id)
            if index is None:
                index = self._restored(tenant_id, checkpoint)
                self._opened[tenant_id] = index
            return index

    def save(self, tenant_id: str, checkpoint: Checkpoint) -> None:
        """Write a snapshot atomically, if the store has a place for one."""
        index = self._opened.get(tenant_id)
        if index is None or self._directory is None:
            return
        arrays, applied = index.packed()
        hashed = checkpoint(applied)
        if hashed is None:
            return
        about = {**self._about(tenant_id), "applied": applied, "checkpoint": hashed}
        try:
            snapshot.write(self._path(self._directory, tenant_id), about, arrays)
        except OSError as error:
            _log.warning("the index of a tenant was not saved: %s", error)

    def release(self, tenant_id: str) -> None:
        """Forget the open index and keep its snapshot: the next ``open`` starts from that."""
        with self._lock:
            self._opened.pop(tenant_id, None)

    def drop(self, tenant_id: str) -> None:
        """Forget the open index and its snapshot: the next ``open`` starts empty."""
        with self._lock:
            self._opened.pop(tenant_id, None)
            if self._directory is not None:
                self._path(self._directory, tenant_id).unlink(missing_ok=True)

    def clear(self, tenant_id: str) -> None:
        """Remove what saves that were interrupted have left."""
        if self._directory is not None:
            snapshot.sweep(self._path(self._directory, tenant_id).parent)

    def holding(self, tenant_id: str, cube_ids: Sequence[str]) -> list[str]:
        """Return which of these memories an open index can find, or any kept file names."""
        index = self._opened.get(tenant_id)
        found = {one for one in cube_ids if index is not None and index.holds(one)}
        if self._directory is not None:
            folder = self._path(self._directory, tenant_id).parent
            found |= snapshot.naming(folder, cube_ids)
        return [one for one in cube_ids if one in found]

    def close(self) -> None:
        """Release files."""
        with self._lock:
            self._opened.clear()

    def _restored(self, tenant_id: str, checkpoint: Checkpoint) -> EmbeddedRecallIndex:
        if self._directory is not None:
            try:
                return self._read(self._path(self._directory, tenant_id), tenant_id, checkpoint)
            except FileNotFoundError:
                _log.debug("no snapshot of this tenant's index yet")
            except (OSError, snapshot.Damaged) as error:
                _log.warning("a snapshot is not used, the index is rebuilt: %s", error)
        return EmbeddedRecallIndex(self._dimensions, self._sizes)

    def _read(self, path: Path, tenant_id: str, checkpoint: Checkpoint) -> EmbeddedRecallIndex:
        about, arrays = snapshot.read(path, COPIED)
        for name, mine in self._about(tenant_id).items():
            if about[name] != mine:
                raise snapshot.Damaged(f"{path.name} has another {name}: {about[name]!r}")
        applied = int(about["applied"])
        if checkpoint(applied) != about["checkpoint"]:
            raise snapshot.Damaged(f"{path.name} is not of this store's journal")
        return EmbeddedRecallIndex.restored(arrays, self._dimensions, applied, self._sizes)

    def _about(self, tenant_id: str) -> dict[str, object]:
        return {
            "tenant": _digest(tenant_id),
            "fingerprint": self._fingerprint,
            "dimensions": self._dimensions,
            "analyser": self._analyser,
        }

    def _path(self, directory: Path, tenant_id: str) -> Path:
        return directory / _digest(tenant_id) / SNAPSHOT


def _digest(tenant_id: str) -> str:
    return hashlib.sha256(tenant_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
