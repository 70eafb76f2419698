"""What calls saw last, kept while no chunk changes: most calls look from the same place.

Chunks that merely come are added to what was seen, so a life of one add and one search after
another never looks through the whole directory again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.bounds import ENDS, Bounds
from memory_os_stores.recall.conditions import Conditions
from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.layout import EVER, Wide
from memory_os_stores.recall.visible import Mask, Visible

_KEPT = 16
_LIVE = (Wide.LIVE_FROM, Wide.LIVE_TO, Wide.EXPIRES)
_VALID = (Wide.VALID_FROM, Wide.VALID_TO)

Test = Callable[[Rows], Mask | None]


@dataclass(frozen=True, slots=True)
class _Glimpse:
    """What a call saw, and until which moments the same call sees the same."""

    visible: Visible
    wanted: Conditions
    as_of_until: int
    valid_until: int

    def serves(self, wanted: Conditions) -> bool:
        """Tell whether a call that differs in its moments alone sees the same."""
        return (
            self.wanted.as_of <= wanted.as_of < self.as_of_until
            and self.wanted.valid_at <= wanted.valid_at < self.valid_until
        )


class Kept:
    """Remember visible sets by their conditions, as long as chunks only come.

    Safe for many readers, as long as no chunk comes meanwhile.
    """

    def __init__(self) -> None:
        self._glimpses: dict[Conditions, _Glimpse] = {}

    def visible(self, wanted: Conditions, rows: Rows, bounds: Bounds, test: Test) -> Visible:
        """Return what a call sees of ``rows``; ``test`` tells which of some rows pass."""
        key = replace(wanted, as_of=0, valid_at=0)
        glimpse = self._glimpses.get(key)
        if glimpse is None or not glimpse.serves(wanted):
            seen = Visible(rows, test(rows))
            until = _next(wanted.as_of, _LIVE, rows, bounds)
            valid_until = _next(wanted.valid_at, _VALID, rows, bounds)
        elif glimpse.visible.size == rows.size:
            return glimpse.visible
        else:
            late = rows.since(glimpse.visible.size)
            seen = glimpse.visible.extended(rows, test(late))
            until = min(glimpse.as_of_until, _next(wanted.as_of, _LIVE, late, bounds))
            valid_until = min(glimpse.valid_until, _next(wanted.valid_at, _VALID, late, bounds))
        if len(self._glimpses) >= _KEPT and key not in self._glimpses:
            self._glimpses.clear()
        self._glimpses[key] = _Glimpse(seen, wanted, until, valid_until)
        return seen


def _next(moment: int, columns: Sequence[Wide], rows: Rows, bounds: Bounds) -> int:
    """Return the first start or end after ``moment``."""
    soon = EVER
    for column in columns:
        last = bounds.latest[column] if column in ENDS else bounds.high[column]
        if last > moment:
            soon = min(soon, _first_after(moment, rows.wide[column, : rows.size]))
    return soon


def _first_after(moment: int, column: NDArray[np.int64]) -> int:
    return int(np.min(column, where=column > moment, initial=EVER))
