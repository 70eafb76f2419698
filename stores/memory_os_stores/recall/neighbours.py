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


def of(rows: Rows, visible: Visible, slots: Slots) -> tuple[Slots, Slots]:
    """Return the visible slots before and after each of ``slots``, nearest first, -1 for none."""
    before, lost_before = _walk(rows.codes[Code.BEFORE], visible, slots)
    after, lost_after = _walk(rows.codes[Code.AFTER], visible, slots)
    lost = lost_before | lost_after
    if lost.any():
        before[lost], after[lost] = _sorted(rows, visible, slots[lost])
    return before, after


def _walk(
    links: NDArray[np.int32], visible: Visible, slots: Slots
) -> tuple[Slots, NDArray[np.bool_]]:
    """Follow the links; the second array tells where that took too many steps."""
    found = np.full((slots.size, DISTANCE), -1, np.int64)
    lost = np.zeros(slots.size, np.bool_)
    at = links[slots]
    for column in range(DISTANCE):
        for _ in range(_STEPS):
            hidden = (at >= 0) & ~visible.sees(at)
            if not hidden.any():
                break
            at[hidden] = links[at[hidden]]
        else:
            hidden = (at >= 0) & ~visible.sees(at)
            lost |= hidden
            at[hidden] = -1
        found[:, column] = at
        at = np.where(at >= 0, links[np.maximum(at, 0)], -1)
    return found, lost


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
