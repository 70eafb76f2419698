"""Vectors by slot, two bytes a component, while there are few.

A component of a unit vector lies between -1 and 1 and is kept as a whole number of 32,767ths: a
cosine is off by about 0.00001, and turning a block of rows back into floats costs less than
reading floats would.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import best

Slots = NDArray[np.int64]
Floats = NDArray[np.float32]
LEVELS = np.float32(32767)
_BLOCK = 1024


class Rows(Protocol):
    """The vectors as one reader holds them."""

    @property
    def size(self) -> int:
        """Return how many there are."""
        ...

    @property
    def dimensions(self) -> int:
        """Return how many components each has."""
        ...

    def vectors(self, slots: Slots) -> Floats:
        """Return the vectors of these slots."""
        ...

    def products(self, query: Floats, slots: Slots) -> Floats:
        """Return the inner product of each of these slots with ``query``."""
        ...

    def best(self, query: Floats, slots: Slots, limit: int) -> tuple[Slots, Floats]:
        """Return the ``limit`` of these ascending slots with the highest products, best first."""
        ...


@dataclass(frozen=True, slots=True)
class FineRows:
    """Rows of 16-bit components."""

    cells: NDArray[np.int16]

    @property
    def size(self) -> int:
        """Return how many there are."""
        return int(self.cells.shape[0])

    @property
    def dimensions(self) -> int:
        """Return how many components each has."""
        return int(self.cells.shape[1])

    def vectors(self, slots: Slots) -> Floats:
        """Return the vectors of these slots."""
        return self.cells[slots].astype(np.float32) / LEVELS

    def products(self, query: Floats, slots: Slots) -> Floats:
        """Return the inner product of each of these slots with ``query``."""
        return self._products(query, slots, unbroken=False)

    def best(self, query: Floats, slots: Slots, limit: int) -> tuple[Slots, Floats]:
        """Return the ``limit`` of these ascending slots with the highest products, best first."""
        unbroken = slots.size > 0 and int(slots[-1]) - int(slots[0]) == slots.size - 1
        scores = self._products(query, slots, unbroken=unbroken)
        places = best(scores, limit)
        return slots[places], scores[places]

    def _products(self, query: Floats, slots: Slots, *, unbroken: bool) -> Floats:
        scaled, out = query / LEVELS, np.empty(slots.size, np.float32)
        for begin in range(0, slots.size, _BLOCK):
            part = slots[begin : begin + _BLOCK]
            if unbroken:
                block = self.cells[part[0] : part[-1] + 1]
            else:
                block = np.take(self.cells, part, axis=0)
            np.dot(block.astype(np.float32), scaled, out=out[begin : begin + _BLOCK])
        return out
