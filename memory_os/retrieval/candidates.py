"""Which chunks are worth scoring: a union, so that neither words nor meaning gates the other."""

import numpy as np

from memory_os.ports.recall_index import Floats, GroupTable, Numbers, RecallView, Statistics
from memory_os.retrieval.bm25 import bm25, idf
from memory_os.retrieval.field import union
from memory_os.retrieval.profile import RetrievalProfile


def group_scores(table: GroupTable, statistics: Statistics, profile: RetrievalProfile) -> Floats:
    """Return BM25 of each group, over its visible chunks taken together."""
    weights = idf(statistics.group_frequency, statistics.groups)
    return bm25(
        table.counts,
        table.lengths,
        statistics.mean_group_length,
        weights,
        k1=profile.k1,
        b=profile.b,
    )


def gather(
    view: RecallView,
    statistics: Statistics,
    weights: Floats,
    groups: GroupTable,
    profile: RetrievalProfile,
    pool: int,
) -> Numbers:
    """Return the chunks to score, ascending: all of a small scope, else ``pool`` by each sign."""
    if view.size <= max(profile.exhaustive, pool):
        return view.all()
    found = [view.dense(pool).numbers]
    if len(weights):
        found.append(view.lexical(weights, pool, profile.k1, profile.b).numbers)
    if len(groups.codes):
        order = np.argsort(-group_scores(groups, statistics, profile), kind="stable")
        best = groups.codes[order[: profile.top_groups]]
        found.append(view.members(best, profile.members))
    return union(*found)
