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
    limit: int,
    k1: float,
    b: float,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the slots with the highest positive scores, best first, and the scores.

    ``lengths`` has one place a slot; ``weights`` one a column.
    """
    scores = np.zeros(lengths.size, np.float32)
    slope = np.float32(k1 * b / mean_length if mean_length > 0 else 0.0)
    base, gain = np.float32(k1 * (1.0 - b)), np.float32(k1 + 1.0)
    for posting in found:
        weight = weights[posting.column]
        if not weight:
            continue
        counts = posting.counts.astype(np.float32)
        norms = lengths[posting.slots].astype(np.float32)
        norms *= slope
        norms += base
        norms += counts
        counts /= norms
        counts *= weight * gain
        scores[posting.slots] += counts
    chosen = best(scores, limit)
    chosen = chosen[scores[chosen] > 0]
    return chosen, scores[chosen]
