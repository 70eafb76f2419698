"""Chunks by the names of their speaker and title."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import spans
from memory_os_stores.recall.frame import Frame
from memory_os_stores.recall.labels import Labels
from memory_os_stores.recall.layout import Code
from memory_os_stores.recall.visible import Visible

Slots = NDArray[np.int64]


def held(
    labels: Labels, codes: NDArray[np.int32], terms: Sequence[int]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Tell for each set of names which of ``terms`` it holds, and how many names it has."""
    ids, stops = labels.table()
    last = stops[codes]
    first = np.where(codes > 0, stops[np.maximum(codes - 1, 0)], 0)
    members = ids[spans(first, last)]
    owners = np.repeat(np.arange(codes.size), last - first)
    found = np.zeros((codes.size, len(terms)), np.bool_)
    for column, term in enumerate(terms):
        found[owners[members == term], column] = True
    return found, last - first


def named(
    frame: Frame, visible: Visible, terms: Collection[str], limit: int
) -> tuple[Slots, NDArray[np.float32]]:
    """Return visible slots whose names are all among ``terms``, and how rare the rarest is.

    A set of names that more than ``limit`` visible chunks share is left out.
    """
    ids, stops = frame.names.labels.table()
    known = np.zeros(max(len(frame.names.terms), 1), np.bool_)
    found = [frame.names.terms.find(term) for term in terms]
    known[[term for term in found if 0 <= term < known.size]] = True
    widths = np.diff(stops, prepend=0)
    owners = np.repeat(np.arange(stops.size), widths)
    hits = np.bincount(owners[known[ids]], minlength=stops.size)
    matching = (hits == widths) & (widths > 0)
    slots = visible.slots
    labels = frame.rows.codes[Code.NAMES, slots]
    inside = matching[labels]
    slots, labels = slots[inside], labels[inside]
    few = np.bincount(labels, minlength=stops.size) <= limit
    slots, labels = slots[few[labels]], labels[few[labels]]
    return slots, _rarest(frame, visible, labels, owners, ids)[labels]


def _rarest(
    frame: Frame,
    visible: Visible,
    labels: NDArray[np.int32],
    owners: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Return for each set among ``labels`` the chunk frequency of its rarest name."""
    wanted = np.zeros(int(owners[-1]) + 1 if owners.size else 1, np.bool_)
    wanted[labels] = True
    inside = wanted[owners] if owners.size else np.empty(0, np.bool_)
    members, holders = ids[inside], owners[inside]
    distinct, place = np.unique(members, return_inverse=True)
    found = frame.postings.find(distinct.tolist(), visible)
    frequency = np.array([posting.slots.size for posting in found], np.float32)
    rarest = np.full(wanted.size, np.inf, np.float32)
    np.minimum.at(rarest, holders, frequency[place])
    return rarest
