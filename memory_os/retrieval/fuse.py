"""Join signs of relevance at three sizes: the passage, its window, its session.

Scores of one kind are scaled to [0, 1] within the query and weighed. How much of its context a
passage takes depends on its length: a short turn says little alone ("Yes, in May."), a long one
speaks for itself and would only be blurred. The sizes are the lexical, training-free form of
routing by pooled keys in Memory Sparse Attention (arXiv 2603.23516).
"""

import numpy as np

from memory_os.ports.recall_index import Floats, GroupTable
from memory_os.retrieval.bm25 import bm25
from memory_os.retrieval.candidates import group_scores
from memory_os.retrieval.field import Field, Places
from memory_os.retrieval.profile import RetrievalProfile
from memory_os.retrieval.scores import Scores


def context_share(field: Field, profile: RetrievalProfile) -> Floats:
    """Return how much of its context each candidate takes, in [0, 1]; nothing without one."""
    share = np.minimum(1, profile.context_terms / np.maximum(field.table.lengths, 1))
    alone = (field.before[:, 0] < 0) & (field.after[:, 0] < 0)
    return np.where(alone, 0, share).astype(np.float32)


def fuse(field: Field, groups: GroupTable, share: Floats, profile: RetrievalProfile) -> Scores:
    """Return the weighted sum of the four signs for each candidate.

    The part of its context that a passage does not take, its own words stand in for; so a
    document's passage and a turn of a conversation compete on equal terms.
    """
    table = field.table
    own = to_best(_bm25(field, table.counts, table.lengths, 1, profile))
    parts = {
        "lexical": profile.lexical * own,
        "dense": profile.dense * to_range(table.cosines, profile.least_range),
    }
    alone = (1 - share) * own
    window = to_best(_window(field, profile)) if share.any() else own
    session = to_best(_groups(field, groups, profile)) if share.any() else own
    parts["window"] = profile.window * (share * window + alone)
    parts["group"] = profile.group * (share * session + alone)
    return Scores(_total(parts), parts)


def spread(scores: Scores, field: Field, share: Floats, profile: RetrievalProfile) -> Scores:
    """Give each candidate a share of its first and second neighbours' scores.

    Where it does not take from them, it counts as its own neighbour on one side.
    """
    padded = np.append(scores.total, np.float32(0))
    given = profile.near * (padded[field.before[:, 0]] + padded[field.after[:, 0]])
    given += profile.far * (padded[field.before[:, 1]] + padded[field.after[:, 1]])
    alone = (profile.near + profile.far) * scores.total
    return scores.plus("neighbours", share * given + (1 - share) * alone)


def scale(scores: Scores) -> Scores:
    """Make the best score 1, so that evidence beyond words weighs the same in every query."""
    best = float(scores.total.max(initial=0))
    if best <= 0:
        return scores
    factor = np.float32(1 / best)
    return Scores(scores.total * factor, {k: v * factor for k, v in scores.parts.items()})


def to_best(values: Floats) -> Floats:
    """Scale so that the best is 1 and 0 stays 0."""
    best = values.max(initial=0)
    return values / best if best > 0 else np.zeros_like(values)


def to_range(values: Floats, least: float) -> Floats:
    """Scale so that the least is 0 and the best is 1, or less where all lie within ``least``."""
    low, high = values.min(initial=1), values.max(initial=-1)
    scaled: Floats = (values - low) / np.float32(max(high - low, least))
    return scaled


def _bm25(
    field: Field, counts: Floats, lengths: Floats, size: int, profile: RetrievalProfile
) -> Floats:
    mean = field.statistics.mean_length * size
    return bm25(counts, lengths, mean, field.weights, k1=profile.k1, b=profile.b)


def _window(field: Field, profile: RetrievalProfile) -> Floats:
    """Return BM25 over each candidate and its direct neighbours taken together."""
    first, last = field.before[:, 0], field.after[:, 0]
    counts = _with_neighbours(field.table.counts, first, last)
    lengths = _with_neighbours(field.table.lengths, first, last)
    return _bm25(field, counts, lengths, 3, profile)


def _with_neighbours(values: Floats, first: Places, last: Places) -> Floats:
    padded = np.concatenate((values, np.zeros_like(values[:1])))
    return values + padded[first] + padded[last]


def _groups(field: Field, groups: GroupTable, profile: RetrievalProfile) -> Floats:
    """Return each candidate's session score, 0 where the session holds no query term."""
    out = np.zeros(field.size, dtype=np.float32)
    if not len(groups.codes):
        return out
    order = np.argsort(groups.codes, kind="stable")
    codes, scores = groups.codes[order], group_scores(groups, field.statistics, profile)[order]
    places = np.minimum(np.searchsorted(codes, field.table.group), len(codes) - 1)
    known = codes[places] == field.table.group
    out[known] = scores[places[known]]
    return out


def _total(parts: dict[str, Floats]) -> Floats:
    total: Floats = np.sum(list(parts.values()), axis=0, dtype=np.float32)
    return total
