"""Postings: for each term the slots that hold it, ascending, and how often.

The layout of a compressed sparse column matrix: immutable, contiguous, fit for a memory map. The
chunks that came after a segment are few and are read from the forward index; ``extended`` takes
them in, as a log-structured merge does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.sparse.forward import Counts, Forward


@dataclass(frozen=True, slots=True)
class Segment:
    """Postings of the slots below ``size``; those of term ``t`` lie from ``stops[t]`` to
    ``stops[t + 1]``.
    """

    size: int
    stops: NDArray[np.int64]
    slots: NDArray[np.int32]
    counts: Counts

    @classmethod
    def empty(cls) -> "Segment":
        """Return a segment of no slots."""
        return cls(0, np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.uint8))

    @property
    def terms(self) -> int:
        """Return how many terms the segment knows."""
        return self.stops.size - 1

    def span(self, term: int) -> slice:
        """Return where the postings of ``term`` lie."""
        if not 0 <= term < self.terms:
            return slice(0, 0)
        return slice(int(self.stops[term]), int(self.stops[term + 1]))

    def lengths(self, terms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of postings of each term."""
        known = np.clip(terms, 0, max(self.terms - 1, 0))
        found = (terms >= 0) & (terms < self.terms)
        if not self.terms:
            return np.zeros(terms.size, np.int64)
        return np.where(found, self.stops[known + 1] - self.stops[known], 0)

    def extended(self, forward: Forward, terms: int) -> "Segment":
        """Return a segment of every slot of ``forward``, over ``terms`` terms."""
        span = forward.span(self.size, forward.size)
        ids, counts = forward.ids[span], forward.counts[span]
        widths = np.diff(forward.stops[self.size : forward.size + 1])
        slots = np.repeat(np.arange(self.size, forward.size, dtype=np.int32), widths)
        order = np.argsort(ids, kind="stable")
        fresh = np.bincount(ids, minlength=terms)
        old = np.zeros(terms, np.int64)
        old[: self.terms] = np.diff(self.stops)
        stops = np.concatenate((np.zeros(1, np.int64), np.cumsum(old + fresh)))
        all_slots = np.empty(int(stops[-1]), np.int32)
        all_counts = np.empty(int(stops[-1]), np.result_type(self.counts, counts))
        behind = np.cumsum(fresh) - fresh
        places = np.arange(self.slots.size) + np.repeat(behind, old)
        all_slots[places], all_counts[places] = self.slots, self.counts
        ahead = np.cumsum(old)
        places = np.arange(ids.size) + np.repeat(ahead, fresh)
        all_slots[places], all_counts[places] = slots[order], counts[order]
        return Segment(forward.size, stops, all_slots, all_counts)

    def compacted(self, kept: NDArray[np.int64], size: int) -> "Segment":
        """Return a segment of the ``kept`` slots alone, numbered anew in their order."""
        inside = kept[: np.searchsorted(kept, self.size)]
        moved = np.full(size, -1, np.int32)
        moved[inside] = np.arange(inside.size, dtype=np.int32)
        slots = moved[self.slots]
        stays = slots >= 0
        held = np.concatenate((np.zeros(1, np.int64), np.cumsum(stays, dtype=np.int64)))
        return Segment(inside.size, held[self.stops], slots[stays], self.counts[stays])
