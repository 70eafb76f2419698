"""The order of chunks inside their group, as links from each to the one before and after.

Links survive growth and need no sorting: a new chunk usually goes to the end of its group. A
reader may follow them while a writer inserts: it meets the new chunk, which it does not see, or
it does not.
"""

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.layout import Code, Wide

_STEPS_BACK = 64


def link(
    wide: NDArray[np.int64],
    codes: NDArray[np.int32],
    last: NDArray[np.int32],
    first: int,
    size: int,
) -> None:
    """Link the slots from ``first`` to ``size`` into their groups; ``last`` ends each group."""
    groups = codes[Code.GROUP, first:size].tolist()
    before, after = codes[Code.BEFORE], codes[Code.AFTER]
    for slot, group in enumerate(groups, first):
        before[slot] = after[slot] = -1
        if group < 0:
            continue
        left = _left_of(slot, group, wide, codes, last)
        if left == last[group]:
            before[slot] = left
            if left >= 0:
                after[left] = slot
            last[group] = slot
            continue
        right = int(after[left]) if left >= 0 else _front(group, slot, codes)
        before[slot], after[slot] = left, right
        before[right] = slot
        if left >= 0:
            after[left] = slot


def linked(wide: NDArray[np.int64], codes: NDArray[np.int32]) -> None:
    """Link every row anew, by sorting."""
    groups = codes[Code.GROUP]
    codes[Code.BEFORE] = codes[Code.AFTER] = -1
    order = np.lexsort((wide[Wide.NUMBER], wide[Wide.TURN], groups))
    left, right = order[:-1], order[1:]
    together = (groups[left] == groups[right]) & (groups[left] >= 0)
    codes[Code.AFTER, left[together]] = right[together]
    codes[Code.BEFORE, right[together]] = left[together]


def _left_of(
    slot: int,
    group: int,
    wide: NDArray[np.int64],
    codes: NDArray[np.int32],
    last: NDArray[np.int32],
) -> int:
    """Return the slot after which ``slot`` belongs, -1 for the front."""
    turns, numbers, before = wide[Wide.TURN], wide[Wide.NUMBER], codes[Code.BEFORE]
    turn, number = int(turns[slot]), int(numbers[slot])
    at = int(last[group])
    for _ in range(_STEPS_BACK):
        if at < 0 or (turns[at], numbers[at]) < (turn, number):
            return at
        at = int(before[at])
    members = np.flatnonzero(codes[Code.GROUP, :slot] == group)
    earlier = members[
        (turns[members] < turn) | ((turns[members] == turn) & (numbers[members] < number))
    ]
    if not earlier.size:
        return -1
    return int(earlier[np.lexsort((numbers[earlier], turns[earlier]))[-1]])


def _front(group: int, slot: int, codes: NDArray[np.int32]) -> int:
    """Return the first member of a group that has one before ``slot`` came."""
    members = np.flatnonzero(codes[Code.GROUP, :slot] == group)
    return int(members[codes[Code.BEFORE, members] < 0][0])
