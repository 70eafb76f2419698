"""States and expiries that chunks have left, so that a query at an earlier time meets them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import grown

Slots = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Left:
    """As a reader holds it: row ``n`` says what a slot's state and expiry were until a time.

    ``wide`` holds slots, times of leaving and expiries, ``states`` the states' codes, in the
    order in which they were left.
    """

    size: int
    wide: NDArray[np.int64]
    states: NDArray[np.int8]

    def after(self, moment: int) -> Slots:
        """Return the rows that still held at ``moment``.

        Of one slot the one that holds at ``moment`` comes last, so that assignments in this order
        end with it.
        """
        left = self.wide[1, : self.size]
        rows = np.flatnonzero(left > moment)
        return rows[np.argsort(left[rows], kind="stable")[::-1]]


class Past:
    """What one writer appends to."""

    def __init__(self, wide: NDArray[np.int64], states: NDArray[np.int8]) -> None:
        self._wide, self._states = wide, states
        self.size = states.size

    @classmethod
    def empty(cls) -> "Past":
        """Return a past in which nothing changed."""
        return cls(np.empty((3, 0), np.int64), np.empty(0, np.int8))

    @property
    def now(self) -> Left:
        """Return the past as it is known now."""
        return Left(self.size, self._wide, self._states)

    @property
    def lowest_expiry(self) -> int:
        """Return the earliest expiry in it; there is at least one row."""
        return int(self._wide[2, : self.size].min())

    @property
    def states(self) -> set[int]:
        """Return the states in it."""
        return set(self._states[: self.size].tolist())

    def add(self, slot: int, until: int, expires: int, state: int) -> None:
        """Note what ``slot`` was until a time."""
        size = self.size + 1
        self._wide = grown(self._wide, self.size, size)
        self._states = grown(self._states, self.size, size)
        self._wide[:, self.size] = (slot, until, expires)
        self._states[self.size] = state
        self.size = size

    def moved(self, places: NDArray[np.int32]) -> "Past":
        """Return the past of slots that moved to ``places``, without those that went (-1)."""
        slots = places[self._wide[0, : self.size]]
        kept = np.flatnonzero(slots >= 0)
        wide = self._wide[:, kept].copy()
        wide[0] = slots[kept]
        return Past(wide, self._states[kept].copy())
