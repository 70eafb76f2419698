"""Which slots one call sees, as a mask over the directory, and sums over them."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.layout import Code

Slots = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Visible:
    """The slots that a call sees; ``mask`` is nothing when it sees all of them."""

    def __init__(self, rows: Rows, mask: Mask | None) -> None:
        self._rows = rows
        self.size = rows.size
        self.mask = mask

    @cached_property
    def slots(self) -> Slots:
        """Return the visible slots, ascending."""
        return np.arange(self.size) if self.mask is None else np.flatnonzero(self.mask)

    @cached_property
    def count(self) -> int:
        """Return how many slots are visible."""
        return self.size if self.mask is None else int(np.count_nonzero(self.mask))

    @cached_property
    def bits(self) -> NDArray[np.uint8] | None:
        """Return the mask with eight slots a byte, the lowest bit first."""
        return None if self.mask is None else np.packbits(self.mask, bitorder="little")

    @cached_property
    def mean_length(self) -> float:
        """Return the mean number of terms of a visible chunk, 0 for none."""
        if not self.count:
            return 0.0
        return int(self._column(Code.LENGTH).sum(dtype=np.int64)) / self.count

    @cached_property
    def group_lengths(self) -> NDArray[np.float64]:
        """Return for each group code the number of terms of its visible chunks."""
        groups, lengths = self._column(Code.GROUP), self._column(Code.LENGTH)
        return np.asarray(np.bincount(groups + 1, lengths)[1:], np.float64)

    @cached_property
    def groups(self) -> int:
        """Return how many groups have a visible chunk."""
        groups = self._column(Code.GROUP)
        present = np.zeros(int(groups.max(initial=-1)) + 2, np.bool_)
        present[groups] = True
        return int(np.count_nonzero(present[:-1]))

    @cached_property
    def mean_group_length(self) -> float:
        """Return the mean number of visible terms of a group, 0 for none."""
        return float(self.group_lengths.sum()) / self.groups if self.groups else 0.0

    def hides(self, slots: NDArray[np.integer]) -> Mask:
        """Tell for each slot whether it is one (not negative) that is invisible."""
        if self.mask is None or not self.size:
            beyond: Mask = slots >= self.size
            return beyond
        inside = np.minimum(slots, self.size - 1)
        hidden: Mask = (slots >= 0) & ((slots >= self.size) | ~self.mask[inside])
        return hidden

    def sees(self, slots: NDArray[np.integer]) -> Mask:
        """Tell for each slot whether it is visible; slots that came later are not."""
        inside = (slots >= 0) & (slots < self.size)
        if self.mask is None or not self.size:
            return inside
        return inside & self.mask[np.where(inside, slots, 0)]

    def narrowed(self, slots: Slots) -> "Visible":
        """Return what is left when only these slots may be seen."""
        allowed = np.zeros(self.size, np.bool_)
        allowed[slots[self.sees(slots)]] = True
        return Visible(self._rows, allowed)

    def _column(self, column: Code) -> NDArray[np.int32]:
        values = self._rows.codes[column, : self.size]
        return values if self.mask is None else values[self.mask]
