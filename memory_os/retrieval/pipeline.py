"""Recall: route, gather, fuse, spread, rerank, interleave, diversify, abstain.

Each stage is a function over frozen values in a module of its own; this one puts them in order
and turns ranked chunks into ranked cubes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

import numpy as np

from memory_os.domain.access import AccessFilter
from memory_os.domain.hit import Outcome, Ranked, Ranking
from memory_os.domain.query import Query
from memory_os.ports.embedder import Embedder
from memory_os.ports.recall_index import GroupTable, Numbers, RecallIndex, RecallView
from memory_os.retrieval.abstain import confidence
from memory_os.retrieval.applies import Owners, applicable, place
from memory_os.retrieval.bm25 import idf
from memory_os.retrieval.candidates import gather
from memory_os.retrieval.diversify import order
from memory_os.retrieval.field import Field, describe, extend
from memory_os.retrieval.fuse import context_share, fuse, scale, spread
from memory_os.retrieval.interleave import follow, read, unseen
from memory_os.retrieval.profile import RetrievalProfile
from memory_os.retrieval.rerank import rerank
from memory_os.retrieval.route import Route, route
from memory_os.retrieval.scores import Scores

DEFAULT_ROUNDS = 2
_NONE = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Scored:
    """All candidates of one query with their scores, and how many rounds it took."""

    field: Field
    scores: Scores
    rounds: int


@dataclass(frozen=True, slots=True)
class Recall:
    """Answer queries with one embedding model and one profile."""

    embedder: Embedder
    profile: RetrievalProfile = field(default_factory=RetrievalProfile)

    def __call__(
        self,
        index: RecallIndex,
        access: AccessFilter,
        query: Query,
        now: datetime,
        allow: Numbers | None = None,
    ) -> Ranking:
        """Return the best cubes for ``query`` as one chunk each, best first.

        ``allow`` restricts recall to these chunks, before any ranking.
        """
        way = route(query.text, query.visibility.as_of or now)
        vector = self.embedder.embed([query.text])[0]
        view = index.view(
            access, query.visibility, now, terms=way.terms, vector=vector, allow=allow
        )
        if not view.size:
            return Ranking((), Outcome.EMPTY, 0)
        owners = _owners(index)
        rules = applicable(view, vector, owners, self.profile) if query.rerank else {}
        scored, rows = self._fill(view, way, query, owners, rules)
        hits = tuple(_hits(scored, rows, rules, query, self.profile))
        dated = bool(scored.scores.parts.get("dated", _NONE).any())
        kept = _sure_enough(hits, query.threshold, self.profile, dated=dated)
        outcome = Outcome.FOUND if kept else Outcome.BELOW_THRESHOLD
        return Ranking(kept, outcome, view.size, scored.rounds, _explained(way, scored, query))

    def _fill(
        self,
        view: RecallView,
        way: Route,
        query: Query,
        owners: Owners,
        rules: Mapping[int, float],
    ) -> tuple[Scored, list[int]]:
        """Score ever more candidates until there are as many cubes as wanted, or no more."""
        ruled = set(owners(np.array(list(rules), dtype=np.int64))) if rules else set()
        loss = self.profile.spread_groups if way.overview else 0.0
        pool = max(self.profile.pool, 2 * query.top_k)
        while True:
            scored = score(view, way, self.profile, rounds=query.rounds, pool=pool)
            rows = _distinct(scored, owners, query, loss, ruled)
            if len(rows) >= query.top_k or scored.field.size >= view.size:
                return scored, rows
            pool *= 4


def score(
    view: RecallView,
    way: Route,
    profile: RetrievalProfile,
    *,
    rounds: int | None = None,
    pool: int | None = None,
) -> Scored:
    """Score the candidates, ``pool`` by each sign; ``rounds`` bounds how often what was found is
    read and followed.
    """
    statistics = view.statistics()
    groups = view.groups()
    weights = idf(statistics.chunk_frequency, statistics.chunks)
    numbers = gather(view, statistics, weights, groups, profile, pool or profile.pool)
    seen = describe(view, numbers, statistics)
    base = scores = _score(seen, groups, way, profile)
    done = 1
    while done < (rounds or DEFAULT_ROUNDS):
        readings = read(view, seen, scores, profile)
        if not readings:
            break
        fresh = unseen(readings, seen)
        if len(fresh):
            seen = extend(view, seen, fresh)
            base = _score(seen, groups, way, profile)
        scores = follow(readings, base, seen, profile)
        done += 1
    return Scored(seen, scores, done)


def _score(seen: Field, groups: GroupTable, way: Route, profile: RetrievalProfile) -> Scores:
    share = context_share(seen, profile)
    fused = spread(fuse(seen, groups, share, profile), seen, share, profile)
    return rerank(scale(fused), seen, way, profile)


def _owners(index: RecallIndex) -> Owners:
    """Return how to tell the cube of each chunk."""
    return lambda numbers: [cube for cube, _, _ in index.locate(numbers)]


def _hits(
    scored: Scored,
    rows: list[int],
    rules: Mapping[int, float],
    query: Query,
    profile: RetrievalProfile,
) -> Iterator[Ranked]:
    """Yield the chunks in these rows, with the instructions that apply among them."""
    table, totals = scored.field.table, scored.scores.total
    row_of = {int(table.numbers[row]): row for row in rows}
    sure = confidence(scored.field, np.array(rows, dtype=np.int64), profile)
    sure_of = dict(zip(row_of, (float(value) for value in sure), strict=True))
    last = 1.0
    for number in place(list(row_of), list(rules), profile.lead)[: query.top_k]:
        if number in rules:
            stages = {"applies": last} if query.explain else {}
            yield Ranked(number, last, rules[number], stages)
            continue
        row = row_of[number]
        last = float(totals[row])
        yield Ranked(number, last, sure_of[number], scored.scores.at(row) if query.explain else {})


def _distinct(
    scored: Scored, owners: Owners, query: Query, loss: float, ruled: set[str]
) -> list[int]:
    """Return the best rows, each cube as often as the query allows and those ruled in never."""
    wanted, size = query.top_k, scored.field.size
    count = wanted * 2 + len(ruled)
    while True:
        ranked = order(scored.scores.total, scored.field.table.group, count, loss)
        taken = Counter(dict.fromkeys(ruled, query.passages))
        rows: list[int] = []
        for row, cube in zip(ranked, owners(scored.field.table.numbers[ranked]), strict=True):
            if taken[cube] < query.passages:
                taken[cube] += 1
                rows.append(int(row))
        if len(rows) >= wanted or count >= size:
            return rows[:wanted]
        count = min(size, count * 4)


def _sure_enough(
    hits: tuple[Ranked, ...], threshold: float | None, profile: RetrievalProfile, *, dated: bool
) -> tuple[Ranked, ...]:
    """Drop hits below a threshold that was asked for; else answer with all hits or none.

    Something said in the time that the query names answers it whatever its words.
    """
    if threshold is not None:
        return tuple(hit for hit in hits if hit.confidence >= threshold)
    best = max((hit.confidence for hit in hits), default=0.0)
    return hits if dated or best >= profile.abstain else ()


def _explained(way: Route, scored: Scored, query: Query) -> dict[str, object]:
    if not query.explain:
        return {}
    return {"route": asdict(way), "candidates": scored.field.size, "rounds": scored.rounds}
