"""The conformance suite of ``CubeStore``: what cubes were governed by, and what changed when."""

from dataclasses import replace

from memory_os.domain.access import DEFAULT_TENANT, AccessFilter
from memory_os.domain.cube import Governance, Lifespan
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.ports.cube_store import CubeStore, Left, Span
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

BEFORE = START - DAY
END = START + 99 * DAY


class CubeStoreTravelling:
    """``standing``, ``touched`` and the past of index rows."""

    def test_governance_is_told_as_of_a_time(self, store: CubeStore) -> None:
        one, two = cube(1), cube(2)
        first = govern(one, State.ARCHIVED, START + DAY, pinned=True)
        second = govern(one, State.GENERATED, START + 2 * DAY)
        store.write(write(create(one), create(two)))
        store.write(write(first))
        store.write(write(second))
        ids = [one.id, two.id, "mem_unknown"]
        for day, expected in ((0, one.governance), (1, first.governance), (2, second.governance)):
            told = store.standing(DEFAULT_TENANT, ids, START + day * DAY)
            assert told == {one.id: expected, two.id: two.governance}
        assert store.standing(DEFAULT_TENANT, ids, BEFORE) == {}
        assert store.standing("other", ids, START) == {}

    def test_of_two_changes_at_once_the_last_one_holds(self, store: CubeStore) -> None:
        one = cube(1)
        first = govern(one, State.ARCHIVED, START + DAY)
        last = govern(one, State.ACTIVATED, START + DAY)
        store.write(write(create(one)))
        store.write(write(first, last))
        assert store.standing(DEFAULT_TENANT, [one.id], START + DAY) == {one.id: last.governance}

    def test_index_rows_tell_what_the_cube_was(self, store: CubeStore) -> None:
        ends = START + 5 * DAY
        one = cube(1, governance=Governance(lifespan=Lifespan(expires_at=ends)))
        store.write(write(create(one)))
        store.write(write(govern(one, State.ARCHIVED, START + DAY)))
        store.write(write(govern(one, State.FROZEN, START + 2 * DAY, (State.ARCHIVED,))))
        past = (
            Left(START + DAY, State.GENERATED, ends),
            Left(START + 2 * DAY, State.ARCHIVED, ends),
        )
        (row,) = store.index_rows(DEFAULT_TENANT, [(one.id, 1)])
        assert row.past == past
        assert [row.past for rows in store.scan_index(DEFAULT_TENANT) for row in rows] == [past]

    def test_touched_are_those_that_changed_since(self, store: CubeStore) -> None:
        ends = START + 3 * DAY
        still, new, moved = cube(1), cube(2), cube(3)
        ending = cube(4, governance=Governance(lifespan=Lifespan(expires_at=ends)))
        late = cube(5, at=START + 9 * DAY)
        store.write(write(create(still), create(new), create(moved), create(ending)))
        store.write(write(create(late)))
        store.write(write(revise(revised(new, "new", START + DAY))))
        store.write(write(govern(moved, State.ARCHIVED, START + 2 * DAY)))
        span = Span(START, START + 5 * DAY)
        assert store.touched(EVERYONE, span) == [new.id, moved.id, ending.id]
        assert store.touched(EVERYONE, replace(span, end=END))[-1] == late.id
        assert store.touched(EVERYONE, replace(span, start=START + DAY)) == [moved.id, ending.id]
        assert store.touched(EVERYONE, replace(span, start=ends)) == []
        assert len(store.touched(EVERYONE, replace(span, start=BEFORE))) == 4

    def test_touched_come_in_pages_under_access_and_scope(self, store: CubeStore) -> None:
        mine = [cube(number, scope=ADA) for number in (1, 3, 5)]
        others = [cube(2, scope=Scope("ben")), cube(4, scope=Scope())]
        store.write(write(*map(create, (*mine, *others))))
        span = Span(BEFORE, END, Scope(ADA.user_id), limit=2)
        first = store.touched(EVERYONE, span)
        rest = store.touched(EVERYONE, replace(span, after=first[-1]))
        assert [*first, *rest] == [each.id for each in mine]
        wide = replace(span, match=ScopeMatch.INHERIT, limit=9)
        assert others[1].id in store.touched(EVERYONE, wide)
        bound = AccessFilter(DEFAULT_TENANT, "ben", Scope("ben"))
        assert store.touched(bound, span) == []
        assert store.touched(replace(EVERYONE, tenant_id="other"), span) == []
