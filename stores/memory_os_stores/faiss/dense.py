"""The dense engine: the best visible chunks by cosine, exactly where that is cheap.

One rule: up to ``exact`` visible vectors are compared one by one, so the answer of any small
scope is exact and full. Beyond that FAISS names candidates, half as many again as are wanted,
the newest vectors that are not in its lists yet are compared one by one, and the exact cosines
of all of these decide.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import best
from memory_os_stores.faiss.inverted import Inverted
from memory_os_stores.faiss.rows import Floats, Rows, RowStore, Slots
from memory_os_stores.gate import Gate

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
    exact: int

    def rank(self, query: Floats, seen: Seen, limit: int) -> tuple[Slots, Floats]:
        """Return the slots with the highest cosines, best first, and the cosines."""
        if self.inverted is None or seen.count <= max(self.exact, 2 * limit):
            return self._exact(query, seen, limit)
        near = self.inverted.search(
            query, self.rows.size, seen.count, seen.bits, int(limit * _MORE)
        )
        near = np.sort(near[near < self.covered])
        late = self.rows.stretch_products(query, self.covered, self.rows.size)
        if seen.mask is not None:
            late[~seen.mask[self.covered :]] = -np.inf
        scores = np.concatenate((self.rows.products(query, near), late))
        places = best(scores, limit)
        if places.size < limit or scores[places[-1]] == -np.inf:
            return self._exact(query, seen, limit)
        slots = np.where(
            places < near.size,
            near[np.minimum(places, near.size - 1)],
            places + (self.covered - near.size),
        )
        return slots, scores[places]

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
            self.inverted = Inverted.train(rows, self._gate)
            return True
        if rows.size - self.inverted.covered < self._late:
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
        store = self.store.compacted(kept)
        return DenseEngine(store, inverted, self._gate, exact=self._exact, late=self._late)
