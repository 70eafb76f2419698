"""Vectors by slot, two bytes a component.

A component of a unit vector lies between -1 and 1 and is kept as a whole number of 32,767ths: a
cosine is off by about 0.00001, half the memory of floats, and turning a block back into floats
costs less than reading it would.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import grown

Slots = NDArray[np.int64]
Floats = NDArray[np.float32]
Cells = NDArray[np.int16]
_LEVELS = np.float32(32767)
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Rows:
    """The vectors as one reader holds them."""

    size: int
    dimensions: int
    cells: Cells

    @property
    def matrix(self) -> Cells:
        """Return one row a slot, in 32,767ths."""
        return self.cells[: self.size * self.dimensions].reshape(self.size, self.dimensions)

    def vectors(self, slots: Slots) -> Floats:
        """Return the vectors of these slots."""
        return self.matrix[slots].astype(np.float32) / _LEVELS

    def stretch(self, first: int, last: int) -> Floats:
        """Return the vectors of the slots from ``first`` to ``last`` (exclusive)."""
        return self.matrix[first:last].astype(np.float32) / _LEVELS

    def products(self, query: Floats, slots: Slots) -> Floats:
        """Return the inner product of each of these slots with ``query``."""
        matrix, scaled = self.matrix, query / _LEVELS
        out = np.empty(slots.size, np.float32)
        for begin in range(0, slots.size, _BLOCK):
            block = np.take(matrix, slots[begin : begin + _BLOCK], axis=0)
            out[begin : begin + _BLOCK] = block.astype(np.float32) @ scaled
        return out

    def stretch_products(self, query: Floats, first: int, last: int) -> Floats:
        """Return the inner product of each slot from ``first`` to ``last`` with ``query``."""
        matrix, scaled = self.matrix, query / _LEVELS
        out = np.empty(last - first, np.float32)
        for begin in range(first, last, _BLOCK):
            stop = min(begin + _BLOCK, last)
            out[begin - first : stop - first] = matrix[begin:stop].astype(np.float32) @ scaled
        return out


class RowStore:
    """Grow the vectors. One writer at a time; readers hold ``now``."""

    def __init__(self, dimensions: int, cells: Cells | None = None) -> None:
        self._dimensions = dimensions
        self._cells = np.empty(0, np.int16) if cells is None else cells
        self._size = self._cells.size // dimensions

    @property
    def now(self) -> Rows:
        """Return the vectors as they are now."""
        return Rows(self._size, self._dimensions, self._cells)

    def append(self, vectors: Floats) -> None:
        """Add one row a vector; components beyond -1 and 1 are cut."""
        used = self._size * self._dimensions
        size = self._size + vectors.shape[0]
        self._cells = grown(self._cells, used, size * self._dimensions)
        levels = np.rint(np.clip(vectors, -1.0, 1.0) * _LEVELS)
        self._cells[used : size * self._dimensions] = levels.ravel()
        self._size = size

    def compacted(self, kept: Slots) -> "RowStore":
        """Return a store of these rows alone, in their order."""
        return RowStore(self._dimensions, self.now.matrix[kept].ravel())
