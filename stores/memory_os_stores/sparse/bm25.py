"""BM25 over postings, exactly, one array operation at a time.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). The
weight of a term (its idf and more) is the caller's; the rest is here:
``weight * count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean_length))``.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.columns import best
from memory_os_stores.sparse.matches import Posting


def rank(
    found: Sequence[Posting],
    weights: NDArray[np.float32],
    lengths: NDArray[np.int32],
    mean_length: float,
    *,
    size: int,
    limit: int,
    k1: float,
    b: float,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the slots with the highest positive scores below ``size``, and the scores."""
    scores = np.zeros(size, np.float32)
    slope = np.float32(k1 * b / mean_length if mean_length > 0 else 0.0)
    base, gain = np.float32(k1 * (1.0 - b)), np.float32(k1 + 1.0)
    for posting, weight in zip(found, weights.tolist(), strict=True):
        if not weight or not posting.slots.size:
            continue
        counts = posting.counts.astype(np.float32)
        scores[posting.slots] += (np.float32(weight) * gain) * (
            counts / (counts + (base + slope * lengths[posting.slots]))
        )
    slots = np.flatnonzero(scores > 0)
    chosen = slots[best(scores[slots], limit)]
    return chosen, scores[chosen]
