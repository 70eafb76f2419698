"""A random life of an index against the plain reference, with reopening in between."""

import hashlib
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import MAIN
from memory_os.domain.grants import NONE, Allowance, Purpose, allowances
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind, SemanticType, Trust
from memory_os.ports.recall_index import Change, Chunk, Close, Purge, Readers, Restate, Under
from memory_os.testing.recall_comparison import check_view
from memory_os.testing.recall_histories import DIMENSIONS, NAMESPACES, START, WORDS
from memory_os.testing.recall_index import message
from memory_os.testing.recall_reference import ReferenceRecallIndex
from memory_os_stores.recall.indexes import EmbeddedRecallIndexes
from memory_os_stores.recall.sizes import DEFAULT_SIZES, Sizes

days = st.integers(0, 6).map(lambda day: START + timedelta(days=day))
maybe_days = st.none() | days
scopes = st.builds(
    Scope,
    st.sampled_from((None, "ada", "ben")),
    st.sampled_from((None, "cook")),
    st.sampled_from((None, "s1", "s2")),
    st.sampled_from(NAMESPACES),
)
states = st.sampled_from((State.GENERATED, State.ACTIVATED, State.ARCHIVED))
words = st.lists(st.sampled_from(WORDS[:8]), max_size=6).map(tuple)
people = st.sampled_from(("ada", "ben", "root"))


TINY = Sizes(exact=2, late_vectors=2, late_chunks=2, late_share=9999, dead=0, dead_share=9999)


def journal(seq: int) -> str | None:
    return hashlib.sha256(str(seq).encode()).hexdigest() if seq else None


given = st.builds(
    Allowance,
    st.frozensets(st.sampled_from((Right.READ, Right.GOVERN))),
    scopes,
    st.none() | st.integers(1, 12).map(lambda number: f"mem_{2 * number}"),
    st.frozensets(st.sampled_from(Purpose)),
)


