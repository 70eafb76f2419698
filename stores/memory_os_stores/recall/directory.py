"""The directory: one row a chunk, its header as numbers, in the order of arrival.

A row's place is its *slot*. Slots are never reused; ``compacted`` makes a new directory without
the dead ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import grown
from memory_os_stores.recall.batch import Batch
from memory_os_stores.recall.bounds import Bounds
from memory_os_stores.recall.layout import Code, Small, Wide
from memory_os_stores.recall.order import link, linked
from memory_os_stores.recall.past import Left, Past

Slots = NDArray[np.int64]

_OF_THE_TEXT = frozenset(
    (
        Code.CUBE,
        Code.GROUP,
        Code.LENGTH,
        Code.NAMES,
        Code.BEFORE,
        Code.AFTER,
        Code.SIBLING,
    )
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The directory as one reader holds it: ``size`` rows, column by column.

    ``order`` lists the slots by chunk number; there is none while numbers ascend with slots.
    """

    size: int
    wide: NDArray[np.int64]
    codes: NDArray[np.int32]
    small: NDArray[np.int8]
    past: Left
    order: Slots | None = None

    def at(self, moment: int) -> "Rows":
        """Return these rows with the states and expiries that held at ``moment``."""
        left = self.past.after(moment)
        if not left.size:
            return self
        slots = self.past.wide[0, left]
        wide, small = self.wide[:, : self.size].copy(), self.small[:, : self.size].copy()
        wide[Wide.EXPIRES, slots] = self.past.wide[2, left]
        small[Small.STATE, slots] = self.past.states[left]
        return replace(self, wide=wide, small=small)

    def since(self, first: int) -> "Rows":
        """Return the rows from ``first`` on as they are now, to be tested alone."""
        late = slice(first, self.size)
        wide, codes, small = self.wide[:, late], self.codes[:, late], self.small[:, late]
        return Rows(self.size - first, wide, codes, small, Past.empty().now)

    def slots(self, numbers: NDArray[np.int64]) -> Slots:
        """Return the slot of each chunk number, the last one if it came twice, else -1."""
        if not self.size:
            return np.full(numbers.size, -1, np.int64)
        column = self.wide[Wide.NUMBER, : self.size]
        places = np.searchsorted(column, numbers, side="right", sorter=self.order) - 1
        slots = places if self.order is None else self.order[places]
        return np.where((places >= 0) & (column[slots] == numbers), slots, -1)

    def living(self, numbers: NDArray[np.int64]) -> Slots:
        """Return the slot of each chunk number, -1 where there is none or it was purged."""
        slots = self.slots(numbers)
        if not self.size:
            return slots
        return np.where(self.small[Small.ALIVE, slots] == 1, slots, -1)


