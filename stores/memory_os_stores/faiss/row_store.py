"""Growing vectors: fine rows while they are few, compact ones for good once they are many."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import grown
from memory_os_stores.faiss.compact_rows import CompactRows, planes
from memory_os_stores.faiss.rows import LEVELS, FineRows, Floats, Rows, Slots

_STEP = 16_384
_FINE = "vectors.fine"
_PLANES = ("vectors.upper", "vectors.lower", "vectors.scales")

Arrays = Mapping[str, NDArray[Any]]


class RowStore:
    """Vectors in the order of their slots. One writer at a time; readers hold ``now``."""

    def __init__(self, dimensions: int, arrays: Arrays | None = None) -> None:
        """Begin without vectors, or with those that ``arrays`` told of."""
        held = arrays or {}
        self._dimensions = dimensions
        self._half = (dimensions + 1) // 2
        self.compact = _PLANES[0] in held
        self._cells = held.get(_FINE, np.empty(0, np.int16))
        self._upper = held.get(_PLANES[0], np.empty(0, np.int8))
        self._lower = held.get(_PLANES[1], np.empty(0, np.uint8))
        self._scales = held.get(_PLANES[2], np.empty(0, np.float32))
        self._size = self._scales.size if self.compact else self._cells.size // dimensions

    @property
    def now(self) -> Rows:
        """Return the vectors as they are now."""
        size, wide, half = self._size, self._dimensions, self._half
        if not self.compact:
            return FineRows(self._cells[: size * wide].reshape(size, wide))
        return CompactRows(
            wide,
            self._upper[: size * wide].reshape(size, wide),
            self._lower[: size * half].reshape(size, half),
            self._scales[:size],
        )

    def append(self, vectors: Floats) -> None:
        """Add one row a vector; fine rows cut components beyond -1 and 1."""
        first, size = self._size, self._size + vectors.shape[0]
        if self.compact:
            upper, lower, scales = planes(vectors)
            self._upper = _put(self._upper, first * self._dimensions, upper)
            self._lower = _put(self._lower, first * self._half, lower)
            self._scales = _put(self._scales, first, scales)
        else:
            levels = np.rint(vectors.clip(-1.0, 1.0) * LEVELS).astype(np.int16)
            self._cells = _put(self._cells, first * self._dimensions, levels)
        self._size = size

    def shrink(self) -> None:
        """Turn fine rows into compact ones."""
        if self.compact:
            return
        fine, size = self.now, self._size
        self._size, self.compact = 0, True
        for first in range(0, size, _STEP):
            self.append(fine.vectors(np.arange(first, min(first + _STEP, size))))
        self._cells = np.empty(0, np.int16)

    def compacted(self, kept: Slots) -> "RowStore":
        """Return a store of these rows alone, in their order."""
        now = self.now
        if isinstance(now, CompactRows):
            arrays = (now.upper[kept].ravel(), now.lower[kept].ravel(), now.scales[kept])
            return RowStore(self._dimensions, dict(zip(_PLANES, arrays, strict=True)))
        cells = self._cells[: self._size * self._dimensions].reshape(self._size, self._dimensions)
        return RowStore(self._dimensions, {_FINE: cells[kept].ravel()})

    def arrays(self) -> Arrays:
        """Return everything as arrays."""
        size, wide, half = self._size, self._dimensions, self._half
        if not self.compact:
            return {_FINE: self._cells[: size * wide]}
        arrays = (self._upper[: size * wide], self._lower[: size * half], self._scales[:size])
        return dict(zip(_PLANES, arrays, strict=True))


def _put(array: NDArray[Any], used: int, fresh: NDArray[Any]) -> NDArray[Any]:
    array = grown(array, used, used + fresh.size)
    array[used : used + fresh.size] = fresh.ravel()
    return array
