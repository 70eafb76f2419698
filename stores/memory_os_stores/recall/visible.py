"""Which slots one call sees, as a mask over the directory, and sums over them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.layout import Code

Slots = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sums:
    """Chunks, their terms, and by group code: the terms and whether there is a chunk at all."""

    chunks: int
    terms: int
    group_terms: NDArray[np.float64]
    has_chunk: Mask

    def plus(self, other: "Sums") -> "Sums":
        """Return the sums over both; no chunk is in both."""
        size = max(self.group_terms.size, other.group_terms.size)
        terms, has_chunk = np.zeros(size), np.zeros(size, np.bool_)
        for part in (self, other):
            terms[: part.group_terms.size] += part.group_terms
            has_chunk[: part.has_chunk.size] |= part.has_chunk
        return Sums(self.chunks + other.chunks, self.terms + other.terms, terms, has_chunk)


class Visible:
    """The slots that a call sees; ``mask`` is nothing when it sees all of them."""

    def __init__(self, rows: Rows, mask: Mask | None) -> None:
        self._rows = rows
        self.size = rows.size
        self.mask = mask
        self._members: dict[int, tuple[int, NDArray[np.int64]]] = {}

    @cached_property
    def slots(self) -> Slots:
        """Return the visible slots, ascending."""
        return np.arange(self.size) if self.mask is None else np.flatnonzero(self.mask)

    @cached_property
    def count(self) -> int:
        """Return how many slots are visible."""
        return self.size if self.mask is None else int(np.count_nonzero(self.mask))

    @cached_property
    def sums(self) -> Sums:
        """Return the sums over the visible slots."""
        return self._sums(0)

    @cached_property
    def groups(self) -> int:
        """Return how many groups have a visible chunk."""
        return int(np.count_nonzero(self.sums.has_chunk))

    @cached_property
    def mean_length(self) -> float:
        """Return the mean number of terms of a visible chunk, 0 for none."""
        return self.sums.terms / self.count if self.count else 0.0

    @cached_property
    def mean_group_length(self) -> float:
        """Return the mean number of visible terms of a group, 0 for none."""
        return float(self.sums.group_terms.sum()) / self.groups if self.groups else 0.0

    def members(self, homes: NDArray[np.int16], lists: int) -> NDArray[np.int64]:
        """Return how many visible slots are at home in each list.

        The answer may be of a moment with fewer slots in lists, nine tenths at least.
        """
        known = self._members.get(lists)
        if known is None or not 0.9 * homes.size <= known[0] <= homes.size:
            seen = homes if self.mask is None else homes[self.mask[: homes.size]]
            known = (homes.size, np.bincount(seen, minlength=lists))
            self._members[lists] = known
        return known[1]

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

    def extended(self, rows: Rows, fresh: Mask | None) -> "Visible":
        """Return this with the slots that came since, of which ``fresh`` (nothing: all) pass."""
        mask = self.mask
        if mask is not None or fresh is not None:
            mask = np.ones(rows.size, np.bool_)
            mask[: self.size] = True if self.mask is None else self.mask
            mask[self.size :] = True if fresh is None else fresh
        longer = Visible(rows, mask)
        longer._members = self._members
        if "sums" in self.__dict__:
            longer.sums = self.sums.plus(longer._sums(self.size))
        return longer

    def _sums(self, first: int) -> Sums:
        """Return the sums over the visible slots from ``first`` on."""
        groups = self._rows.codes[Code.GROUP, first : self.size]
        lengths = self._rows.codes[Code.LENGTH, first : self.size]
        if self.mask is not None:
            seen = self.mask[first:]
            groups, lengths = groups[seen], lengths[seen]
        codes = int(groups.max(initial=-1)) + 1
        terms = np.asarray(np.bincount(groups + 1, lengths, codes + 1)[1:], np.float64)
        has_chunk = np.zeros(codes + 1, np.bool_)
        has_chunk[groups] = True
        return Sums(groups.size, int(lengths.sum(dtype=np.int64)), terms, has_chunk[:codes])