class Directory:
    """Headers of chunks. One writer at a time; readers hold ``rows``."""

    def __init__(
        self,
        wide: NDArray[np.int64],
        codes: NDArray[np.int32],
        small: NDArray[np.int8],
        past: Past,
    ) -> None:
        self._wide, self._codes, self._small = wide, codes, small
        self.past = past
        self.size = wide.shape[1]
        self.revision = 0
        self.bounds = Bounds.of(wide, codes, small)
        numbers = wide[Wide.NUMBER]
        self.highest = int(numbers.max()) if self.size else -1
        self._ascending = bool((numbers[1:] > numbers[:-1]).all())
        if past.size:
            self.bounds.widen_past(past.lowest_expiry, past.states)
        self.dead = self.size - int(np.count_nonzero(small[Small.ALIVE]))
        self._last_of_cube = _last_places(codes[Code.CUBE], small[Small.ALIVE])
        self._last_of_group = _last_of_groups(codes)

    @classmethod
    def empty(cls) -> "Directory":
        """Return a directory without rows."""
        return cls(
            np.empty((len(Wide), 0), np.int64),
            np.empty((len(Code), 0), np.int32),
            np.empty((len(Small), 0), np.int8),
            Past.empty(),
        )

    @property
    def rows(self) -> Rows:
        """Return the directory as it is now."""
        order = None
        if not self._ascending:
            order = np.argsort(self._wide[Wide.NUMBER, : self.size], kind="stable")
        past = self.past.now
        return Rows(self.size, self._wide, self._codes, self._small, past, order)

    def append(self, batch: Batch) -> None:
        """Add the rows of a batch whose numbers are all new."""
        first, size = self.size, self.size + batch.size
        self._wide = grown(self._wide, first, size)
        self._codes = grown(self._codes, first, size)
        self._small = grown(self._small, first, size)
        self._wide[:, first:size] = batch.wide
        self._codes[:, first:size] = batch.codes
        self._small[:, first:size] = batch.small
        self.size = size
        self.bounds.widen(batch.wide, batch.codes, batch.small)
        for number in batch.wide[Wide.NUMBER]:
            self._ascending = self._ascending and number > self.highest
            self.highest = max(self.highest, number)
        self._follow_cubes(batch, first)
        self._last_of_group = _room(self._last_of_group, batch.codes[Code.GROUP])
        link(self._wide, self._codes, self._last_of_group, first, size)

    def replace(self, slot: int, batch: Batch, row: int) -> None:
        """Overwrite the header at ``slot``; what hangs on its text and its place stays."""
        kept = [column for column in Code if column in _OF_THE_TEXT]
        held, turn = self._codes[kept, slot], self._wide[Wide.TURN, slot]
        self._wide[:, slot] = [column[row] for column in batch.wide]
        self._codes[:, slot] = [column[row] for column in batch.codes]
        self._small[:, slot] = [column[row] for column in batch.small]
        self._codes[kept, slot], self._wide[Wide.TURN, slot] = held, turn
        self.bounds.widen(batch.wide, batch.codes, batch.small)
        self.revision += 1
        self._supersede(slot)

    def of_cube(self, cube: int, below: int | None = None) -> list[int]:
        """Return the slots of a cube, latest first, those under ``below`` only."""
        if not 0 <= cube < self._last_of_cube.size:
            return []
        found, siblings = [], self._codes[Code.SIBLING]
        slot = int(self._last_of_cube[cube])
        while slot >= 0:
            if below is None or slot < below:
                found.append(slot)
            slot = int(siblings[slot])
        return found

    def close(self, cube: int, version: int, at: int) -> None:
        """End the life of a version's chunks (0: of all) at ``at``, where it did not end before.

        A chunk whose life begins later came after what closed the others, and stays.
        """
        for slot in self.of_cube(cube):
            later = self._wide[Wide.LIVE_FROM, slot] > at
            if version in (0, self._codes[Code.VERSION, slot]) and not later:
                self._end(slot, at)

    def restate(self, cube: int, state: int, expires: int, at: int) -> None:
        """Set the state and the expiry of a cube's chunks from ``at`` on; keep those before."""
        self.revision += 1
        for slot in self.of_cube(cube):
            if self._wide[Wide.LIVE_TO, slot] > at:
                was = int(self._wide[Wide.EXPIRES, slot]), int(self._small[Small.STATE, slot])
                self.past.add(slot, at, *was)
                self._small[Small.STATE, slot] = state
                self._wide[Wide.EXPIRES, slot] = expires
        self.bounds.widen_past(expires, {state})

    def regard(self, cube: int, owner: int, bits: int) -> None:
        """Set who may read a cube's chunks, whatever time is asked for."""
        for slot in self.of_cube(cube):
            was = int(self._codes[Code.PRIVATE, slot]), int(self._small[Small.READERS, slot])
            if was != (owner, bits):
                self._codes[Code.PRIVATE, slot] = owner
                self._small[Small.READERS, slot] = bits
                self.revision += 1
        self.bounds.widen_readers(owner, bits)

    def kill(self, cube: int) -> None:
        """Make every chunk of a cube invisible for good."""
        slots = self.of_cube(cube)
        for slot in slots:
            self._small[Small.ALIVE, slot] = 0
        if slots:
            self.revision += 1
            self._last_of_cube[cube] = -1
            self.bounds.any_dead = True
            self.dead += len(slots)

    def alive(self) -> Slots:
        """Return the slots that were not purged, ascending."""
        return np.flatnonzero(self._small[Small.ALIVE, : self.size])

    def compacted(self) -> "Directory":
        """Return a directory of the living rows alone, in the same order."""
        kept = self.alive()
        moved = np.full(self.size + 1, -1, np.int32)
        moved[kept] = np.arange(kept.size, dtype=np.int32)
        wide, codes = self._wide[:, kept].copy(), self._codes[:, kept].copy()
        codes[Code.SIBLING] = moved[codes[Code.SIBLING]]
        linked(wide, codes)
        fresh = Directory(wide, codes, self._small[:, kept].copy(), self.past.moved(moved))
        fresh.highest = self.highest
        fresh.revision = self.revision + 1
        return fresh

    def _supersede(self, slot: int) -> None:
        """End earlier versions of the cube of the chunk at ``slot`` where this one begins."""
        codes = self._codes[:, slot]
        version, at = int(codes[Code.VERSION]), int(self._wide[Wide.LIVE_FROM, slot])
        for earlier in self.of_cube(int(codes[Code.CUBE]), below=slot):
            if self._codes[Code.VERSION, earlier] < version:
                self._end(earlier, at)

    def _end(self, slot: int, at: int) -> None:
        if at < self._wide[Wide.LIVE_TO, slot]:
            self._wide[Wide.LIVE_TO, slot] = at
            self.bounds.end(Wide.LIVE_TO, at)
            self.revision += 1

    def _follow_cubes(self, batch: Batch, first: int) -> None:
        """Chain the slots of each cube and let a later version end the earlier ones."""
        self._last_of_cube = _room(self._last_of_cube, batch.codes[Code.CUBE])
        last, siblings, same = self._last_of_cube, self._codes[Code.SIBLING], (-1, -1, -1)
        keys = zip(
            batch.codes[Code.CUBE],
            batch.codes[Code.VERSION],
            batch.wide[Wide.LIVE_FROM],
            strict=True,
        )
        for slot, key in enumerate(keys, first):
            siblings[slot] = last[key[0]]
            last[key[0]] = slot
            if key[1] > 1 and key != same:
                self._supersede(slot)
            same = key


def _last_places(codes: NDArray[np.int32], alive: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return the last living slot of each code."""
    slots = np.flatnonzero(alive)
    last = np.full(int(codes.max()) + 1 if codes.size else 0, -1, np.int32)
    last[codes[slots]] = slots
    return last


def _last_of_groups(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the slot at the end of each group."""
    groups = codes[Code.GROUP]
    slots = np.flatnonzero((codes[Code.AFTER] < 0) & (groups >= 0))
    last = np.full(int(groups.max()) + 1 if groups.size else 0, -1, np.int32)
    last[groups[slots]] = slots
    return last


def _room(last: NDArray[np.int32], codes: Sequence[int]) -> NDArray[np.int32]:
    """Return ``last`` with a place for each of ``codes``, -1 where it is new."""
    needed, used = max(codes) + 1, last.size
    if needed <= used:
        return last
    larger = np.full(max(needed, used + used // 2, 64), -1, np.int32)
    larger[:used] = last
    return larger
