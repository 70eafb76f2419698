"""The conformance suite of ``CubeStore``: reading by key, under access, through time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from memory_os.domain.access import DEFAULT_TENANT, AccessFilter
from memory_os.domain.cube import Governance
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Fact, Message
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope
from memory_os.domain.statements import statement
from memory_os.domain.vocabulary import Visibility as Audience
from memory_os.ports.cube_store import CubeStore, Listing
from memory_os.testing.cubes import (
    ADA,
    DAY,
    EVERYONE,
    START,
    create,
    cube,
    govern,
    revise,
    revised,
    write,
)

TICK = timedelta(microseconds=1)


class CubeStoreReading:
    """``get``, ``read``, ``history`` and the look-ups, each under its ``AccessFilter``."""

    def test_cubes_come_in_the_order_of_the_ids_without_unknown_ones(
        self, store: CubeStore
    ) -> None:
        one, two = cube(1), cube(2)
        store.write(write(create(one), create(two)))
        asked = [two.id, "mem_unknown", one.id, "", "\ud800", "nul\x00", two.id]
        assert store.get(EVERYONE, asked) == [two, one, two]
        assert store.get(EVERYONE, []) == []

    @pytest.mark.parametrize("state", list(State))
    def test_cubes_return_in_any_state(self, store: CubeStore, state: State) -> None:
        one = cube(1, governance=Governance(state=state, resume=(State.GENERATED,)))
        store.write(write(create(one)))
        assert store.get(EVERYONE, [one.id]) == [one]

    def test_a_moment_sees_the_version_that_was_current(self, store: CubeStore) -> None:
        first = cube(1)
        second = revised(first, "second", START + DAY)
        store.write(write(create(first)))
        store.write(write(revise(second)))
        was = replace(first, version=replace(first.version, superseded_at=START + DAY))
        for moment, expected in (
            (START - TICK, []),
            (START, [was]),
            (START + DAY - TICK, [was]),
            (START + DAY, [second]),
            (START + 99 * DAY, [second]),
        ):
            assert store.get(EVERYONE, [first.id], as_of=moment) == expected

    def test_a_past_version_carries_todays_governance(self, store: CubeStore) -> None:
        first = cube(1)
        second = revised(first, "second", START + DAY)
        change = govern(second, State.QUARANTINED, START + 2 * DAY, (State.GENERATED,))
        store.write(write(create(first), revise(second)))
        store.write(write(change))
        (past,) = store.get(EVERYONE, [first.id], as_of=START)
        assert (past.version.number, past.governance) == (1, change.governance)
        assert [c.governance for c in store.history(EVERYONE, first.id)] == [change.governance] * 2

    def test_versions_are_read_by_number(self, store: CubeStore) -> None:
        first, other = cube(1), cube(2)
        second = revised(first, "second", START + DAY)
        store.write(write(create(first), create(other), revise(second)))
        asked = [(first.id, 2), (other.id, 2), (first.id, 1), ("mem_x", 1), (other.id, 1)]
        found = store.read(EVERYONE, asked)
        assert [c and (c.id, c.version.number) for c in found] == [
            (first.id, 2), None, (first.id, 1), None, (other.id, 1),
        ]  # fmt: skip
        assert store.read(EVERYONE, []) == []

    def test_history_is_every_version_oldest_first(self, store: CubeStore) -> None:
        versions = [cube(1)]
        for step in range(1, 5):
            versions.append(revised(versions[-1], f"text {step}", START + step * DAY))
        store.write(write(create(versions[0]), *map(revise, versions[1:])))
        found = store.history(EVERYONE, versions[0].id)
        assert [c.text for c in found] == [c.text for c in versions]
        assert [c.version.number for c in found] == [1, 2, 3, 4, 5]
        ends = [c.version.superseded_at for c in found]
        assert ends == [c.version.recorded_at for c in versions[1:]] + [None]
        assert store.history(EVERYONE, "mem_unknown") == []

    def test_an_external_id_leads_to_its_cube_in_exactly_its_scope(self, store: CubeStore) -> None:
        one = cube(1, external_id="x")
        gone = cube(2, external_id="gone")
        store.write(write(create(one), create(gone)))
        store.write(write(govern(gone, State.EXPIRED, START)))
        assert store.by_external_id(EVERYONE, ADA, "x") == one
        assert store.by_external_id(EVERYONE, Scope("ada"), "x") is None
        assert store.by_external_id(EVERYONE, ADA, "X") is None
        assert store.by_external_id(EVERYONE, ADA, "gone") is None

    def test_content_leads_to_a_recallable_head_in_exactly_its_scope(
        self, store: CubeStore
    ) -> None:
        one, other = cube(1, "same"), cube(2, "same", scope=Scope("bo"))
        hashed = one.version.content_hash
        store.write(write(create(one), create(other)))
        assert store.by_content(EVERYONE, ADA, hashed) == [one]
        assert store.by_content(EVERYONE, Scope("bo"), hashed) == [other]
        assert store.by_content(EVERYONE, Scope("ada"), hashed) == []
        assert store.by_content(EVERYONE, ADA, hashed[:-1] + "!") == []
        store.write(write(revise(revised(one, "changed", START + DAY))))
        assert store.by_content(EVERYONE, ADA, hashed) == []
        store.write(write(govern(other, State.ARCHIVED, START + DAY)))
        assert store.by_content(EVERYONE, Scope("bo"), hashed) == []

    def test_facts_are_found_by_subject_and_predicate(self, store: CubeStore) -> None:
        told = [
            Fact("a", "Ada", "lives in", "Oslo"),
            Fact("b", " ADA ", "lives  in", "Graz"),
            Fact("c", "Ada", "works in", "Oslo"),
            Fact("d", "Ada"),
            Fact("e", "Straße", "liegt", "x"),
        ]
        stored = [cube(n, payload=payload) for n, payload in enumerate(told, 1)]
        bobs = cube(9, payload=told[0], scope=Scope("bo"))
        store.write(write(*map(create, [*stored, bobs])))

        def found(subject: str, predicate: str, scope: Scope = ADA) -> list[str]:
            about = statement(Fact("", subject, predicate))
            assert about is not None
            return [c.id for c in store.by_statement(EVERYONE, scope, about)]

        assert found("ada", "lives in") == [stored[0].id, stored[1].id]
        assert found("STRASSE", "Liegt") == [stored[4].id]
        assert found("ada", "lives in", Scope("bo")) == [bobs.id]
        assert found("ada", "sleeps in") == []
        store.write(write(govern(stored[0], State.ARCHIVED, START + DAY)))
        bare = replace(revised(stored[1], "b", START + DAY), payload=Fact("b"))
        store.write(write(revise(bare)))
        assert found("ada", "lives in") == []
        foreign = replace(EVERYONE, tenant_id="other")
        assert store.by_statement(foreign, ADA, ("ada", "works in")) == []

    def test_a_frozen_cube_is_as_recallable_as_what_is_below_the_frost(
        self, store: CubeStore
    ) -> None:
        over = {1: State.ACTIVATED, 2: State.ARCHIVED}
        for number, below in over.items():
            governance = Governance(state=State.FROZEN, resume=(below,))
            store.write(write(create(cube(number, f"text {number}", governance=governance))))
        found = [
            store.by_content(EVERYONE, ADA, cube(number, f"text {number}").version.content_hash)
            for number in over
        ]
        assert [[c.id for c in cubes] for cubes in found] == [[cube(1).id], []]

    def test_the_last_turn_is_the_highest_in_exactly_the_scope(self, store: CubeStore) -> None:
        assert store.last_turn(EVERYONE, ADA) == 0
        turns = [Message("user", f"turn {turn}", turn=turn) for turn in (4, 9, 2)]
        spoken = [cube(n, payload=payload) for n, payload in enumerate(turns, 1)]
        elsewhere = cube(4, payload=Message("user", "x", turn=99), scope=Scope("ada", "concierge"))
        fact = cube(5, payload=Fact("no turn"), scope=Scope("bo"))
        store.write(write(*map(create, [*spoken, elsewhere, fact])))
        assert store.last_turn(EVERYONE, ADA) == 9
        assert store.last_turn(EVERYONE, Scope("bo")) == 0
        assert store.last_turn(replace(EVERYONE, tenant_id="other"), ADA) == 0

    def test_a_foreign_tenants_rows_do_not_exist(self, store: CubeStore) -> None:
        one = cube(1, external_id="x")
        store.write(write(create(one)))
        self.assert_unseen(store, replace(EVERYONE, tenant_id="other"))

    @pytest.mark.parametrize(
        "bindings", [Scope("bo"), Scope(session_id="s2"), Scope("ada", "x"), Scope("ada", None, "")]
    )
    def test_rows_outside_the_bindings_do_not_exist(
        self, store: CubeStore, bindings: Scope
    ) -> None:
        store.write(write(create(cube(1, external_id="x"))))
        self.assert_unseen(store, AccessFilter(DEFAULT_TENANT, "p", bindings, sees_private=True))

    @pytest.mark.parametrize("bindings", [Scope(), Scope("ada"), ADA, Scope(agent_id="concierge")])
    def test_rows_within_the_bindings_are_seen(self, store: CubeStore, bindings: Scope) -> None:
        store.write(write(create(cube(1, external_id="x"))))
        self.assert_seen(store, AccessFilter(DEFAULT_TENANT, "p", bindings))

    def test_bindings_reach_what_is_shared(self, store: CubeStore) -> None:
        shared = cube(1, scope=Scope(None, "concierge"), external_id="x")
        store.write(write(create(shared)))
        bound = AccessFilter(DEFAULT_TENANT, "p", Scope("bo", "concierge", "s9"))
        assert store.get(bound, [shared.id]) == [shared]

    @pytest.mark.parametrize(
        ("access", "seen"),
        [
            (AccessFilter(DEFAULT_TENANT, "local"), True),
            (AccessFilter(DEFAULT_TENANT, "p", Scope("ada")), True),
            (AccessFilter(DEFAULT_TENANT, "p", sees_private=True), True),
            (AccessFilter(DEFAULT_TENANT, "p"), False),
            (AccessFilter(DEFAULT_TENANT, "p", Scope(None, "concierge")), False),
        ],
    )
    def test_private_is_seen_by_its_maker_its_user_and_the_governing(
        self, store: CubeStore, access: AccessFilter, seen: bool
    ) -> None:
        private = Governance(visibility=Audience.PRIVATE)
        store.write(write(create(cube(1, external_id="x", governance=private))))
        (self.assert_seen if seen else self.assert_unseen)(store, access)

    def test_making_private_later_counts(self, store: CubeStore) -> None:
        one = cube(1, external_id="x")
        store.write(write(create(one)))
        private = govern(one, State.GENERATED, START + DAY, visibility=Audience.PRIVATE)
        store.write(write(private))
        self.assert_unseen(store, AccessFilter(DEFAULT_TENANT, "p"))

    def test_what_is_quarantined_is_seen_by_reviewers_only(self, store: CubeStore) -> None:
        one = cube(1, external_id="x")
        store.write(write(create(one)))
        store.write(write(govern(one, State.QUARANTINED, START + DAY)))
        reader = AccessFilter(DEFAULT_TENANT, "p")
        for seen, access in ((True, replace(reader, sees_quarantined=True)), (False, reader)):
            assert bool(store.get(access, [one.id])) is seen
            assert bool(store.get(access, [one.id], as_of=START)) is seen
            assert bool(store.read(access, [(one.id, 1)])[0]) is seen
            assert bool(store.history(access, one.id)) is seen
            listing = Listing(Visibility(states=frozenset(State)))
            assert bool(store.find(access, listing, START + DAY).cubes) is seen
            held = Visibility(states=frozenset(State), as_of=START)
            assert bool(store.find(access, Listing(held), START + DAY).cubes) is seen

    def test_a_private_cube_without_a_user_is_its_makers(self, store: CubeStore) -> None:
        private = Governance(visibility=Audience.PRIVATE)
        ownerless = cube(1, scope=Scope(), external_id="x", governance=private)
        store.write(write(create(ownerless)))
        assert store.get(AccessFilter(DEFAULT_TENANT, "p"), [ownerless.id]) == []
        assert store.get(AccessFilter(DEFAULT_TENANT, "local"), [ownerless.id]) == [ownerless]

    def assert_seen(self, store: CubeStore, access: AccessFilter) -> None:
        """Check that every way of reading finds the cube of number 1."""
        one = cube(1)
        content = one.version.content_hash
        assert [c.id for c in store.get(access, [one.id])] == [one.id]
        assert [c and c.id for c in store.read(access, [(one.id, 1)])] == [one.id]
        assert len(store.history(access, one.id)) == 1
        assert store.by_external_id(access, ADA, "x") is not None
        assert store.by_content(access, ADA, content) != []
        assert store.last_turn(access, ADA) == 1
        assert len(store.find(access, Listing(), START).cubes) == 1
        assert store.select(access, Visibility(), START).size == 1

    def assert_unseen(self, store: CubeStore, access: AccessFilter) -> None:
        """Check that no way of reading finds the cube of number 1."""
        one = cube(1)
        content = one.version.content_hash
        assert store.get(access, [one.id]) == []
        assert store.get(access, [one.id], as_of=START) == []
        assert store.read(access, [(one.id, 1)]) == [None]
        assert store.history(access, one.id) == []
        assert store.by_external_id(access, ADA, "x") is None
        assert store.by_content(access, ADA, content) == []
        assert store.last_turn(access, ADA) == 0
        assert store.find(access, Listing(), START).cubes == ()
        assert store.select(access, Visibility(), START).size == 0
