"""Vectors by slot: four bytes a component while they are few, then one byte and a scale.

The compact form divides each vector by its own largest component, so no model's range has to be
known beforehand; the error of a cosine is about 0.001.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import grown

Slots = NDArray[np.int64]
Floats = NDArray[np.float32]
Cells = NDArray[np.number[Any]]
_LEVELS = 127.0
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Rows:
    """The vectors as one reader holds them; ``scales`` is empty while components are floats."""

    size: int
    dimensions: int
    cells: Cells
    scales: Floats

    @property
    def matrix(self) -> Cells:
        """Return one row a slot, as stored."""
        return self.cells[: self.size * self.dimensions].reshape(self.size, self.dimensions)

    def vectors(self, slots: Slots) -> Floats:
        """Return the vectors of these slots."""
        picked = self.matrix[slots].astype(np.float32)
        if self.scales.size:
            picked *= self.scales[slots, None]
        return picked

    def products(self, query: Floats, slots: Slots) -> Floats:
        """Return the inner product of each of these slots with ``query``."""
        matrix, out = self.matrix, np.empty(slots.size, np.float32)
        for begin in range(0, slots.size, _BLOCK):
            block = slots[begin : begin + _BLOCK]
            out[begin : begin + _BLOCK] = matrix[block].astype(np.float32, copy=False) @ query
        if self.scales.size:
            out *= self.scales[slots]
        return out

    def all_products(self, query: Floats, first: int, last: int) -> Floats:
        """Return the inner product of each slot from ``first`` to ``last`` with ``query``."""
        matrix = self.matrix
        if not self.scales.size:
            return np.asarray(matrix[first:last] @ query, np.float32)
        out = np.empty(last - first, np.float32)
        for begin in range(first, last, _BLOCK):
            stop = min(begin + _BLOCK, last)
            out[begin - first : stop - first] = matrix[begin:stop].astype(np.float32) @ query
        out *= self.scales[first:last]
        return out


class RowStore:
    """Grow the vectors. One writer at a time; readers hold ``now``."""

    def __init__(
        self,
        dimensions: int,
        cells: Cells | None = None,
        scales: Floats | None = None,
    ) -> None:
        self._dimensions = dimensions
        self._cells: Cells = np.empty(0, np.float32) if cells is None else cells
        self._scales = np.empty(0, np.float32) if scales is None else scales
        self._size = self._cells.size // dimensions

    @property
    def now(self) -> Rows:
        """Return the vectors as they are now."""
        return Rows(self._size, self._dimensions, self._cells, self._scales)

    @property
    def compact(self) -> bool:
        """Tell whether components take one byte."""
        return bool(self._cells.dtype == np.int8)

    def append(self, vectors: Floats) -> None:
        """Add one row a vector."""
        used = self._size * self._dimensions
        size = self._size + vectors.shape[0]
        total = size * self._dimensions
        self._cells = grown(self._cells, used, total)
        if self.compact:
            cells, scales = quantise(vectors)
            self._scales = grown(self._scales, self._size, size)
            self._scales[self._size : size] = scales
            self._cells[used:total] = cells.ravel()
        else:
            self._cells[used:total] = vectors.ravel()
        self._size = size

    def shrink(self) -> None:
        """Turn the components into bytes, for good."""
        if not self.compact:
            cells, self._scales = quantise(self.now.matrix.astype(np.float32))
            self._cells = cells.ravel()

    def compacted(self, kept: Slots) -> "RowStore":
        """Return a store of these rows alone, in their order."""
        now = self.now
        scales = now.scales[kept] if self.compact else now.scales
        return RowStore(self._dimensions, now.matrix[kept].ravel(), scales)


def quantise(vectors: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return whole numbers from -127 to 127 and the factor that turns each row back."""
    scales = (np.abs(vectors).max(axis=1) / _LEVELS).astype(np.float32)
    safe = np.where(scales > 0, scales, np.float32(1))
    return np.rint(vectors / safe[:, None]).astype(np.int8), scales
