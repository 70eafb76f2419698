"""The conformance suite of ``CubeStore``: listings and selections."""

from datetime import timedelta

import numpy as np
import pytest

from memory_os.domain.access import DEFAULT_TENANT, AccessFilter
from memory_os.domain.cube import Governance, Lifespan
from memory_os.domain.filters import parse_filter
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Message
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind, SemanticType, Trust
from memory_os.ports.cube_store import CubeStore, Listing
from memory_os.testing.cubes import (
    DAY,
    EVERYONE,
    PAYLOADS,
    START,
    create,
    cube,
    govern,
    revise,
    revised,
    write,
)

TICK = timedelta(microseconds=1)
SCOPES = {
    1: Scope(),
    2: Scope("ada"),
    3: Scope("ada", "cook"),
    4: Scope("ada", "cook", "s1"),
    5: Scope("bo", "cook"),
    6: Scope(None, "cook"),
    7: Scope("ada", namespace=("team",)),
    8: Scope("ada", namespace=("team", "tea")),
    9: Scope("ada", namespace=("te",)),
}
REACHED: tuple[tuple[Scope, ScopeMatch, set[int]], ...] = (
    (Scope(), ScopeMatch.INHERIT, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
    (Scope(), ScopeMatch.EXACT, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
    (Scope("ada"), ScopeMatch.INHERIT, {1, 2, 3, 4, 6, 7, 8, 9}),
    (Scope("ada"), ScopeMatch.EXACT, {2, 3, 4, 7, 8, 9}),
    (Scope("ada", "cook", "s1"), ScopeMatch.INHERIT, {1, 2, 3, 4, 6, 7, 8, 9}),
    (Scope("ada", "cook", "s1"), ScopeMatch.EXACT, {4}),
    (Scope("ada", "guide"), ScopeMatch.INHERIT, {1, 2, 7, 8, 9}),
    (Scope("bo"), ScopeMatch.EXACT, {5}),
    (Scope("ada", namespace=("team",)), ScopeMatch.INHERIT, {1, 2, 3, 4, 6, 7, 8}),
    (Scope("ada", namespace=("team",)), ScopeMatch.EXACT, {7, 8}),
    (Scope("ada", namespace=("team", "tea", "x")), ScopeMatch.INHERIT, {1, 2, 3, 4, 6, 7, 8}),
    (Scope("ada", namespace=("team", "tea", "x")), ScopeMatch.EXACT, set()),
)


def numbers(store: CubeStore, visibility: Visibility, access: AccessFilter = EVERYONE) -> set[int]:
    """Return the numbers of the listed cubes, sure that their chunks are selected alike."""
    now = START + 9 * DAY
    page = store.find(access, Listing(visibility, limit=1000), now)
    listed = {(c.id, c.version.number) for c in page.cubes}
    chunks = set(store.select(access, visibility, now).tolist())
    keys = [row for batch in store.scan_index(access.tenant_id) for row in batch]
    selected = {
        (row.cube.id, row.cube.version.number)
        for row in keys
        if chunks & {passage.number for passage in row.passages}
    }
    assert selected == {key for key in listed if any(row.cube.id == key[0] for row in keys)}
    return {int(cube_id.removeprefix("mem_")) for cube_id, _ in listed}


class CubeStoreFinding:
    """``find`` and ``select``: each part of a visibility, and paging."""

    @pytest.mark.parametrize(("scope", "match", "expected"), REACHED)
    def test_a_scope_reaches_its_cubes(
        self, store: CubeStore, scope: Scope, match: ScopeMatch, expected: set[int]
    ) -> None:
        store.write(write(*(create(cube(n, scope=of)) for n, of in SCOPES.items())))
        assert numbers(store, Visibility(scope, match)) == expected

    @pytest.mark.parametrize(
        "bindings", [Scope("ada"), Scope("bo", "cook"), Scope("ada", namespace=("team", "tea"))]
    )
    def test_bindings_reach_as_an_inheriting_scope(self, store: CubeStore, bindings: Scope) -> None:
        store.write(write(*(create(cube(n, scope=of)) for n, of in SCOPES.items())))
        bound = AccessFilter(DEFAULT_TENANT, "p", bindings)
        expected = {n for n, of in SCOPES.items() if bindings.reaches(of, ScopeMatch.INHERIT)}
        assert numbers(store, Visibility(), bound) == expected

    def test_kinds_are_asked_for(self, store: CubeStore) -> None:
        store.write(write(*(create(cube(n, payload=p)) for n, p in enumerate(PAYLOADS, 1))))
        assert numbers(store, Visibility()) == {1, 2, 3, 4}
        assert numbers(store, Visibility(kinds=frozenset({Kind.ACTIVATION}))) == {5}
        assert numbers(store, Visibility(kinds=frozenset(Kind))) == {1, 2, 3, 4, 5, 6}

    def test_states_are_asked_for_and_frost_is_seen_through(self, store: CubeStore) -> None:
        for number, state in enumerate(State, 1):
            governance = Governance(state=state, resume=(State.ARCHIVED,))
            store.write(write(create(cube(number, governance=governance))))
        activated = Governance(state=State.FROZEN, resume=(State.ACTIVATED,))
        store.write(write(create(cube(20, governance=activated))))
        assert numbers(store, Visibility()) == {1, 2, 20}
        found = store.find(EVERYONE, Listing(Visibility(states=frozenset(State))), START)
        assert len(found.cubes) == 9
        for state, expected in (
            (State.ARCHIVED, {4, 5}),
            (State.FROZEN, {5, 20}),
            (State.QUARANTINED, {6}),
            (State.EXPIRED, {7}),
        ):
            visibility = Visibility(states=frozenset({state}))
            found = store.find(EVERYONE, Listing(visibility), START)
            assert {int(c.id.removeprefix("mem_")) for c in found.cubes} == expected

    def test_types_and_trust_are_asked_for(self, store: CubeStore) -> None:
        kinds = (SemanticType.FACT, SemanticType.PREFERENCE, SemanticType.MESSAGE)
        for number, (kind, trust) in enumerate(zip(kinds, list(Trust)[:3], strict=True), 1):
            store.write(write(create(cube(number, semantic_type=kind, trust=trust))))
        wanted = frozenset({SemanticType.FACT, SemanticType.MESSAGE})
        assert numbers(store, Visibility(semantic_types=wanted)) == {1, 3}
        assert numbers(store, Visibility(semantic_types=frozenset())) == set()
        assert numbers(store, Visibility(min_trust=Trust.LOW)) == {2, 3}

    def test_validity_is_half_open_and_unset_is_unbounded(self, store: CubeStore) -> None:
        bounds = {
            1: (None, None),
            2: (START, START + DAY),
            3: (START + DAY, None),
            4: (None, START),
        }
        for number, (start, end) in bounds.items():
            store.write(write(create(cube(number, valid_from=start, valid_to=end))))
        for moment, expected in (
            (START - TICK, {1, 4}),
            (START, {1, 2}),
            (START + DAY - TICK, {1, 2}),
            (START + DAY, {1, 3}),
        ):
            assert numbers(store, Visibility(valid_at=moment)) == expected
        assert numbers(store, Visibility(as_of=START)) == {1, 2}
        assert numbers(store, Visibility()) == {1, 3}
        assert numbers(store, Visibility(valid_at=START, any_validity=True)) == {1, 2, 3, 4}

    def test_since_and_until_look_at_when_it_was_said_else_recorded(self, store: CubeStore) -> None:
        said = Message("user", "long ago", at=START - 100 * DAY)
        store.write(
            write(create(cube(1, payload=said)), create(cube(2)), create(cube(3, at=START + DAY)))
        )
        assert numbers(store, Visibility(since=START)) == {2, 3}
        assert numbers(store, Visibility(until=START)) == {1}
        assert numbers(store, Visibility(since=START - 100 * DAY, until=START + DAY)) == {1, 2}

    def test_an_earlier_moment_sees_what_was_stored_then(self, store: CubeStore) -> None:
        first = cube(1, tags=("old",))
        store.write(write(create(first)))
        store.write(write(create(cube(2, at=START + DAY))))
        store.write(write(revise(revised(first, "new", START + 2 * DAY, tags=("new",)))))
        old = parse_filter({"tags": {"contains": "old"}})
        assert numbers(store, Visibility(as_of=START - TICK)) == set()
        assert numbers(store, Visibility(as_of=START)) == {1}
        assert numbers(store, Visibility(as_of=START + DAY)) == {1, 2}
        assert numbers(store, Visibility(as_of=START + DAY, filter=old)) == {1}
        assert numbers(store, Visibility(filter=old)) == set()

    def test_an_earlier_moment_sees_the_state_of_then(self, store: CubeStore) -> None:
        one = cube(1)
        store.write(write(create(one)))
        moves = (State.ARCHIVED, State.GENERATED, State.EXPIRED, State.ACTIVATED)
        for day, state in enumerate(moves, 1):
            store.write(write(govern(one, state, START + day * DAY)))
        seen = [numbers(store, Visibility(as_of=START + day * DAY)) == {1} for day in range(5)]
        assert seen == [True, False, True, False, True]
        archived = Visibility(as_of=START + DAY, states=frozenset({State.ARCHIVED}))
        assert numbers(store, archived) == {1}

    @pytest.mark.parametrize("state", [State.QUARANTINED, State.ERASED])
    def test_what_is_held_or_erased_today_is_hidden_from_the_past_too(
        self, store: CubeStore, state: State
    ) -> None:
        one = cube(1)
        store.write(write(create(one)))
        store.write(write(govern(one, state, START + DAY, (State.GENERATED,))))
        assert numbers(store, Visibility(as_of=START)) == set()

    def test_a_deleted_cube_is_still_seen_at_an_earlier_moment(self, store: CubeStore) -> None:
        one = cube(1)
        store.write(write(create(one)))
        store.write(write(govern(one, State.EXPIRED, START + DAY)))
        assert numbers(store, Visibility()) == set()
        assert numbers(store, Visibility(as_of=START)) == {1}

    def test_a_cube_whose_time_is_over_counts_as_expired_unless_frozen(
        self, store: CubeStore
    ) -> None:
        lifespan = Lifespan(expires_at=START + DAY)
        frozen = Governance(state=State.FROZEN, resume=(State.GENERATED,), lifespan=lifespan)
        store.write(write(create(cube(1, governance=Governance(lifespan=lifespan)))))
        store.write(write(create(cube(2, governance=frozen)), create(cube(3))))
        assert numbers(store, Visibility()) == {2, 3}
        assert numbers(store, Visibility(as_of=START + DAY - TICK)) == {1, 2, 3}
        assert numbers(store, Visibility(as_of=START + DAY)) == {2, 3}
        expired = Listing(Visibility(states=frozenset({State.EXPIRED})))
        found = store.find(EVERYONE, expired, START + DAY)
        assert [c.id for c in found.cubes] == [cube(1).id]

    def test_selected_chunks_ascend(self, store: CubeStore) -> None:
        store.write(write(*(create(cube(n), count=n) for n in (3, 1, 2))))
        found = store.select(EVERYONE, Visibility(), START)
        assert found.dtype == np.int64
        assert found.tolist() == sorted(found.tolist())
        assert len(found) == 6
