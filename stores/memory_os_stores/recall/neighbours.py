"""The visible chunks beside a chunk in its group."""

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.layout import Code, Wide
from memory_os_stores.recall.visible import Visible

Slots = NDArray[np.int64]
DISTANCE = 2
_STEPS = 24
"""Invisible chunks passed one by one before the group is sorted instead."""
_BOTH = np.array([[0], [1]])


def of(rows: Rows, visible: Visible, slots: Slots) -> tuple[Slots, Slots]:
    """Return the visible slots before and after each of ``slots``, nearest first, -1 for none."""
    links = rows.codes[Code.BEFORE : Code.AFTER + 1]
    found = np.full((2, slots.size, DISTANCE), -1, np.int64)
    lost = np.zeros(slots.size, np.bool_)
    at = links[:, slots]
    for column in range(DISTANCE):
        for step in range(_STEPS + 1):
            hidden = visible.hides(at)
            if not hidden.any():
                break
            if step == _STEPS:
                lost |= hidden.any(axis=0)
                at[hidden] = -1
                break
            sides, places = hidden.nonzero()
            at[sides, places] = links[sides, at[sides, places]]
        found[:, :, column] = at
        at = np.where(at >= 0, links[_BOTH, at], -1)
    before, after = found
    if lost.any():
        before[lost], after[lost] = _sorted(rows, visible, slots[lost])
    return before, after


def _sorted(rows: Rows, visible: Visible, slots: Slots) -> tuple[Slots, Slots]:
    """Find the neighbours by sorting the visible members of the groups of ``slots``."""
    groups = rows.codes[Code.GROUP]
    wanted = np.zeros(int(groups[slots].max()) + 1, np.bool_)
    wanted[groups[slots]] = True
    seen = visible.slots
    codes = groups[seen]
    seen = seen[(codes >= 0) & (codes < wanted.size) & wanted[np.clip(codes, 0, wanted.size - 1)]]
    order = np.lexsort((rows.wide[Wide.NUMBER, seen], rows.wide[Wide.TURN, seen], groups[seen]))
    line = seen[order]
    place = np.empty(seen.size, np.int64)
    place[order] = np.arange(seen.size)
    at = place[np.searchsorted(seen, slots)]
    before = np.full((slots.size, DISTANCE), -1, np.int64)
    after = before.copy()
    for column in range(DISTANCE):
        for found, step in ((before, -1 - column), (after, 1 + column)):
            there = at + step
            inside = (there >= 0) & (there < line.size)
            other = line[np.where(inside, there, 0)]
            inside &= groups[other] == groups[slots]
            found[inside, column] = other[inside]
    return before, after
