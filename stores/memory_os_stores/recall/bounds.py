"""What is true of every chunk of a directory, so that tests which cannot fail are skipped."""

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.layout import BEFORE_ALL, EVER, Code, Small, Wide
from memory_os_stores.recall.names import NOTHING

MIXED = -9
_UNSET = -8
_SCOPED = (Code.USER, Code.AGENT, Code.SESSION, Code.NAMESPACE)
_LISTED = (Small.KIND, Small.TYPE, Small.STATE, Small.TRUST)


class Bounds:
    """Extremes of the time columns, values that occur in the small ones, sole scope ids.

    All are conservative: closing or restating a chunk widens them, nothing narrows them.
    """

    def __init__(self) -> None:
        self.low = [EVER] * len(Wide)
        self.high = [BEFORE_ALL] * len(Wide)
        self.seen: dict[int, set[int]] = {column: set() for column in _LISTED}
        self.sole: dict[int, int] = dict.fromkeys(_SCOPED, _UNSET)
        self.any_private = False
        self.any_dead = False

    def widen(
        self, wide: NDArray[np.int64], codes: NDArray[np.int32], small: NDArray[np.int8]
    ) -> None:
        """Widen for these rows; there is at least one."""
        self.low = [*map(min, self.low, wide.min(axis=1).tolist())]
        self.high = [*map(max, self.high, wide.max(axis=1).tolist())]
        for listed in _LISTED:
            self.seen[listed].update(small[listed].tolist())
        for scoped in _SCOPED:
            self._sole(scoped, codes[scoped])
        self.any_private = self.any_private or bool((codes[Code.PRIVATE] != NOTHING).any())
        self.any_dead = self.any_dead or not small[Small.ALIVE].all()

    def widen_past(self, expires: int, states: set[int]) -> None:
        """Widen for an expiry and for states."""
        self.low[Wide.EXPIRES] = min(self.low[Wide.EXPIRES], expires)
        self.seen[Small.STATE] |= states

    def _sole(self, column: int, values: NDArray[np.int32]) -> None:
        first = int(values[0])
        known = self.sole[column]
        if known == MIXED:
            return
        same = known in (_UNSET, first) and bool((values == first).all())
        self.sole[column] = first if same else MIXED
