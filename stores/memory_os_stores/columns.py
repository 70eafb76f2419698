"""Arrays that grow at the end while what a reader holds of them stays as it was."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Cell = TypeVar("_Cell", bound=np.generic)
_SMALLEST = 64
_BLOCK = 16


def grown(array: NDArray[_Cell], used: int, needed: int) -> NDArray[_Cell]:
    """Return ``array`` if its last axis holds ``needed``, else a copy half as large again.

    Only the first ``used`` places carry over. A reader that holds the old array keeps a whole,
    unchanging one: writers touch places below ``used`` of the newest array alone.
    """
    capacity = array.shape[-1]
    if needed <= capacity:
        return array
    size = max(needed, capacity + capacity // 2, _SMALLEST)
    larger = np.empty((*array.shape[:-1], size), array.dtype)
    larger[..., :used] = array[..., :used]
    return larger


def spans(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of every half-open span in order, as one array."""
    lengths = stops - starts
    total = int(lengths.sum())
    if not total:
        return np.empty(0, np.int64)
    ends = np.cumsum(lengths)
    shifts: NDArray[np.int64] = np.repeat(starts - (ends - lengths), lengths)
    return shifts + np.arange(total)


def best(scores: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """Return the places of the highest scores, best first; ties go to the lower place."""
    if limit <= 0 or not scores.size:
        return np.empty(0, np.int64)
    places = np.arange(scores.size) if scores.size <= limit else _highest(scores, limit)
    order = np.argsort(-scores[places], kind="stable")
    chosen: NDArray[np.int64] = places[order].astype(np.int64, copy=False)
    return chosen


def _highest(scores: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """Return the places of the ``limit`` highest scores, ascending.

    The ``limit``-th highest of the maxima of blocks is no higher than the ``limit``-th highest
    score, so that one pass leaves few scores to select from.
    """
    blocks = scores.size // _BLOCK
    places = np.arange(scores.size) if blocks <= limit else None
    if places is None:
        maxima = scores[: blocks * _BLOCK].reshape(_BLOCK, blocks).max(axis=0)
        floor = np.partition(maxima, blocks - limit)[blocks - limit]
        places = np.flatnonzero(scores >= floor)
    few = scores[places]
    least = np.partition(few, few.size - limit)[few.size - limit]
    above, level = np.flatnonzero(few > least), np.flatnonzero(few == least)
    kept = np.concatenate((above, level[: limit - above.size]))
    kept.sort()
    return places[kept]