class IndexMachine(RuleBasedStateMachine):
    """Every rule changes both indexes; the last one asks both everything."""

    @initialize(sizes=st.sampled_from((DEFAULT_SIZES, TINY)))
    def begin(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.folder = tempfile.TemporaryDirectory()
        self.indexes = self.fresh()
        self.index = self.indexes.open("tenant", journal)
        self.reference = ReferenceRecallIndex()
        self.number = 10
        self.seq = 0
        self.cubes: dict[str, Chunk] = {}

    def fresh(self) -> EmbeddedRecallIndexes:
        return EmbeddedRecallIndexes(
            Path(self.folder.name),
            fingerprint="m",
            dimensions=DIMENSIONS,
            analyser="a",
            sizes=self.sizes,
        )

    def apply(self, *changes: Change) -> None:
        self.seq += 1
        self.index.apply(changes, self.seq)
        self.reference.apply(changes, self.seq)

    @rule(
        scope=scopes,
        terms=words,
        named=st.booleans(),
        live=days,
        until=maybe_days,
        valid=st.tuples(maybe_days, maybe_days),
        said=days,
        turn=st.integers(-3, 40),
        group=st.sampled_from(("", "g", "h")),
        kind=st.sampled_from((Kind.TEXT, Kind.PARAMETRIC)),
        type=st.sampled_from((SemanticType.MESSAGE, SemanticType.FACT, SemanticType.PROFILE)),
        state=states,
        trust=st.sampled_from(Trust),
        owner=st.none() | people,
        late=st.booleans(),
        branch=st.sampled_from((MAIN, MAIN, "br_1", "br_2")),
        direction=st.integers(0, DIMENSIONS - 1),
    )
    def add(self, **drawn: object) -> None:
        self.number += 2
        number = self.number - 9 if drawn["late"] else self.number
        chunk = message(
            number if number not in self.numbers() else self.number,
            cube_id=f"mem_{self.number}",
            scope=drawn["scope"],
            terms=drawn["terms"],
            names=tuple(dict.fromkeys(drawn["terms"]))[:1] if drawn["named"] else (),
            live_from=drawn["live"],
            live_to=drawn["until"],
            valid_from=drawn["valid"][0],
            valid_to=drawn["valid"][1],
            at=drawn["said"],
            turn=drawn["turn"],
            group=drawn["group"],
            kind=drawn["kind"],
            semantic_type=drawn["type"],
            state=drawn["state"],
            trust=drawn["trust"],
            private_to=drawn["owner"],
            branch=drawn["branch"],
            vector=np.eye(DIMENSIONS, dtype=np.float32)[drawn["direction"]],
        )
        self.cubes[chunk.cube_id] = chunk
        self.apply(chunk)

    def numbers(self) -> set[int]:
        return {chunk.number for chunk in self.reference.chunks}

    def some(self, data: st.DataObject) -> Chunk:
        return self.cubes[data.draw(st.sampled_from(sorted(self.cubes)))]

    @precondition(lambda self: self.cubes)
    @rule(data=st.data(), terms=words, live=days, parts=st.integers(1, 3))
    def revise(self, data: st.DataObject, terms: tuple[str, ...], live, parts: int) -> None:
        head = self.some(data)
        fresh = []
        for ordinal in range(parts):
            self.number += 2
            fresh.append(
                replace(
                    head,
                    number=self.number,
                    version=head.version + 1,
                    ordinal=ordinal,
                    terms=(*terms, *head.names),
                    live_from=live,
                    live_to=None,
                )
            )
        self.cubes[head.cube_id] = fresh[0]
        self.apply(*fresh)

    @precondition(lambda self: self.cubes)
    @rule(data=st.data(), at=days, every=st.booleans())
    def close(self, data: st.DataObject, at, every: bool) -> None:
        head = self.some(data)
        self.apply(Close(head.cube_id, 0 if every else head.version, at))

    @precondition(lambda self: self.cubes)
    @rule(data=st.data(), state=states, at=days, expires=maybe_days)
    def restate(self, data: st.DataObject, state: State, at, expires) -> None:
        self.apply(Restate(self.some(data).cube_id, state, at, expires))

    @precondition(lambda self: self.cubes)
    @rule(data=st.data(), owner=st.none() | people, wide=st.booleans(), bits=st.integers(0, 7))
    def regard(self, data: st.DataObject, owner, wide: bool, bits: int) -> None:
        cube_id = self.some(data).cube_id
        self.apply(Readers(cube_id, owner, wide, restricted=bits < 2, held=bits == 7))

    @precondition(lambda self: self.cubes)
    @rule(data=st.data())
    def purge(self, data: st.DataObject) -> None:
        head = self.some(data)
        del self.cubes[head.cube_id]
        self.apply(Purge(head.cube_id))

    @precondition(lambda self: self.cubes)
    @rule(data=st.data(), until=maybe_days, state=states)
    def send_again(self, data: st.DataObject, until, state: State) -> None:
        self.apply(replace(self.some(data), live_to=until, state=state))

    @precondition(lambda self: self.seq)
    @rule()
    def reopen(self) -> None:
        self.indexes.save("tenant", journal)
        self.indexes.close()
        self.indexes = self.fresh()
        self.index = self.indexes.open("tenant", journal)

    @rule(
        visibility=st.builds(
            Visibility,
            scope=scopes | st.just(Scope()),
            match=st.sampled_from(ScopeMatch),
            as_of=maybe_days,
            valid_at=maybe_days,
            since=maybe_days,
            until=maybe_days,
            kinds=st.sampled_from((frozenset({Kind.TEXT}), frozenset(Kind))),
            states=st.frozensets(states),
            semantic_types=st.none() | st.just(frozenset({SemanticType.FACT})),
            min_trust=st.sampled_from(Trust),
        )
        | st.just(Visibility()),
        access=st.builds(
            AccessFilter,
            st.just("tenant"),
            people,
            st.just(Scope()) | scopes,
            sees_private=st.booleans(),
            own=st.sampled_from((True, True, False)),
            wide=st.booleans(),
            allowances=st.just(NONE) | st.lists(given, max_size=3).map(allowances),
            purpose=st.none() | st.just(Purpose.RECALL),
            branch=st.sampled_from((MAIN, "br_1", "br_2", "br_9")),
        ),
        at=maybe_days,
        hidden=st.frozensets(st.integers(1, 60).map(lambda number: f"mem_{number}"), max_size=9),
        now=days,
        terms=words,
        direction=st.integers(-1, DIMENSIONS - 1),
        allowed=st.none() | st.sets(st.integers(1, 60)),
        limit=st.integers(1, 5),
    )
    def ask(self, visibility, access, now, at, hidden, terms, direction, allowed, limit) -> None:
        vector = np.zeros(DIMENSIONS, np.float32)
        if direction >= 0:
            vector[direction] = 3.0
        asked = {
            "terms": (*terms, "unheard"),
            "vector": vector,
            "under": None if at is None or access.branch == MAIN else Under(at, hidden),
            "allow": None if allowed is None else np.array(sorted(allowed), np.int64),
        }
        found = self.index.view(access, visibility, now, **asked)
        check_view(found, self.reference.view(access, visibility, now, **asked), limit)
        assert self.index.applied == self.seq
        assert self.index.last_number == self.reference.last_number

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


IndexMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestIndexMachine = IndexMachine.TestCase
