"""The dense engine: the best visible chunks by cosine, exactly where that is cheap.

Up to ``exact`` visible vectors are compared one by one, so the answer of any small scope is exact
and full. Beyond that the nearest lists are read until two fifths of what is visible were seen.
FAISS does that while many of their members are visible: it names more than are wanted, and only
if enough of these are visible is nothing missed. Else the rows of the visible members are read,
and half of them, because such a scope may lie apart from the query.
The newest vectors, which are in no list yet, are compared one by one. Exact cosines decide in
every case.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.faiss.inverted import Inverted, Lists
from memory_os_stores.faiss.row_store import RowStore
from memory_os_stores.faiss.rows import Floats, Rows, Slots
from memory_os_stores.gate import Gate

_SHARE = 0.4
_SHARE_APART = 0.5
_AND_FURTHER = 2_000
_MORE = 1.5
_ENOUGH = 1.2
_MANY = 0.25


class Seen(Protocol):
    """The visible slots of a query."""

    @property
    def count(self) -> int:
        """Return how many are visible."""
        ...

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """Return for each slot whether it is visible; nothing when all are."""
        ...

    @property
    def slots(self) -> Slots:
        """Return the visible slots, ascending."""
        ...

    def members(self, homes: NDArray[np.int16], lists: int) -> NDArray[np.int64]:
        """Return how many visible slots are at home in each list."""
        ...


@dataclass(frozen=True, slots=True)
class Dense:
    """Vectors by slot as one reader holds them; ``covered`` of them are in ``inverted``."""

    rows: Rows
    inverted: Inverted | None
    covered: int
    exact: int

    def rank(self, query: Floats, seen: Seen, limit: int) -> tuple[Slots, Floats]:
        """Return the slots with the highest cosines, best first, and the cosines."""
        if self.inverted is None or seen.count <= max(self.exact, 2 * limit):
            return self._exact(query, seen, limit)
        near = self._near(self.inverted, query, seen, limit)
        late = np.arange(self.covered, self.rows.size)
        if seen.mask is not None:
            late = late[seen.mask[self.covered :]]
        slots = np.concatenate((near, late))
        if slots.size < limit:
            return self._exact(query, seen, limit)
        return self.rows.best(query, slots, limit)

    def _near(self, inverted: Inverted, query: Floats, seen: Seen, limit: int) -> Slots:
        """Return visible slots of the nearest lists, ascending: all of them or the best."""
        homes = inverted.homes[: self.covered]
        members = inverted.sizes
        if seen.mask is not None:
            members = seen.members(homes, inverted.lists)
        lists = inverted.nearest(query, members, _SHARE * seen.count + _AND_FURTHER)
        visible = float(members[lists].sum()) / float(inverted.sizes[lists].sum())
        if visible >= _MANY:
            found = inverted.search(query, lists, int(limit * _MORE / visible))
            found = np.sort(found[found < self.covered])
            if seen.mask is None:
                return found
            found = found[seen.mask[found]]
            if found.size >= _ENOUGH * limit:
                return found
        lists = inverted.nearest(query, members, _SHARE_APART * seen.count + _AND_FURTHER)
        return _at_home(homes, lists, inverted.lists, seen)

    def _exact(self, query: Floats, seen: Seen, limit: int) -> tuple[Slots, Floats]:
        return self.rows.best(query, seen.slots, limit)


def _at_home(homes: NDArray[np.int16], lists: Lists, total: int, seen: Seen) -> Slots:
    """Return the visible slots of these lists, ascending."""
    wanted = np.zeros(total, np.bool_)
    wanted[lists] = True
    slots = seen.slots[: np.searchsorted(seen.slots, homes.size)]
    return slots[wanted[homes[slots]]]


class DenseEngine:
    """Grow the vectors and, past ``exact`` of them, the lists. One writer at a time."""

    def __init__(
        self, store: RowStore, inverted: Inverted | None, gate: Gate, *, exact: int, late: int
    ) -> None:
        """Take up a store; ``late`` vectors may wait beside the lists."""
        self._gate = gate
        self._exact = exact
        self._late = late
        self.store = store
        self.inverted = inverted

    @property
    def now(self) -> Dense:
        """Return the engine as it is now."""
        covered = 0 if self.inverted is None else self.inverted.covered
        return Dense(self.store.now, self.inverted, covered, self._exact)

    def settle(self) -> bool:
        """Take the newest vectors into the lists, or choose new lists, when it is time."""
        rows = self.store.now
        if self.inverted is None or self.inverted.outgrown(rows.size):
            if rows.size <= self._exact:
                return False
            self.store.shrink()
            self.inverted = Inverted.train(self.store.now, self._gate)
            return True
        if rows.size - self.inverted.covered < self._late:
            return False
        self.inverted.extend(rows)
        return True

    def compacted(self, kept: Slots) -> "DenseEngine":
        """Return an engine of these slots alone, numbered anew in their order."""
        inverted = None if self.inverted is None else self.inverted.compacted(kept)
        store = self.store.compacted(kept)
        return DenseEngine(store, inverted, self._gate, exact=self._exact, late=self._late)
