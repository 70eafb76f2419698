"""Port: the derived indexes of all tenants, and their snapshots."""

from collections.abc import Callable, Sequence
from typing import Protocol

from memory_os.ports.recall_index import RecallIndex


class RecallIndexes(Protocol):
    """Open, save and drop the index of a tenant. Safe to call from many threads."""

    def open(self, tenant_id: str, checkpoint: Callable[[int], str | None]) -> RecallIndex:
        """Return the tenant's index: the open one, else its snapshot, else an empty one.

        A snapshot is used only if it is whole, of this embedding model and analyser, and the
        journal's hash that it remembers equals ``checkpoint(applied)``. Otherwise the index is
        empty with ``applied`` 0, and the caller rebuilds it.
        """
        ...

    def save(self, tenant_id: str, checkpoint: Callable[[int], str | None]) -> None:
        """Write a snapshot atomically, if the store has a place for one."""
        ...

    def release(self, tenant_id: str) -> None:
        """Forget the open index and keep its snapshot: the next ``open`` starts from that."""
        ...

    def drop(self, tenant_id: str) -> None:
        """Forget the open index and its snapshot: the next ``open`` starts empty."""
        ...

    def clear(self, tenant_id: str) -> None:
        """Remove what saves that were interrupted have left."""
        ...

    def holding(self, tenant_id: str, cube_ids: Sequence[str]) -> list[str]:
        """Return which of these memories an open index can find, or any kept file names."""
        ...

    def close(self) -> None:
        """Release files."""
        ...
