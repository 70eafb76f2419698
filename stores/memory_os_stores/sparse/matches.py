"""Which visible chunks hold the terms of a query, and how often.

Two ways give the same answer. *Postings*: read each term's list and drop what is not visible;
costs a little for each posting. *Forward*: read the terms of each visible chunk; costs more a
term, but nothing for what is not visible. The cheaper one is taken: in a small scope of a large
index the lists of common words are long and nearly all invisible.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.sparse.forward import Forward
from memory_os_stores.sparse.segment import Segment

_FORWARD_COST = 5.0
"""What one term of one chunk costs by the forward way, in postings (measured)."""


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
    def slots(self) -> NDArray[np.int64]:
        """Return the visible slots, ascending."""
        ...


class Wanted:
    """The distinct terms of a query, and for every term of the dictionary which one it is."""

    def __init__(self, ids: NDArray[np.int64], dictionary: int) -> None:
        """Take term ids, each once (an unknown one is negative), and the dictionary's size."""
        self.ids = np.where(ids < dictionary, ids, -1)
        self.known = np.flatnonzero(self.ids >= 0)
        self._column = np.zeros(dictionary, np.int16)
        self._column[self.ids[self.known]] = self.known + 1

    def matches(self, ids: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
        """Return the places in ``ids`` where a wanted term stands, and which one it is."""
        columns = self._column[ids]
        places = np.flatnonzero(columns != 0)
        return places, columns[places] - 1


@dataclass(frozen=True, slots=True)
class Posting:
    """Slots that hold the term of one ``column``, ascending, and how often each does."""

    column: int
    slots: NDArray[np.integer]
    counts: NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Postings:
    """A sparse index as one reader holds it: the first ``segment.size`` slots are inverted."""

    forward: Forward
    segment: Segment
    terms: int

    def find(self, wanted: Wanted, seen: Seen) -> list[Posting]:
        """Return the visible chunks of each term; a term may have its chunks in two parts."""
        if self._forward_is_cheaper(wanted, seen):
            return self._by_forward(wanted, seen.slots)
        found = self._inverted(wanted) + self._late(wanted)
        if seen.mask is None:
            return found
        kept = [seen.mask[posting.slots] for posting in found]
        return [
            Posting(posting.column, posting.slots[inside], posting.counts[inside])
            for posting, inside in zip(found, kept, strict=True)
        ]

    def counts(self, wanted: Wanted, slots: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how often each term occurs at each slot, one row a slot."""
        places = self.forward.places(slots)
        hits, columns = wanted.matches(self.forward.ids[places])
        ends = np.cumsum(self.forward.widths(slots))
        counts = np.zeros((slots.size, wanted.ids.size), np.float32)
        rows = np.searchsorted(ends, hits, side="right")
        counts[rows, columns] = self.forward.counts[places[hits]]
        return counts

    def _forward_is_cheaper(self, wanted: Wanted, seen: Seen) -> bool:
        if seen.mask is None or not self.segment.size:
            return False
        width = int(self.forward.stops[self.forward.size]) / max(1, self.forward.size)
        late = width * (self.forward.size - self.segment.size)
        postings = int(self.segment.lengths(wanted.ids).sum())
        return (seen.count * width - late) * _FORWARD_COST < postings

    def _inverted(self, wanted: Wanted) -> list[Posting]:
        spans = [
            (column, self.segment.span(term))
            for column, term in zip(
                wanted.known.tolist(), wanted.ids[wanted.known].tolist(), strict=True
            )
        ]
        return [
            Posting(column, self.segment.slots[span], self.segment.counts[span])
            for column, span in spans
            if span.start < span.stop
        ]

    def _late(self, wanted: Wanted) -> list[Posting]:
        """Search the chunks that came after the segment, term by term of each."""
        first, size = self.segment.size, self.forward.size
        if first == size:
            return []
        span = self.forward.span(first, size)
        hits, columns = wanted.matches(self.forward.ids[span])
        hits += span.start
        owners = np.searchsorted(self.forward.stops[first : size + 1], hits, side="right")
        return _by_column(owners + (first - 1), columns, self.forward.counts[hits])

    def _by_forward(self, wanted: Wanted, slots: NDArray[np.int64]) -> list[Posting]:
        places = self.forward.places(slots)
        hits, columns = wanted.matches(self.forward.ids[places])
        ends = np.cumsum(self.forward.widths(slots))
        owners = slots[np.searchsorted(ends, hits, side="right")]
        return _by_column(owners, columns, self.forward.counts[places[hits]])


def _by_column(
    slots: NDArray[np.integer], columns: NDArray[np.int16], counts: NDArray[np.integer]
) -> list[Posting]:
    order = np.argsort(columns, kind="stable")
    columns, slots, counts = columns[order], slots[order], counts[order]
    cuts = [0, *(np.flatnonzero(np.diff(columns)) + 1).tolist(), columns.size]
    return [
        Posting(int(columns[begin]), slots[begin:stop], counts[begin:stop])
        for begin, stop in pairwise(cuts)
        if begin < stop
    ]
