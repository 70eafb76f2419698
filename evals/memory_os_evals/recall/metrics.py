"""Retrieval metrics of one ranking against its evidence.

Gold is a set after normalisation; a rank counts from 1. ``recall@k`` is the share of gold among the
first k, ``hit@k`` whether any is, ``all@k`` whether every one is. ``mrr`` is one over the rank of
the first gold item in the whole ranking that was returned. ``ndcg@10`` has binary gain and the
ideal of min(10, gold) ones (Järvelin and Kekäläinen, 2002).
"""

import math
from collections.abc import Collection, Sequence

CUTOFFS = (1, 5, 10, 20, 50)
DEPTH = max(CUTOFFS)
METRICS = (*(f"recall@{k}" for k in CUTOFFS), "all@10", "hit@10", "mrr", "ndcg@10")
_TOP = 10


def score(ranking: Sequence[str], gold: Collection[str]) -> dict[str, float]:
    """Return every metric of ``ranking``, best first; a repeated id counts at its first place."""
    if not gold:
        raise ValueError("a question without evidence cannot be scored")
    places = [place for place, item in enumerate(dict.fromkeys(ranking)) if item in gold]
    found = [place for place in places if place < _TOP]
    scores = {f"recall@{k}": sum(place < k for place in places) / len(gold) for k in CUTOFFS}
    scores["all@10"] = float(len(found) == len(gold))
    scores["hit@10"] = float(bool(found))
    scores["mrr"] = 1 / (places[0] + 1) if places else 0.0
    scores["ndcg@10"] = _gain(found) / _gain(range(min(_TOP, len(gold))))
    return scores


def _gain(places: Collection[int]) -> float:
    return sum(1 / math.log2(place + 2) for place in places)
