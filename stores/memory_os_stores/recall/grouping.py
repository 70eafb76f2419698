"""Sums over groups: sessions and documents as a whole."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory_os.ports.recall_index import GroupTable, Numbers
from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.layout import Code, Wide
from memory_os_stores.recall.visible import Visible
from memory_os_stores.sparse.matches import Posting

Slots = NDArray[np.int64]
_FEW = 16


def counted(
    rows: Rows, found: Sequence[Posting], columns: int, lengths: NDArray[np.float64]
) -> GroupTable:
    """Return the groups with a term in ``found``; ``lengths`` holds the sum for each code."""
    groups = [rows.codes[Code.GROUP, posting.slots] for posting in found]
    hit = np.zeros(lengths.size + 1, np.bool_)
    for codes in groups:
        hit[codes] = True
    hit[-1] = False
    present = np.flatnonzero(hit)
    place = np.empty(lengths.size + 1, np.int64)
    place[present] = np.arange(present.size)
    place[-1] = present.size
    counts = np.zeros((columns, present.size), np.float32)
    for codes, posting in zip(groups, found, strict=True):
        sums = np.bincount(place[codes], posting.counts, minlength=present.size + 1)
        counts[posting.column] += sums[:-1]
    return GroupTable(present, counts.T, lengths[present].astype(np.float32))


def of_codes(table: GroupTable, codes: Numbers, lengths: NDArray[np.float64]) -> GroupTable:
    """Return a row for each of ``codes``; a group without visible chunks has length 0."""
    counts = np.zeros((codes.size, table.counts.shape[1]), np.float32)
    if table.codes.size:
        places = np.minimum(np.searchsorted(table.codes, codes), table.codes.size - 1)
        same = table.codes[places] == codes
        counts[same] = table.counts[places[same]]
    known = (codes >= 0) & (codes < lengths.size)
    summed = np.zeros(codes.size, np.float32)
    summed[known] = lengths[codes[known]]
    return GroupTable(codes, counts, summed)


def members(rows: Rows, visible: Visible, codes: Numbers, limit: int) -> Slots:
    """Return visible slots of each group in turn, by turn and number, ``limit`` of each."""
    column = rows.codes[Code.GROUP, : visible.size]
    if codes.size <= _FEW:
        inside = np.zeros(visible.size, np.bool_)
        for code in codes[codes >= 0].tolist():
            inside |= column == code
    else:
        wanted = np.zeros(int(max(codes.max(), column.max(initial=-1))) + 2, np.bool_)
        wanted[codes] = True
        wanted[-1] = False
        inside = wanted[column]
    slots = np.flatnonzero(inside if visible.mask is None else inside & visible.mask)
    by_code = np.argsort(codes, kind="stable")
    places = by_code[np.searchsorted(codes, column[slots], sorter=by_code)]
    order = np.lexsort((rows.wide[Wide.NUMBER, slots], rows.wide[Wide.TURN, slots], places))
    slots, places = slots[order], places[order]
    firsts = np.searchsorted(places, places, side="left")
    kept: Slots = slots[np.arange(slots.size) - firsts < limit]
    return kept
