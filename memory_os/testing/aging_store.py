"""The conformance suite of ``AgingStore``: subclass it and give both fixtures."""

from dataclasses import replace
from datetime import timedelta

import pytest

from memory_os.domain.access import DEFAULT_TENANT, AccessFilter
from memory_os.domain.cube import Cube, Governance, Lifespan, Usage
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import Kind
from memory_os.domain.writing import Use
from memory_os.errors import VersionConflict
from memory_os.policies.decay import trace_of
from memory_os.ports.aging_store import AgingStore, Crowd, Field, Member
from memory_os.ports.cube_store import CubeStore
from memory_os.testing.cubes import START, create, cube, write

DAY = timedelta(days=1)
SEES = AccessFilter(DEFAULT_TENANT, "local", sees_private=True, sees_quarantined=True)
EVERY = Field()
RECALLED = (State.GENERATED, State.ACTIVATED)


def standing(number: int, state: State = State.GENERATED, **governed: object) -> Cube:
    """Return a cube in a state, otherwise governed as said."""
    resume = (State.GENERATED,) if state is State.FROZEN else ()
    governance = Governance(state=state, resume=resume, **governed)  # type: ignore[arg-type]
    return cube(number).moved(governance)


def ending(number: int, state: State = State.GENERATED, days: float = 1) -> Cube:
    """Return a cube that expires so many days after the start."""
    return standing(number, state, lifespan=Lifespan(expires_at=START + DAY * days))


def ids(*cubes: Cube) -> list[str]:
    """Return the ids, ascending."""
    return sorted(each.id for each in cubes)


