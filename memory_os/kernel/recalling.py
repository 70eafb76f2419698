"""Recall: rank chunks, read their cubes again under the access filter, answer with passages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.hit import Outcome, Ranked, Ranking
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.operations import (
    ContextRequest,
    ContextResult,
    Hit,
    SearchRequest,
    SearchResult,
)
from memory_os.domain.operations.common import Cost
from memory_os.domain.operations.record import record_fields
from memory_os.domain.query import Query, Visibility
from memory_os.domain.scope import ScopeMatch
from memory_os.errors import ModelFailed, QuotaExhausted
from memory_os.governance.guard import admit, bound_scope, within
from memory_os.kernel.allowances import Rationed, allowance
from memory_os.kernel.contexts import packed
from memory_os.kernel.counting import Counting
from memory_os.kernel.echoing import Echoes
from memory_os.kernel.found import Found
from memory_os.kernel.indexing import LiveIndex
from memory_os.kernel.interleaving import merged, next_query
from memory_os.kernel.lookup import purged
from memory_os.kernel.metering import Metered
from memory_os.kernel.moments import Moments
from memory_os.kernel.parts import Parts
from memory_os.kernel.standing import Standing
from memory_os.kernel.veiling import Veil
from memory_os.kernel.witnessing import Witness
from memory_os.policies.decay import Use
from memory_os.ports.language_model import LanguageModel
from memory_os.retrieval.pipeline import Recall

_SHORT = 160
"""A text of up to so many characters is one passage: its span needs no look-up."""


_ASKED = 2_000
"""How many characters of a memory are enough to find what is like it."""

_PASSAGES = 8
"""How many passages of one document a context may take."""


class Recalling:
    """Search and pack for any principal."""

    def __init__(
        self, parts: Parts, indexing: LiveIndex, moments: Moments, using: Counting, echoes: Echoes
    ) -> None:
        self._parts = parts
        self._echoes = echoes
        self._veil = Veil(parts)
        self._using = using
        self._moments = moments
        self._indexing = indexing
        self._standing = Standing(parts)
        self._witness = Witness(parts)
        self._recall = Recall(parts.embedder, parts.profile)

    def search(self, principal: Principal, request: SearchRequest) -> SearchResult:
        """Find the memories that answer the query, best first.

        Raises:
            AccessDenied, InvalidFilter, StoreError, ModelFailed.
        """
        access = admit(principal, Right.READ, request.scope)
        self._using.settle_due(principal.tenant_id)
        request = self._moments.resolved(principal, request)
        query = Query(
            text=self._veil.question(access.tenant_id, request.scope, request.query),
            visibility=request.visibility(ScopeMatch.INHERIT),
            top_k=request.top_k,
            threshold=request.threshold,
            rounds=request.rounds,
            rerank=request.rerank,
            explain=request.explain,
        )
        model = self._parts.language_model
        metered = None
        if model is not None:
            rationed = Rationed(model, self._parts, principal.tenant_id)
            rationed.scope = bound_scope(principal, request.scope)
            metered = Metered(rationed, self._parts.counter)
        ranking, found = self.find(access, query, metered)
        if request.max_tokens is not None:
            found = self._within(found, request.max_tokens)
        self._witness.cubes(principal, "search", [item.cube for item in found])
        if query.visibility.as_of is None:
            self._using.renewed(principal.tenant_id, (item.cube for item in found))
        return SearchResult.model_construct(
            results=tuple(_hit(item, explain=request.explain) for item in found),
            outcome=_outcome(ranking, found),
            rounds=ranking.rounds,
            explanation=ranking.stages or None,
            cost=metered.cost if metered is not None else Cost(),
        )

    def context(self, principal: Principal, request: ContextRequest) -> ContextResult:
        """Find and pack into the token budget, with citations.

        Raises:
            AccessDenied, InvalidInput, InvalidFilter, StoreError, ModelFailed.
        """
        access = admit(principal, Right.READ, request.scope)
        self._using.settle_due(principal.tenant_id)
        request = self._moments.resolved(principal, request)
        query = Query(
            text=self._veil.question(access.tenant_id, request.scope, request.question),
            visibility=request.visibility(ScopeMatch.INHERIT),
            top_k=request.top_k,
            passages=_PASSAGES,
            threshold=request.threshold,
        )
        stood = self._standing.stood(access, request)
        ranking, found = self.find(access, query)
        outcome = _outcome(ranking, found)
        if stood is None:
            answer = packed(found, outcome, request, self._parts.counter)
        else:
            answer = self._standing.packed(stood, found, outcome, request)
        cited = {citation.id for citation in answer.citations}
        shown = {item.cube.id: item.cube for item in found if item.cube.id in cited}
        standing = stood.cubes if stood else ()
        unasked = [cube for cube in standing if cube.id not in shown]
        self._witness.cubes(principal, "context", [*shown.values(), *unasked])
        if query.visibility.as_of is None:
            self._using.count(principal.tenant_id, shown.values(), Use.IN_CONTEXT)
        told = {(citation.id, citation.span) for citation in answer.citations}
        passages = [item.passage for item in found if (item.cube.id, item.span) in told]
        passages += [cube.text for cube in standing]
        self._echoes.remember(principal.tenant_id, request.scope, passages)
        return answer

    def find(
        self, access: AccessFilter, query: Query, model: LanguageModel | None = None
    ) -> tuple[Ranking, list[Found]]:
        """Rank and read; with a language model and rounds asked for, ask for what is missing.

        A model that fails ends the rounds; what was found so far is the answer, and the ranking's
        stages say so under ``model``.
        """
        ranking, found = self._once(access, query)
        rounds = query.rounds or 1
        done, asked, failure = ranking.rounds, list[str](), ""
        while model is not None and found and len(asked) < rounds - 1 and not failure:
            try:
                shown = self._veil.for_models(access.tenant_id, found)
                asking = self._veil.shown(access.tenant_id, query.visibility.scope)(query.text)
                text = next_query(model, asking.text, shown)
            except (ModelFailed, QuotaExhausted) as error:
                failure = str(error)
                continue
            if text is None:
                break
            asked.append(text)
            _, more = self._once(access, replace(query, text=text, rounds=1))
            found = merged(found, more, query.top_k)
        if asked or failure:
            taken = {"rounds": done + len(asked), "asked": tuple(asked)}
            stages = {**ranking.stages, **taken, "model": failure or "answered"}
            ranking = replace(ranking, rounds=done + len(asked), stages=stages)
        return ranking, found

    def nearest(self, access: AccessFilter, cube: Cube, limit: int) -> list[Cube]:
        """Return what recall finds in the cube's scope for its own text, without counting it."""
        query = Query(
            text=cube.text[:_ASKED],
            visibility=Visibility(cube.scope, ScopeMatch.EXACT, any_validity=True),
            top_k=limit + 1,
            threshold=0.0,
            rounds=1,
        )
        _, found = self._once(access, query)
        return [item.cube for item in found if item.cube.id != cube.id][:limit]

    def _once(self, access: AccessFilter, query: Query) -> tuple[Ranking, list[Found]]:
        """Rank, then read every hit again from the rows: what is refused there is left out."""
        now = self._parts.clock.now()
        index = self._indexing.current(access.tenant_id)
        visibility = query.visibility
        allowed = allowance(self._parts, access.tenant_id)
        allow = None
        if visibility.filter is not None:
            allow = self._parts.store.select(access, visibility, now)
        with allowed.embedding([(within(access.bindings, visibility.scope), query.text)]):
            ranking = self._recall(index, access, query, now, allow)
        numbers = np.array([hit.chunk for hit in ranking.hits], dtype=np.int64)
        places = index.locate(numbers)
        cubes = self._parts.store.read(access, [(cube, version) for cube, version, _ in places])
        return ranking, self._found(access, ranking.hits, cubes, now, visibility.as_of)

    def _found(
        self,
        access: AccessFilter,
        hits: Sequence[Ranked],
        cubes: Sequence[Cube | None],
        now: datetime,
        as_of: datetime | None,
    ) -> list[Found]:
        here = [
            (hit, cube)
            for hit, cube in zip(hits, cubes, strict=True)
            if cube is not None and _open(cube, now, as_of) and not purged(self._parts, cube)
        ]
        then = self._moments.then(access.tenant_id, [cube for _, cube in here], as_of)
        here = [(hit, cube) for (hit, _), cube in zip(here, then, strict=True)]
        long = [hit.chunk for hit, cube in here if len(cube.text) > _SHORT]
        spans: Mapping[int, tuple[tuple[int, int], str]] = (
            self._parts.store.spans(access.tenant_id, long) if long else {}
        )
        found = [
            Found(hit, cube, *spans.get(hit.chunk, ((0, len(cube.text)), ""))) for hit, cube in here
        ]
        return self._veil.found(access, found)

    def _within(self, found: list[Found], budget: int) -> list[Found]:
        """Return hits from the best on until the next text would exceed the budget."""
        spent = 0
        for place, item in enumerate(found):
            spent += self._parts.counter(item.passage)
            if spent > budget:
                return found[:place]
        return found


def _outcome(ranking: Ranking, found: list[Found]) -> Outcome:
    """Return the ranking's outcome, unless everything it found was closed meanwhile."""
    lost = ranking.outcome is Outcome.FOUND and not found
    return Outcome.BELOW_THRESHOLD if lost else ranking.outcome


def _open(cube: Cube, now: datetime, as_of: datetime | None) -> bool:
    """Tell whether today's governance lets the cube be shown; the past does not open it."""
    if cube.governance.state in (State.QUARANTINED, State.ERASED):
        return False
    return as_of is not None or not cube.gone(now)


def _hit(found: Found, *, explain: bool) -> Hit:
    fields = record_fields(found.cube)
    fields |= {
        "memory": found.passage,
        "relevance": found.ranked.confidence,
        "score": found.ranked.score,
        "span": found.span,
        "heading": found.heading,
        "scores": dict(found.ranked.stages) if explain else None,
    }
    return Hit.trusted(fields)
