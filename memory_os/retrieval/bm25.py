"""Okapi BM25 (Robertson and Zaragoza 2009) over raw counts, as pure functions of arrays."""

import numpy as np

from memory_os.ports.recall_index import Floats


def idf(frequency: Floats, total: int) -> Floats:
    """Return the weight of terms that ``frequency`` of ``total`` units hold; never negative."""
    return np.log1p((total - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)


def bm25(
    counts: Floats, lengths: Floats, mean_length: float, weights: Floats, *, k1: float, b: float
) -> Floats:
    """Return the score of each row of ``counts`` (units x terms)."""
    norm = k1 * ((1 - b) + (b / max(mean_length, 1e-9)) * lengths)
    scores = (counts * ((k1 + 1) / (counts + norm[:, None]))) @ weights
    return scores.astype(np.float32)
