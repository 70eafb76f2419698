"""How sure recall is that a hit answers the query, comparable across queries and scopes.

Scores order the hits of one query; their best is 1 whether anything fits or not. Confidence is a
logistic function of two absolute signs: the share of the query's weight (idf) that the hit and its
direct neighbours contain, and the cosine. A query term that nothing in scope contains weighs most,
so a question about something never stored is seen. The coefficients were fitted over all
development sets together, with questions put to the wrong scope as the negatives; see
``docs/decisions/0007-retrieval-profile.md``. In a scope of a few passages idf says little, so the
terms are weighed as if ``background`` more passages without any of them were there.
"""

import numpy as np
from numpy.typing import NDArray

from memory_os.ports.recall_index import Floats, Numbers
from memory_os.retrieval.bm25 import idf
from memory_os.retrieval.field import Field
from memory_os.retrieval.profile import RetrievalProfile
from memory_os.retrieval.scores import Scores

_EVIDENCE = ("links", "dated", "preferred", "activated")
"""Stages that speak for single hits, not for most of what somebody said."""


def confidence(field: Field, rows: Numbers, profile: RetrievalProfile) -> Floats:
    """Return the confidence in [0, 1] of the candidates in these rows."""
    covered = coverage(field, rows, profile.background)
    cosines = np.maximum(field.table.cosines[rows], 0)
    logit = profile.sure_base + profile.sure_coverage * covered + profile.sure_cosine * cosines
    sure: Floats = (1 / (1 + np.exp(-logit))).astype(np.float32)
    return np.where((covered > 0) | (cosines > 0), sure, 0).astype(np.float32)


def coverage(field: Field, rows: Numbers, background: int) -> Floats:
    """Return the share of the query's weight found in each row or a direct neighbour of it."""
    known = field.statistics
    weights = idf(known.chunk_frequency, known.chunks + background)
    if not len(weights):
        return np.zeros(len(rows), dtype=np.float32)
    has = np.append(field.table.counts > 0, np.zeros((1, len(weights)), dtype=bool), axis=0)
    near = has[rows] | has[field.before[rows, 0]] | has[field.after[rows, 0]]
    share: Floats = (near @ weights / weights.sum()).astype(np.float32)
    return share


def filler(
    scores: Scores, rows: Numbers, sure: Floats, best: float, profile: RetrievalProfile
) -> NDArray[np.bool_]:
    """Tell which rows fill a place that nothing better takes: ``sure`` is far below ``best``, and
    no evidence beyond words speaks for them (a linked document shares few words with the query).
    """
    weak = sure < profile.filler * best
    for stage in _EVIDENCE:
        if stage in scores.parts:
            weak &= scores.parts[stage][rows] <= 0
    return weak
