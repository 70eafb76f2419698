"""Which visible chunks hold the terms of a query, and how often.

Two ways give the same answer. *Postings*: read each term's list and drop what is not visible;
costs a little for each posting. *Forward*: read the terms of each visible chunk; costs more a
term, but nothing for what is not visible. The cheaper one is taken: in a small scope of a large
index the lists of common words are long and nearly all invisible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Posting:
    """Slots that hold one term, ascending, and how often each does."""

    slots: NDArray[np.integer]
    counts: NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Postings:
    """A sparse index as one reader holds it: the first ``segment.size`` slots are inverted."""

    forward: Forward
    segment: Segment
    terms: int

    def find(self, terms: Sequence[int], seen: Seen) -> list[Posting]:
        """Return for each term (an unknown one is negative) its visible chunks."""
        wanted = np.array(terms, np.int64)
        distinct, column = np.unique(wanted, return_inverse=True)
        if self._forward_is_cheaper(distinct, seen):
            found = self._by_forward(distinct, seen.slots)
        else:
            found = self._by_postings(distinct, seen)
        return [found[place] for place in column.tolist()]

    def _forward_is_cheaper(self, terms: NDArray[np.int64], seen: Seen) -> bool:
        if seen.mask is None or not self.segment.size:
            return False
        width = int(self.forward.stops[self.forward.size]) / max(1, self.forward.size)
        postings = int(self.segment.lengths(terms).sum())
        beyond = width * (self.forward.size - self.segment.size)
        return seen.count * width * _FORWARD_COST < postings + beyond * _FORWARD_COST / 4

    def _by_postings(self, terms: NDArray[np.int64], seen: Seen) -> list[Posting]:
        first = self.segment.size
        tail = self._match(terms, self.forward.span(first, self.forward.size), None, first)
        mask, found = seen.mask, []
        for term, late in zip(terms.tolist(), tail, strict=True):
            span = self.segment.span(term)
            slots, counts = self.segment.slots[span], self.segment.counts[span]
            if late.slots.size:
                slots = np.concatenate((slots, late.slots.astype(np.int32)))
                counts = np.concatenate((counts, late.counts))
            if mask is not None:
                kept = mask[slots]
                slots, counts = slots[kept], counts[kept]
            found.append(Posting(slots, counts))
        return found

    def _by_forward(self, terms: NDArray[np.int64], slots: NDArray[np.int64]) -> list[Posting]:
        places = self.forward.places(slots)
        return self._match(terms, places, slots, 0)

    def _match(
        self,
        terms: NDArray[np.int64],
        places: NDArray[np.int64] | slice,
        slots: NDArray[np.int64] | None,
        first: int,
    ) -> list[Posting]:
        """Pick the terms out of a stretch of the forward index, or out of given slots of it."""
        column = np.zeros(self.terms, np.int16)
        known = np.flatnonzero((terms >= 0) & (terms < self.terms))
        column[terms[known]] = known + 1
        columns = column[self.forward.ids[places]]
        hits = np.flatnonzero(columns)
        columns = columns[hits]
        counts = self.forward.counts[places][hits]
        if slots is None:
            stops = self.forward.stops[first : self.forward.size + 1]
            owners = np.searchsorted(stops, hits + stops[0], side="right") - 1 + first
        else:
            ends = np.cumsum(self.forward.widths(slots))
            owners = slots[np.searchsorted(ends, hits, side="right")]
        order = np.argsort(columns, kind="stable")
        cuts = np.searchsorted(columns[order], np.arange(1, terms.size + 2))
        owners, counts = owners[order], counts[order]
        return [
            Posting(owners[begin:stop], counts[begin:stop])
            for begin, stop in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
        ]

    def counts(self, terms: Sequence[int], slots: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how often each term occurs at each slot, one row a slot."""
        wanted = np.array(terms, np.int64)
        distinct, column = np.unique(wanted, return_inverse=True)
        places = self.forward.places(slots)
        ids = self.forward.ids[places]
        lookup = np.zeros(self.terms, np.int16)
        known = np.flatnonzero((distinct >= 0) & (distinct < self.terms))
        lookup[distinct[known]] = known + 1
        columns = lookup[ids]
        hits = np.flatnonzero(columns)
        rows = np.repeat(np.arange(slots.size), self.forward.widths(slots))[hits]
        counts = np.zeros((slots.size, distinct.size), np.float32)
        counts[rows, columns[hits] - 1] = self.forward.counts[places][hits]
        return counts[:, column]
