"""What is true of every chunk of a directory, so that tests which cannot fail are skipped."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.layout import BEFORE_ALL, EVER, Code, Small, Wide
from memory_os_stores.recall.names import NOTHING

MIXED = -9
_UNSET = -8
SCOPED = (Code.USER, Code.AGENT, Code.SESSION, Code.NAMESPACE, Code.BRANCH)
LISTED = (Small.KIND, Small.TYPE, Small.STATE, Small.TRUST, Small.READERS)
ENDS = (Wide.LIVE_TO, Wide.VALID_TO, Wide.EXPIRES)

Column = Sequence[int]


class Bounds:
    """Extremes of the time columns, values that occur in the small ones, sole scope ids.

    All are conservative: closing or restating a chunk widens them, nothing narrows them.
    ``latest`` is the last end that is set.
    """

    def __init__(self) -> None:
        self.low = [EVER] * len(Wide)
        self.high = [BEFORE_ALL] * len(Wide)
        self.latest = dict.fromkeys(ENDS, BEFORE_ALL)
        self.seen: dict[int, set[int]] = {column: set() for column in LISTED}
        self.sole: dict[int, int] = dict.fromkeys(SCOPED, _UNSET)
        self.any_private = False
        self.any_dead = False

    def widen(
        self, wide: Sequence[Column], codes: Sequence[Column], small: Sequence[Column]
    ) -> None:
        """Widen for these columns, which hold at least one row."""
        self.low = [min(low, *values) for low, values in zip(self.low, wide, strict=True)]
        self.high = [max(high, *values) for high, values in zip(self.high, wide, strict=True)]
        for end in ENDS:
            if self.low[end] != EVER:
                self.end(end, max((at for at in wide[end] if at != EVER), default=EVER))
        for listed in LISTED:
            self.seen[listed].update(small[listed])
        for scoped in SCOPED:
            self._sole(scoped, codes[scoped])
        self.any_private = self.any_private or max(codes[Code.PRIVATE]) != NOTHING

    def end(self, column: Wide, at: int) -> None:
        """Widen for a chunk whose life or validity ends ``at``, or never."""
        if at != EVER:
            self.low[column] = min(self.low[column], at)
            self.latest[column] = max(self.latest[column], at)

    def widen_readers(self, owner: int, bits: int) -> None:
        """Widen for chunks that get other readers."""
        self.any_private = self.any_private or owner != NOTHING
        self.seen[Small.READERS].add(bits)

    def any_readers(self, bit: int) -> bool:
        """Tell whether a chunk may have this bit of ``READERS``."""
        return any(bits & bit for bits in self.seen[Small.READERS])

    def widen_past(self, expires: int, states: set[int]) -> None:
        """Widen for an expiry and for states."""
        self.end(Wide.EXPIRES, expires)
        self.seen[Small.STATE] |= states

    @classmethod
    def of(
        cls, wide: NDArray[np.int64], codes: NDArray[np.int32], small: NDArray[np.int8]
    ) -> "Bounds":
        """Return the bounds of whole columns."""
        bounds = cls()
        if wide.shape[1]:
            bounds.widen(
                [
                    _extremes(column, EVER if place in ENDS else None)
                    for place, column in enumerate(wide)
                ],
                [_extremes(column) for column in codes],
                [np.unique(column).tolist() for column in small],
            )
            bounds.any_dead = not small[Small.ALIVE].all()
        return bounds

    def _sole(self, column: int, values: Column) -> None:
        known = self.sole[column]
        if known != MIXED:
            found = {*values, known} - {_UNSET}
            self.sole[column] = found.pop() if len(found) == 1 else MIXED


def _extremes(column: NDArray[np.integer], unset: int | None = None) -> list[int]:
    """Return the least and the greatest value, and the greatest that is set."""
    found = [int(column.min()), int(column.max())]
    if unset is not None and found[0] != unset:
        found.append(int(column[column != unset].max()))
    return found
