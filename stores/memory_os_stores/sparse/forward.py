"""The forward index: the distinct terms of each chunk, and how often each occurs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import grown, spans

Slots = NDArray[np.int64]
Counts = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Forward:
    """The forward index as one reader holds it.

    The terms of slot ``s`` lie from ``stops[s]`` to ``stops[s + 1]`` in ``ids`` and ``counts``.
    """

    size: int
    stops: NDArray[np.int64]
    ids: NDArray[np.int32]
    counts: Counts

    def span(self, first: int, last: int) -> slice:
        """Return where the terms of the slots from ``first`` to ``last`` (exclusive) lie."""
        return slice(int(self.stops[first]), int(self.stops[last]))

    def widths(self, slots: Slots) -> NDArray[np.int64]:
        """Return how many distinct terms each slot has."""
        return self.stops[slots + 1] - self.stops[slots]

    def places(self, slots: Slots) -> NDArray[np.int64]:
        """Return the places of the terms of these slots, slot after slot."""
        return spans(self.stops[slots], self.stops[slots + 1])


class ForwardIndex:
    """Grow a forward index. One writer at a time; readers hold ``now``.

    Counts take a byte each until one needs more.
    """

    def __init__(
        self,
        stops: NDArray[np.int64] | None = None,
        ids: NDArray[np.int32] | None = None,
        counts: Counts | None = None,
    ) -> None:
        self._stops = np.zeros(1, np.int64) if stops is None else stops
        self._ids = np.empty(0, np.int32) if ids is None else ids
        self._counts: Counts = np.empty(0, np.uint8) if counts is None else counts
        self._size = self._stops.size - 1

    @property
    def now(self) -> Forward:
        """Return the forward index as it is now."""
        return Forward(self._size, self._stops, self._ids, self._counts)

    def append(self, widths: Sequence[int], ids: Sequence[int], counts: Sequence[int]) -> None:
        """Add chunks of ``widths`` distinct terms each."""
        used = int(self._stops[self._size])
        total, size = used + len(ids), self._size + len(widths)
        self._ids = grown(self._ids, used, total)
        self._ids[used:total] = ids
        self._counts = grown(self._wide_enough(counts), used, total)
        self._counts[used:total] = counts
        self._stops = grown(self._stops, self._size + 1, size + 1)
        self._stops[self._size + 1 : size + 1] = list(accumulate(widths, initial=used))[1:]
        self._size = size

    def compacted(self, kept: Slots) -> "ForwardIndex":
        """Return a forward index of these slots alone, numbered anew in their order."""
        now = self.now
        places = now.places(kept)
        stops = np.concatenate((np.zeros(1, np.int64), np.cumsum(now.widths(kept))))
        return ForwardIndex(stops, now.ids[places], now.counts[places])

    def _wide_enough(self, counts: Sequence[int]) -> Counts:
        most = max(counts, default=0)
        if most < 256**self._counts.itemsize:
            return self._counts
        return self._counts.astype(np.min_scalar_type(most))
