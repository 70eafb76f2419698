"""The recall index as plain Python says it: slow, obvious, and what every other one must equal."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memory_os.clock import to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import MAIN
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.query import Visibility, beneath
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.vocabulary import SemanticType
from memory_os.ports.recall_index import (
    ROLES,
    Change,
    Chunk,
    Close,
    Floats,
    Numbers,
    Purge,
    Readers,
    Restate,
    Under,
)


@dataclass(frozen=True, slots=True)
class Row:
    """Everything the port tells about one chunk, with groups by name."""

    counts: tuple[int, ...]
    length: int
    names: tuple[bool, ...]
    name_length: int
    cosine: float
    group: str
    before: tuple[int, int]
    after: tuple[int, int]
    at: int
    semantic_type: int
    role: int
    state: int
    trust: int


class ReferenceRecallIndex:
    """Every chunk in a list; every question a loop over it."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.past: dict[int, list[tuple[datetime, State, datetime | None]]] = {}
        self.applied = 0
        self.last_number = -1

    def apply(self, changes: Iterable[Change], upto: int) -> None:
        """Take in changes in order."""
        for change in changes:
            match change:
                case Chunk():
                    self._add(change)
                case Close():
                    self._end(change.cube_id, change.version, change.at)
                case Restate():
                    self._restate(change)
                case Readers():
                    self._regard(change)
                case Purge():
                    gone = {c.number for c in self.chunks if c.cube_id == change.cube_id}
                    self.past = {n: left for n, left in self.past.items() if n not in gone}
                    self.chunks = [c for c in self.chunks if c.number not in gone]
        self.applied = upto

    def view(
        self,
        access: AccessFilter,
        visibility: Visibility,
        now: datetime,
        *,
        terms: Sequence[str],
        vector: Floats,
        allow: Numbers | None = None,
        under: Under | None = None,
    ) -> "ReferenceRecallView":
        """Fix what one query sees."""
        allowed = None if allow is None else set(allow.tolist())
        layers = {access.branch: (access, visibility)}
        if under is not None:
            layers[MAIN] = (replace(access, branch=MAIN), beneath(visibility, under.at, now))
        hidden = under.hidden if under is not None else frozenset()
        seen = [
            chunk
            for held in self.chunks
            for admitted, wanted in [layers.get(held.branch, (None, visibility))]
            for chunk in [self._then(held, wanted.as_of)]
            if admitted is not None
            and held.cube_id not in hidden
            and passes(chunk, admitted, wanted, now)
            and (allowed is None or chunk.number in allowed)
        ]
        return ReferenceRecallView(seen, tuple(terms), vector)

    def locate(self, numbers: Numbers) -> list[tuple[str, int, int]]:
        """Return (cube id, version, ordinal) of each chunk."""
        known = {c.number: (c.cube_id, c.version, c.ordinal) for c in self.chunks}
        return [known.get(number, ("", 0, 0)) for number in numbers.tolist()]

    def _add(self, chunk: Chunk) -> None:
        self.last_number = max(self.last_number, chunk.number)
        place = next((i for i, held in enumerate(self.chunks) if held.number == chunk.number), None)
        if place is None:
            place = len(self.chunks)
            self.chunks.append(chunk)
        else:
            held = self.chunks[place]
            self.chunks[place] = replace(
                chunk,
                cube_id=held.cube_id,
                group=held.group,
                turn=held.turn,
                terms=held.terms,
                names=held.names,
                vector=held.vector,
            )
        for earlier, held in enumerate(self.chunks[:place]):
            if held.cube_id == chunk.cube_id and held.version < chunk.version:
                self.chunks[earlier] = _ended(held, chunk.live_from)

    def _end(self, cube_id: str, version: int, at: datetime) -> None:
        self.chunks = [
            _ended(c, at)
            if c.cube_id == cube_id and version in (0, c.version) and c.live_from <= at
            else c
            for c in self.chunks
        ]

    def _restate(self, change: Restate) -> None:
        for place, held in enumerate(self.chunks):
            ended = held.live_to is not None and held.live_to <= change.at
            if held.cube_id == change.cube_id and not ended:
                left = (change.at, held.state, held.expires_at)
                self.past.setdefault(held.number, []).append(left)
                self.chunks[place] = replace(held, state=change.state, expires_at=change.expires_at)

    def _regard(self, change: Readers) -> None:
        self.chunks = [
            replace(
                held,
                private_to=change.private_to,
                wide=change.wide,
                restricted=change.restricted,
                held=change.held,
            )
            if held.cube_id == change.cube_id
            else held
            for held in self.chunks
        ]

    def _then(self, chunk: Chunk, as_of: datetime | None) -> Chunk:
        """Return the chunk with the state and the expiry that it had at ``as_of``."""
        left = [was for was in self.past.get(chunk.number, ()) if as_of and was[0] > as_of]
        if not left:
            return chunk
        _, state, expires_at = min(left, key=lambda was: was[0])
        return replace(chunk, state=state, expires_at=expires_at)