class AgingStoreSuite:
    """Every sentence of the port.

    A subclass has a fixture ``aging``, which reads an empty store, and ``store``, the cube store
    that writes beside it.
    """

    def test_what_is_overdue_is_found_unless_frozen(
        self, aging: AgingStore, store: CubeStore
    ) -> None:
        due, frozen, later = ending(1), ending(2, State.FROZEN), ending(3, days=3)
        archived, gone = ending(4, State.ARCHIVED), ending(5, State.EXPIRED)
        store.write(write(*map(create, (due, frozen, later, archived, gone))))
        assert aging.overdue(SEES, EVERY, START + DAY) == ids(due, archived)
        assert aging.overdue(SEES, EVERY, START + DAY / 2) == []
        assert aging.held_overdue(SEES, EVERY, START + DAY) == ids(frozen)
        assert aging.held_overdue(SEES, EVERY, START) == []

    @pytest.mark.parametrize("passed", [0, 30, 59, 61, 100, 189, 191, 400])
    def test_strength_is_found_by_level_as_it_is_judged(
        self, aging: AgingStore, store: CubeStore, passed: float
    ) -> None:
        made = [cube(number) for number in range(1, 7)]
        store.write(write(*map(create, made)))
        usages = [
            Usage(strength=strength, half_life=half_life, touched_at=touched)
            for strength, half_life, touched in (
                (1.0, 60.0, None),
                (1.707, 68.8, START + 30 * DAY),
                (0.0, 60.0, START),
                (8.0, 3.0, START),
                (0.05, 730.0, START - 90 * DAY),
                (1.0, 365.0, START),
            )
        ]
        for each, usage in zip(made, usages, strict=True):
            store.write(write(Use(each.id, usage)))
        now = START + passed * DAY
        for sigma in (0.10, 0.35, 0.60):
            weak = [
                each
                for each, usage in zip(made, usages, strict=True)
                if trace_of(usage, each.created_at).sigma(now) < sigma
            ]
            strong = [each for each in made if each not in weak]
            assert aging.weaker(SEES, EVERY, RECALLED, sigma, now) == ids(*weak)
            assert aging.stronger(SEES, EVERY, RECALLED, sigma, now) == ids(*strong)

    def test_only_the_asked_states_are_looked_at(self, aging: AgingStore, store: CubeStore) -> None:
        made = [standing(number, state) for number, state in enumerate(State, 1)]
        store.write(write(*map(create, made)))
        now = START + 400 * DAY
        for state in State:
            found = aging.weaker(SEES, EVERY, (state,), 0.1, now)
            assert found == [each.id for each in made if each.governance.state is state]

    def test_a_scope_and_agents_bound_what_is_found(
        self, aging: AgingStore, store: CubeStore
    ) -> None:
        agents = (None, "cook", "guide")
        made = [
            replace(cube(place), scope=Scope("ada" if place < 3 else "bo", agent))
            for place, agent in enumerate(agents, 1)
        ]
        store.write(write(*map(create, made)))
        now = START + 400 * DAY

        def found(where: Field, access: AccessFilter = SEES) -> list[str]:
            return aging.weaker(access, where, RECALLED, 0.1, now)

        assert found(Field(Scope("ada"))) == ids(*made[:2])
        assert found(Field(agents=frozenset({"cook"}))) == ids(made[1])
        assert found(Field(others=frozenset({"cook"}))) == ids(made[0], made[2])
        assert found(Field(agents=frozenset())) == []
        assert found(EVERY, replace(SEES, tenant_id="other")) == []
        assert found(EVERY, replace(SEES, bindings=Scope("bo"))) == ids(made[2])

    def test_what_no_longer_holds_is_found_by_its_head(
        self, aging: AgingStore, store: CubeStore
    ) -> None:
        ended, lasting = cube(1), cube(2)
        ended = replace(ended, version=replace(ended.version, valid_to=START + DAY))
        gone = replace(ending(3, State.EXPIRED), version=replace(cube(3).version, valid_to=START))
        store.write(write(create(ended), create(lasting), create(gone)))
        assert aging.ended(SEES, EVERY, START + DAY) == ids(ended)
        assert aging.ended(SEES, EVERY, START) == []

    def test_groups_are_counted_and_listed(self, aging: AgingStore, store: CubeStore) -> None:
        scopes = (Scope("ada"), Scope("ada", "cook"), Scope("bo"))
        made = [replace(cube(place), scope=scope) for place, scope in enumerate(scopes, 1)]
        frozen = replace(standing(4, State.FROZEN, pinned=True), scope=Scope("bo"))
        out = replace(standing(5, State.ARCHIVED), scope=Scope("bo"))
        store.write(write(*map(create, (*made, frozen, out))))
        counts = {
            per: {crowd.key: crowd.count for crowd in aging.crowds(SEES, EVERY, per)}
            for per in ("scope", "user", "agent", "tenant")
        }
        assert counts["user"] == {"ada": 2, "bo": 2}
        assert counts["agent"] == {"": 3, "cook": 1}
        assert counts["tenant"] == {"": 4}
        assert sorted(counts["scope"].values()) == [1, 1, 2]
        crowd = next(each for each in aging.crowds(SEES, EVERY, "user") if each.key == "bo")
        members = aging.members(SEES, EVERY, "user", crowd)
        assert [member.cube_id for member in members] == ids(made[2], frozen)
        assert [(member.pinned, member.frozen) for member in members] == [
            (False, False),
            (True, True),
        ]
        assert crowd == Crowd("bo", Kind.TEXT, 2, sum(member.bytes for member in members))
        assert all(member.bytes > 10 for member in members)
        first = members[0]
        assert first == Member(
            made[2].id, made[2].created_at, made[2].usage, False, False, first.bytes
        )

    def test_counters_are_read_and_replaced_only_as_they_were_seen(
        self, aging: AgingStore, store: CubeStore
    ) -> None:
        made = cube(1)
        store.write(write(create(made)))
        usage, created_at = aging.usages(DEFAULT_TENANT, [made.id, "mem_x"])[made.id]
        assert (usage, created_at) == (made.usage, made.created_at)
        store.write(write(Use(made.id, replace(usage, cited=1), usage)))
        with pytest.raises(VersionConflict):
            store.write(write(Use(made.id, replace(usage, cited=2), usage)))
        assert aging.usages(DEFAULT_TENANT, [made.id])[made.id][0].cited == 1
        assert aging.usages("other", [made.id]) == {}
