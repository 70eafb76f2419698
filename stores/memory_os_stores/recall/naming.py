"""Chunks by the names of their speaker and title."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import spans
from memory_os_stores.recall.frame import Frame
from memory_os_stores.recall.labels import Labels
from memory_os_stores.recall.layout import Code
from memory_os_stores.recall.visible import Visible
from memory_os_stores.sparse.matches import Wanted

Slots = NDArray[np.int64]


def held(
    labels: Labels, codes: NDArray[np.int32], wanted: Wanted
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Tell for each set of names which wanted terms it holds, and how many names it has."""
    ids, starts, stops = labels.table()
    first, last = starts[codes], stops[codes]
    widths = last - first
    places, columns = wanted.matches(ids[spans(first, last)])
    found = np.zeros((codes.size, wanted.ids.size), np.bool_)
    found[np.searchsorted(np.cumsum(widths), places, side="right"), columns] = True
    return found, widths


def named(
    frame: Frame, visible: Visible, terms: Collection[str], limit: int
) -> tuple[Slots, NDArray[np.float32]]:
    """Return visible slots whose names are all among ``terms``, and how rare the rarest is.

    A set of names that more than ``limit`` visible chunks share is left out. A chunk's names are
    among its terms, so the chunks of a set are found in the postings of its rarest name.
    """
    ids, starts, stops = frame.names.labels.table()
    sets = _matching(frame, terms, ids, starts, stops)
    first, last = starts[sets], stops[sets]
    members = np.unique(ids[spans(first, last)]).astype(np.int64)
    held_by: list[list[Slots]] = [[] for _ in members]
    for posting in frame.postings.find(Wanted(members, frame.postings.terms), visible):
        held_by[posting.column].append(posting.slots.astype(np.int64))
    slots: list[Slots] = [np.empty(0, np.int64)]
    frequencies: list[int] = []
    for code, begin, stop in zip(sets.tolist(), first.tolist(), last.tolist(), strict=True):
        places = np.searchsorted(members, ids[begin:stop]).tolist()
        parts = min((held_by[place] for place in places), key=_total)
        found = [part[frame.rows.codes[Code.NAMES, part] == code] for part in parts]
        if 0 < _total(found) <= limit:
            slots.extend(found)
            frequencies.extend([_total(parts)] * _total(found))
    return np.concatenate(slots), np.array(frequencies, np.float32)


def _matching(
    frame: Frame,
    terms: Collection[str],
    ids: NDArray[np.int32],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the sets of names all of whose members are among ``terms``.

    The member with the highest id was seen last and is likely the rarest: it is looked at first.
    """
    known = np.zeros(max(frame.postings.terms, 1), np.bool_)
    found = [frame.names.terms.find(term) for term in terms]
    known[[term for term in found if 0 <= term < known.size]] = True
    if starts.size < 2:
        return np.empty(0, np.int64)
    sets = np.flatnonzero(known[ids[stops[1:] - 1]]) + 1
    first, last = starts[sets], stops[sets]
    missing = ~known[ids[spans(first, last)]]
    owners = np.repeat(np.arange(sets.size), last - first)
    whole = np.bincount(owners[missing], minlength=sets.size) == 0
    return np.asarray(sets[whole], np.int64)


def _total(parts: list[Slots]) -> int:
    return sum(part.size for part in parts)