class ReferenceRecallView:
    """The visible chunks, in the order in which they came."""

    def __init__(self, chunks: list[Chunk], terms: tuple[str, ...], vector: Floats) -> None:
        self.chunks = {chunk.number: chunk for chunk in chunks}
        self.terms = terms
        self.vector = vector

    @property
    def size(self) -> int:
        """Return how many chunks are visible."""
        return len(self.chunks)

    def mean_length(self) -> float:
        """Return the mean number of terms of a chunk."""
        return sum(len(c.terms) for c in self.chunks.values()) / max(1, self.size)

    def frequency(self, term: str) -> int:
        """Return how many chunks hold the term."""
        return sum(term in chunk.terms for chunk in self.chunks.values())

    def groups(self) -> dict[str, Counter[str]]:
        """Return each group's terms, counted over its visible chunks."""
        sums: dict[str, Counter[str]] = {}
        for chunk in self.chunks.values():
            if chunk.group:
                sums.setdefault(chunk.group, Counter()).update(chunk.terms)
        return sums

    def members(self, group: str) -> list[int]:
        """Return the group's chunks in their order."""
        held = [c for c in self.chunks.values() if c.group == group and group]
        return [c.number for c in sorted(held, key=lambda c: (c.turn, c.number))]

    def lexical(self, weights: Floats, k1: float, b: float) -> dict[int, float]:
        """Return the BM25 score of every chunk."""
        mean = self.mean_length()
        scores = {}
        for number, chunk in self.chunks.items():
            norm = k1 * (1 - b + b * len(chunk.terms) / mean) if mean else k1
            occurring = Counter(chunk.terms)
            scores[number] = sum(
                float(weight) * occurring[term] * (k1 + 1) / (occurring[term] + norm)
                for term, weight in zip(self.terms, weights, strict=True)
                if occurring[term]
            )
        return scores

    def cosine(self, chunk: Chunk) -> float:
        """Return the cosine of the chunk's vector with the query's, 0 where one has no length."""
        length = math.sqrt(float(self.vector @ self.vector))
        return float(chunk.vector @ self.vector) / length if length else 0.0

    def named(self, terms: Collection[str], limit: int) -> dict[int, int]:
        """Return chunks all of whose names are among ``terms``, with the rarest's frequency."""
        found = [c for c in self.chunks.values() if c.names and set(c.names) <= set(terms)]
        shared = Counter(frozenset(chunk.names) for chunk in found)
        return {
            chunk.number: min(self.frequency(name) for name in chunk.names)
            for chunk in found
            if shared[frozenset(chunk.names)] <= limit
        }

    def typed(self, types: Sequence[SemanticType]) -> list[int]:
        """Return chunks of these types, newest first."""
        found = [c for c in self.chunks.values() if c.semantic_type in types]
        return [c.number for c in sorted(found, key=lambda c: (c.at, c.number), reverse=True)]

    def describe(self, number: int) -> Row:
        """Return the raw quantities of one chunk."""
        chunk = self.chunks[number]
        occurring, line = Counter(chunk.terms), self.members(chunk.group)
        at = line.index(number) if chunk.group else 0
        before, after = line[:at][::-1][:2], line[at + 1 :][:2] if chunk.group else []
        return Row(
            counts=tuple(occurring[term] for term in self.terms),
            length=len(chunk.terms),
            names=tuple(term in chunk.names for term in self.terms),
            name_length=len(set(chunk.names)),
            cosine=self.cosine(chunk),
            group=chunk.group,
            before=_pair(before),
            after=_pair(after),
            at=to_micros(chunk.at),
            semantic_type=list(SemanticType).index(chunk.semantic_type),
            role=ROLES.index(chunk.role) if chunk.role in ROLES else -1,
            state=list(State).index(chunk.state),
            trust=int(chunk.trust),
        )


def passes(chunk: Chunk, access: AccessFilter, wanted: Visibility, now: datetime) -> bool:
    """Tell whether a call sees a chunk."""
    as_of = wanted.as_of or now
    valid_at = wanted.valid_at or as_of
    return (
        wanted.scope.reaches(chunk.scope, wanted.match)
        and may_read(access, chunk)
        and _within(as_of, chunk.live_from, chunk.live_to)
        and chunk.branch == access.branch
        and _within(wanted.lapse_at or as_of, None, chunk.expires_at)
        and (wanted.any_validity or _within(valid_at, chunk.valid_from, chunk.valid_to))
        and _within(chunk.at, wanted.since, wanted.until)
        and chunk.kind in wanted.kinds
        and chunk.state in wanted.states
        and (wanted.semantic_types is None or chunk.semantic_type in wanted.semantic_types)
        and chunk.trust >= wanted.min_trust
    )


def may_read(access: AccessFilter, chunk: Chunk) -> bool:
    """Tell whether a caller may read a chunk now, whatever time is asked for."""
    bound = access.bindings.user_id
    owned = (
        chunk.private_to is None
        or access.sees_private
        or chunk.private_to == access.principal_id
        or (bound is not None and chunk.scope.user_id == bound)
    )
    given = [i for i in access.allowances.items if i.covers(chunk.cube_id, chunk.scope)]
    opening = [
        item
        for item in given
        if item.memory_id is not None or chunk.private_to is None or Right.GOVERN in item.rights
    ]
    opened = (
        (access.own and access.bindings.reaches(chunk.scope, ScopeMatch.INHERIT) and owned)
        or (access.wide and chunk.wide)
        or bool(opening)
    )
    named = access.purpose is None or any(access.purpose in item.purposes for item in given)
    return opened and not chunk.held and (named or not chunk.restricted)


def _within(moment: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= moment) and (end is None or moment < end)


def _ended(chunk: Chunk, at: datetime) -> Chunk:
    return chunk if chunk.live_to and chunk.live_to <= at else replace(chunk, live_to=at)


def _pair(numbers: list[int]) -> tuple[int, int]:
    first, second = (*numbers, -1, -1)[:2]
    return first, second
