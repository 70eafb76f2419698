"""A tenant's index as one branch sees it: the same index, asked for two layers at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.domain.query import Visibility
from memory_os.domain.writing import Written
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.overlay import Overlay
from memory_os.ports.recall_index import (
    Change,
    Floats,
    Numbers,
    RecallIndex,
    RecallView,
    Under,
)

_TRIES = 3


class LayeredIndexing:
    """Keep the one index in step, and give it to readers on a branch."""

    def __init__(self, indexing: Indexing, overlay: Overlay) -> None:
        self._indexing = indexing
        self._overlay = overlay

    def current(self, tenant_id: str) -> RecallIndex:
        """Return the tenant's index with everything committed so far in it."""
        return LayeredIndex(self._indexing, self._overlay, tenant_id)

    def committed(self, tenant_id: str, written: Written, changes: Iterable[Change]) -> None:
        """Read from the rows what was committed: they know the branch of each cube."""
        del written, changes
        self._indexing.current(tenant_id)


class LayeredIndex:
    """The port ``RecallIndex`` for the length of one call on a branch."""

    def __init__(self, indexing: Indexing, overlay: Overlay, tenant_id: str) -> None:
        self._indexing = indexing
        self._overlay = overlay
        self._tenant_id = tenant_id
        self._index = indexing.current(tenant_id)

    @property
    def applied(self) -> int:
        """Return the sequence number up to which changes are in the index."""
        return self._index.applied

    @property
    def last_number(self) -> int:
        """Return the highest chunk number ever applied."""
        return self._index.last_number

    def apply(self, changes: Iterable[Change], upto: int) -> None:
        """Take in changes in order."""
        self._index.apply(changes, upto)

    def view(
        self,
        access: AccessFilter,
        visibility: Visibility,
        now: datetime,
        *,
        terms: Sequence[str],
        vector: Floats,
        allow: Numbers | None = None,
        under: Under | None = None,
    ) -> RecallView:
        """Fix what one query on the branch sees.

        What the rows hide and what the index holds must be of one moment: where others write in
        between it is fixed again, a few times at most.
        """
        top, store = self._overlay.top(access), self._overlay.store
        tried = 0
        while True:
            self._index = self._indexing.current(self._tenant_id)
            before = self._index.applied
            view = self._index.view(
                top,
                visibility,
                now,
                terms=terms,
                vector=vector,
                allow=allow,
                under=under or self._overlay.under(visibility.as_of),
            )
            tried += 1
            if tried == _TRIES or before == self._index.applied == store.head(self._tenant_id):
                return view

    def locate(self, numbers: Numbers) -> list[tuple[str, int, int]]:
        """Return (id of the row, version, ordinal) of each chunk."""
        return self._index.locate(numbers)
