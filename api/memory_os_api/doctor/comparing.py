"""Comparing a tenant's index with its rows, through the index's own port."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memory_os.clock import from_micros, to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind, SemanticType
from memory_os.ports.cube_store import CubeStore
from memory_os.ports.recall_index import Chunk, RecallIndex, RecallView
from memory_os_api.doctor.expectation import EVERYBODY, Expectation, chunks, spread

MOMENTS = 48
SCOPES = 24
TERMS = 4_000
_TERMS_AT_ONCE = 250
_NUMBERS_AT_ONCE = 50_000
_ALIKE = 0.99
_TOLD = 3
_STATES = {state: place for place, state in enumerate(State)}
_TYPES = {kind: place for place, kind in enumerate(SemanticType)}

Numbers = NDArray[np.int64]


class Comparison:
    """One comparison; ``problems`` walks everything and yields what differs, in words."""

    def __init__(
        self, store: CubeStore, index: RecallIndex, tenant_id: str, dimensions: int, now: datetime
    ) -> None:
        self._store = store
        self._index = index
        self._tenant = tenant_id
        self._nowhere = np.zeros(dimensions, np.float32)
        self._now = now
        self.expected = Expectation(now)
        self.recalled = 0

    def problems(self) -> Iterator[str]:
        """Compare numbers, places, terms, vectors, intervals and frequencies."""
        head = self._store.head(self._tenant)
        if self._index.applied != head:
            yield f"the index stands at change {self._index.applied}, the rows at {head}"
        view = self._view(to_micros(self._now), to_micros(self._now))
        seen = view.all()
        self.recalled = len(seen)
        if len(np.unique(seen)) != len(seen):
            yield "some passages are indexed more than once"
        yield from self._rows(view, np.sort(seen))
        yield from self._orphans()
        yield from self._intervals()
        yield from self._scopes()
        yield from self._frequencies()

    def _view(
        self, as_of: int, valid_at: int, terms: Sequence[str] = (), scope: Scope = EVERYBODY
    ) -> RecallView:
        everything = Visibility(
            scope=scope,
            match=ScopeMatch.EXACT,
            as_of=from_micros(as_of),
            valid_at=from_micros(valid_at),
            kinds=frozenset(Kind),
            states=frozenset(State),
        )
        access = AccessFilter(self._tenant, "", sees_private=True)
        return self._index.view(access, everything, self._now, terms=terms, vector=self._nowhere)

    def _rows(self, view: RecallView, seen: Numbers) -> Iterator[str]:
        missing, moved, headers, words, vectors = 0, 0, 0, 0, 0
        for batch in chunks(self._store, self._tenant):
            numbers = np.array([found.number for found in batch], np.int64)
            for found, place in zip(batch, self._index.locate(numbers), strict=True):
                self.expected.take(found)
                missing += not place[0]
                moved += bool(place[0]) and place != (found.cube_id, found.version, found.ordinal)
            shown = [found for found in batch if _lives(found, self._now, seen)]
            headers += _different_headers(view, shown)
            words += _different_words(view, shown)
            vectors += _different_vectors(view, shown)
        yield from _counted(missing, "passages are not in the index")
        yield from _counted(moved, "passages are indexed for another memory or version")
        yield from _counted(
            headers, "passages have another state, type, trust or time in the index"
        )
        yield from _counted(words, "passages have other words in the sparse index")
        yield from _counted(vectors, "passages have another vector in the dense index")

    def _orphans(self) -> Iterator[str]:
        known = np.unique(np.array(self.expected.numbers, np.int64))
        orphans: list[str] = []
        for start in range(0, self._index.last_number + 1, _NUMBERS_AT_ONCE):
            stop = min(start + _NUMBERS_AT_ONCE, self._index.last_number + 1)
            rest = np.setdiff1d(np.arange(start, stop), known, assume_unique=True)
            orphans += [place[0] for place in self._index.locate(rest) if place[0]]
        if orphans:
            named = ", ".join(sorted(set(orphans))[:_TOLD])
            yield f"{len(orphans)} passages in the index are in no row, among them of {named}"

    def _intervals(self) -> Iterator[str]:
        for moment in (*self.expected.moments(MOMENTS), to_micros(self._now)):
            wanted = self.expected.visible(moment, moment)
            found = np.sort(self._view(moment, moment).all())
            if not np.array_equal(wanted, found):
                when = from_micros(moment).isoformat()
                differing = len(np.setxor1d(wanted, found))
                yield f"at {when} the index recalls {differing} passages otherwise than the rows"
                return

    def _scopes(self) -> Iterator[str]:
        now, wrong = to_micros(self._now), 0
        for scope in self.expected.some_scopes(SCOPES):
            wanted = self.expected.visible(now, now, scope)
            found = np.sort(self._view(now, now, scope=scope).all())
            wrong += len(np.setxor1d(wanted, found))
        yield from _counted(wrong, "passages belong to another scope in the index")

    def _frequencies(self) -> Iterator[str]:
        terms = spread(sorted(self.expected.frequencies), TERMS)
        now, wrong = to_micros(self._now), []
        for start in range(0, len(terms), _TERMS_AT_ONCE):
            part = terms[start : start + _TERMS_AT_ONCE]
            counted = self._view(now, now, part).statistics().chunk_frequency
            pairs = zip(part, counted.tolist(), strict=True)
            wrong += [term for term, count in pairs if count != self.expected.frequencies[term]]
        yield from _counted(len(wrong), "words are counted wrongly in the sparse index")


def _lives(found: Chunk, now: datetime, ascending: Numbers) -> bool:
    """Tell whether this stretch of a passage's life is the present one, and recalled."""
    place = int(np.searchsorted(ascending, found.number))
    seen = place < len(ascending) and int(ascending[place]) == found.number
    return seen and found.live_from <= now and (found.live_to is None or now < found.live_to)


def _different_headers(view: RecallView, shown: Sequence[Chunk]) -> int:
    if not shown:
        return 0
    table = view.describe(np.array([found.number for found in shown], np.int64))
    held = zip(
        table.state.tolist(),
        table.semantic_type.tolist(),
        table.trust.tolist(),
        table.at.tolist(),
        strict=True,
    )
    wanted = (
        (_STATES[c.state], _TYPES[c.semantic_type], int(c.trust), to_micros(c.at)) for c in shown
    )
    return sum(mine != theirs for mine, theirs in zip(wanted, held, strict=True))


def _different_words(view: RecallView, shown: Sequence[Chunk]) -> int:
    if not shown:
        return 0
    numbers = np.array([found.number for found in shown], np.int64)
    lengths = view.describe(numbers).lengths.tolist()
    triples = zip(shown, view.terms(numbers), lengths, strict=True)
    return sum(
        set(found.terms) != set(terms) or len(found.terms) != length
        for found, terms, length in triples
    )


def _different_vectors(view: RecallView, shown: Sequence[Chunk]) -> int:
    if not shown:
        return 0
    wanted = np.stack([found.vector for found in shown]).astype(np.float32)
    held = view.vectors(np.array([found.number for found in shown], np.int64))
    if held.shape != wanted.shape:
        return len(shown)
    lengths = np.linalg.norm(wanted, axis=1) * np.linalg.norm(held, axis=1)
    alike = np.einsum("ij,ij->i", wanted, held) >= _ALIKE * lengths
    blank = (np.linalg.norm(wanted, axis=1) == 0) == (np.linalg.norm(held, axis=1) == 0)
    return int(np.count_nonzero(~(alike & blank)))


def _counted(count: int, what: str) -> Iterator[str]:
    if count:
        yield f"{count} {what}"
