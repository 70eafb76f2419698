"""A recall index as plain as possible: lists, dictionaries and full scans.

It exists so that the stages can be tested without a store, and as the reference that says what
the port means. It keeps no history: ``as_of``, access and filters are for real indexes.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from memory_os.domain.access import AccessFilter
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import Kind, SemanticType, Trust
from memory_os.ports.recall_index import (
    ROLES,
    Change,
    Chunk,
    Floats,
    GroupTable,
    Named,
    Numbers,
    Scored,
    Statistics,
    Table,
)
from memory_os.retrieval.analyze import analyze, name_terms
from memory_os.retrieval.bm25 import bm25

NOON = datetime(2024, 5, 8, 12, tzinfo=UTC)


def utterance(
    number: int,
    text: str,
    vector: Floats,
    *,
    cube: str | None = None,
    group: str = "s1",
    turn: int | None = None,
    name: str = "",
    role: str = "user",
    at: datetime = NOON,
    semantic_type: SemanticType = SemanticType.MESSAGE,
    trust: Trust = Trust.STANDARD,
    state: State = State.GENERATED,
) -> Chunk:
    """Return an index entry for one passage, analysed as the product does it."""
    names = name_terms(name)
    return Chunk(
        number=number,
        cube_id=cube or f"mem_{number}",
        version=1,
        ordinal=0,
        scope=Scope(),
        group=group,
        turn=number if turn is None else turn,
        terms=(*names, *analyze(text)),
        names=names,
        vector=vector,
        kind=Kind.TEXT,
        semantic_type=semantic_type,
        state=state,
        trust=trust,
        role=role,
        private_to=None,
        at=at,
        live_from=at,
        live_to=None,
        valid_from=None,
        valid_to=None,
    )


class PlainIndex:
    """Chunks in memory, each visible to everybody for ever."""

    def __init__(self, chunks: Iterable[Chunk] = ()) -> None:
        self.chunks = sorted(chunks, key=lambda chunk: chunk.number)
        self.applied = 0
        self.place = {chunk.number: place for place, chunk in enumerate(self.chunks)}

    @property
    def last_number(self) -> int:
        return self.chunks[-1].number if self.chunks else -1

    def apply(self, changes: Iterable[Change], upto: int) -> None:
        fresh = [change for change in changes if isinstance(change, Chunk)]
        self.__init__([*self.chunks, *fresh])  # type: ignore[misc]
        self.applied = upto

    def locate(self, numbers: Numbers) -> list[tuple[str, int, int]]:
        found = [self.chunks[self.place[int(number)]] for number in numbers]
        return [(chunk.cube_id, chunk.version, chunk.ordinal) for chunk in found]

    def view(
        self,
        access: AccessFilter | None,
        visibility: Visibility,
        now: datetime,
        *,
        terms: Sequence[str],
        vector: Floats,
        allow: Numbers | None = None,
    ) -> "PlainView":
        kept = set(self.place) if allow is None else {int(number) for number in allow}
        whole = len(kept) == len(self.chunks)
        return PlainView(
            self if whole else PlainIndex(c for c in self.chunks if c.number in kept),
            tuple(terms),
            vector,
        )

    @cached_property
    def counted(self) -> list[Counter[str]]:
        return [Counter(chunk.terms) for chunk in self.chunks]

    @cached_property
    def postings(self) -> dict[str, list[tuple[int, int]]]:
        out: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, counter in enumerate(self.counted):
            for term, count in counter.items():
                out[term].append((row, count))
        return out

    @cached_property
    def numbers(self) -> Numbers:
        return np.array([chunk.number for chunk in self.chunks], dtype=np.int64)

    @cached_property
    def lengths(self) -> Floats:
        return np.array([len(chunk.terms) for chunk in self.chunks], dtype=np.float32)

    @cached_property
    def vectors(self) -> Floats:
        return np.array([chunk.vector for chunk in self.chunks], dtype=np.float32)

    @cached_property
    def group(self) -> Numbers:
        codes: dict[str, int] = {}
        found = [codes.setdefault(chunk.group, len(codes)) for chunk in self.chunks]
        return np.array(found, dtype=np.int64)

    @cached_property
    def sides(self) -> Numbers:
        """Return, for each row, the neighbours before (2) and after (2) as chunk numbers."""
        out = np.full((len(self.chunks), 4), -1, dtype=np.int64)
        order = sorted(
            range(len(self.chunks)),
            key=lambda row: (self.group[row], self.chunks[row].turn, self.chunks[row].number),
        )
        for at, row in enumerate(order):
            for column, step in enumerate((-1, -2, 1, 2)):
                other = at + step
                if 0 <= other < len(order) and self.group[order[other]] == self.group[row]:
                    out[row, column] = self.chunks[order[other]].number
        return out

    @cached_property
    def named_sets(self) -> dict[frozenset[str], list[int]]:
        out: dict[frozenset[str], list[int]] = defaultdict(list)
        for row, chunk in enumerate(self.chunks):
            if chunk.names:
                out[frozenset(chunk.names)].append(row)
        return out

    @cached_property
    def codes(self) -> Numbers:
        """Return at, semantic type, role, state, trust and number of names, row by row."""
        types, states = list(SemanticType), list(State)
        return np.array(
            [
                (
                    int(chunk.at.timestamp() * 1_000_000),
                    types.index(chunk.semantic_type),
                    ROLES.index(chunk.role) if chunk.role in ROLES else 0,
                    states.index(chunk.state),
                    int(chunk.trust),
                    len(chunk.names),
                )
                for chunk in self.chunks
            ],
            dtype=np.int64,
        ).reshape(-1, 6)


class PlainView:
    """One query's look at a plain index."""

    def __init__(self, index: PlainIndex, terms: tuple[str, ...], vector: Floats) -> None:
        self._index = index
        self._terms = terms
        self._cosines = index.vectors @ vector if index.chunks else np.zeros(0, np.float32)
        self._counts = np.zeros((len(index.chunks), len(terms)), dtype=np.float32)
        for column, term in enumerate(terms):
            for row, count in index.postings.get(term, ()):
                self._counts[row, column] = count

    @property
    def size(self) -> int:
        return len(self._index.chunks)

    def statistics(self) -> Statistics:
        groups = self._groups()
        return Statistics(
            chunks=self.size,
            mean_length=float(self._index.lengths.mean()),
            chunk_frequency=(self._counts > 0).sum(axis=0).astype(np.float32),
            groups=len(groups.codes),
            mean_group_length=float(groups.lengths.mean()),
            group_frequency=(groups.counts > 0).sum(axis=0).astype(np.float32),
        )

    def lexical(self, weights: Floats, limit: int, k1: float, b: float) -> Scored:
        lengths = self._index.lengths
        scores = bm25(self._counts, lengths, float(lengths.mean()), weights, k1=k1, b=b)
        return self._best(scores, limit, scores > 0)

    def dense(self, limit: int) -> Scored:
        return self._best(self._cosines, limit, np.ones(self.size, dtype=bool))

    def groups(self, codes: Numbers | None = None) -> GroupTable:
        table = self._groups()
        counted = (table.counts > 0).any(axis=1)
        kept = counted if codes is None else np.isin(table.codes, codes)
        return GroupTable(table.codes[kept], table.counts[kept], table.lengths[kept])

    def members(self, codes: Numbers, limit: int) -> Numbers:
        found: list[int] = []
        for code in codes:
            rows = [row for row in range(self.size) if self._index.group[row] == code]
            rows.sort(key=lambda row: (self._index.chunks[row].turn, row))
            found += [self._index.chunks[row].number for row in rows[:limit]]
        return np.array(found, dtype=np.int64)

    def all(self) -> Numbers:
        return self._index.numbers

    def named(self, terms: Collection[str], limit: int) -> Named:
        known = set(terms)
        numbers: list[int] = []
        frequencies: list[int] = []
        for names, rows in self._index.named_sets.items():
            if names <= known and len(rows) <= limit:
                rarest = min(len(self._index.postings[term]) for term in names)
                numbers += [self._index.chunks[row].number for row in rows]
                frequencies += [rarest] * len(rows)
        order = np.argsort(numbers, kind="stable")
        return Named(
            np.array(numbers, dtype=np.int64)[order],
            np.array(frequencies, dtype=np.float32)[order],
        )

    def typed(self, types: Sequence[SemanticType], limit: int) -> Numbers:
        rows = [c for c in self._index.chunks if c.semantic_type in set(types)]
        rows.sort(key=lambda chunk: (chunk.at, chunk.number), reverse=True)
        return np.array([chunk.number for chunk in rows[:limit]], dtype=np.int64)

    def describe(self, numbers: Numbers) -> Table:
        rows = np.searchsorted(self._index.numbers, numbers)
        at, kinds, roles, states, trust, names = self._index.codes[rows].T
        chunks = [self._index.chunks[row] for row in rows]
        return Table(
            numbers=np.asarray(numbers),
            counts=self._counts[rows],
            lengths=self._index.lengths[rows],
            names=np.array(
                [[term in chunk.names for term in self._terms] for chunk in chunks], dtype=bool
            ).reshape(len(rows), len(self._terms)),
            name_lengths=names,
            cosines=self._cosines[rows],
            group=self._index.group[rows],
            before=self._index.sides[rows, :2],
            after=self._index.sides[rows, 2:],
            at=at,
            semantic_type=kinds.astype(np.int16),
            role=roles.astype(np.int16),
            state=states.astype(np.int16),
            trust=trust.astype(np.int16),
        )

    def vectors(self, numbers: Numbers) -> Floats:
        return self._index.vectors[np.searchsorted(self._index.numbers, numbers)]

    def terms(self, numbers: Numbers) -> list[tuple[str, ...]]:
        rows = np.searchsorted(self._index.numbers, numbers)
        return [tuple(dict.fromkeys(self._index.chunks[row].terms)) for row in rows]

    def _groups(self) -> GroupTable:
        codes, places = np.unique(self._index.group, return_inverse=True)
        counts = np.zeros((len(codes), len(self._terms)), dtype=np.float32)
        np.add.at(counts, places, self._counts)
        lengths = np.zeros(len(codes), dtype=np.float32)
        np.add.at(lengths, places, self._index.lengths)
        return GroupTable(codes, counts, lengths)

    def _best(self, scores: Floats, limit: int, kept: np.ndarray) -> Scored:
        order = np.argsort(-scores, kind="stable")
        order = order[kept[order]][:limit]
        return Scored(self._index.numbers[order], scores[order])


class WordEmbedder:
    """Embed by the terms of a text: equal words, equal places; no model, no meaning."""

    name = "words"
    dimensions = 1024
    fingerprint = "words:1024"

    def embed(self, texts: Sequence[str]) -> Floats:
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for term in analyze(text):
                out[row, sum(map(ord, term)) % self.dimensions] += 1
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        return np.divide(out, norms, out=np.zeros_like(out), where=norms > 0)


EMBEDDER = WordEmbedder()


def said(number: int, text: str, **fields: object) -> Chunk:
    """Return an utterance embedded by its words."""
    return utterance(number, text, EMBEDDER.embed([text])[0], **fields)  # type: ignore[arg-type]
