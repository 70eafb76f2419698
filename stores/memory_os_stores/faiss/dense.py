"""The dense engine: the best visible chunks by cosine, exactly where that is cheap.

One rule: up to ``THRESHOLD`` visible vectors are compared one by one, so the answer of any small
scope is exact and full. Beyond that FAISS names candidates, half as many again as are wanted,
the newest vectors that are not in its lists yet are compared one by one, and the exact cosines
of all of these decide.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import best
from memory_os_stores.faiss.inverted import THRESHOLD, Inverted
from memory_os_stores.faiss.rows import Floats, Rows, RowStore, Slots
from memory_os_stores.gate import Gate

_TAIL = 4096
_MORE = 1.5


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

    @property
    def bits(self) -> NDArray[np.uint8] | None:
        """Return the mask with eight slots a byte, the lowest bit first."""
        ...


@dataclass(frozen=True, slots=True)
class Dense:
    """Vectors by slot as one reader holds them; ``covered`` of them are in ``inverted``."""

    rows: Rows
    inverted: Inverted | None
    covered: int

    def rank(self, query: Floats, seen: Seen, limit: int) -> tuple[Slots, Floats]:
        """Return the slots with the highest cosines, best first, and the cosines."""
        if self.inverted is None or seen.count <= max(THRESHOLD, 2 * limit):
            return self._exact(query, seen, limit)
        near = self.inverted.search(
            query, self.rows.size, seen.count, seen.bits, int(limit * _MORE)
        )
        late = np.arange(self.covered, self.rows.size)
        if seen.mask is not None:
            late = late[seen.mask[self.covered :]]
        slots = np.union1d(near, late)
        if slots.size < limit:
            return self._exact(query, seen, limit)
        return self._among(query, slots, limit)

    def _exact(self, query: Floats, seen: Seen, limit: int) -> tuple[Slots, Floats]:
        if seen.mask is not None:
            return self._among(query, seen.slots, limit)
        scores = self.rows.stretch_products(query, 0, self.rows.size)
        chosen = best(scores, limit)
        return chosen, scores[chosen]

    def _among(self, query: Floats, slots: Slots, limit: int) -> tuple[Slots, Floats]:
        scores = self.rows.products(query, slots)
        places = best(scores, limit)
        return slots[places], scores[places]


class DenseEngine:
    """Grow the vectors and, past ``THRESHOLD``, the lists. One writer at a time."""

    def __init__(self, store: RowStore, inverted: Inverted | None, gate: Gate) -> None:
        self._gate = gate
        self.store = store
        self.inverted = inverted

    @property
    def now(self) -> Dense:
        """Return the engine as it is now."""
        covered = 0 if self.inverted is None else self.inverted.covered
        return Dense(self.store.now, self.inverted, covered)

    def settle(self) -> bool:
        """Take the newest vectors into the lists, or choose new lists, when it is time."""
        rows = self.store.now
        if self.inverted is None or self.inverted.outgrown(rows.size):
            if rows.size <= THRESHOLD:
                return False
            self.inverted = Inverted.train(rows, self._gate)
            return True
        if rows.size - self.inverted.covered < _TAIL:
            return False
        self.inverted.extend(rows)
        return True

    def compacted(self, kept: Slots) -> "DenseEngine":
        """Return an engine of these slots alone, numbered anew in their order."""
        inverted = self.inverted
        if inverted is not None:
            moved = np.full(self.store.now.size, -1, np.int64)
            moved[kept] = np.arange(kept.size)
            inverted = inverted.compacted(moved)
        return DenseEngine(self.store.compacted(kept), inverted, self._gate)
