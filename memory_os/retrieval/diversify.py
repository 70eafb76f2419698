"""Order hits so that an overview sees many sessions, not one session many times."""

import numpy as np

from memory_os.ports.recall_index import Floats, Numbers
from memory_os.retrieval.interleave import best


def order(totals: Floats, groups: Numbers, count: int, loss: float) -> Numbers:
    """Return the rows of the best ``count``, each taken after a ``loss`` for every row already
    taken from its group; with no loss, simply the best. Greedy, as maximal marginal relevance
    (Carbonell and Goldstein 1998) with sameness of session as the similarity.
    """
    if not loss:
        return best(totals, count)
    pool = best(totals, count * 5)
    left = totals[pool].astype(np.float64)
    taken: list[int] = []
    for _ in range(min(count, len(pool))):
        at = int(np.argmax(left))
        taken.append(at)
        left[at] = -np.inf
        left[groups[pool] == groups[pool[at]]] -= loss
    return pool[np.array(taken, dtype=np.intp)]
