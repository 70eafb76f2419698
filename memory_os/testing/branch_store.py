"""The conformance suite of ``BranchStore``, and of what the cube store beside it does by branch."""

from dataclasses import replace
from datetime import timedelta

import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.branch import Branch, Overlaid, plain_id, stored_id
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Create, Discard, DropBranch, Write
from memory_os.errors import AlreadyExists, NotFound, VersionConflict
from memory_os.ports.branch_store import BranchStore
from memory_os.ports.cube_store import ChangeKind, CubeStore, Listing, Span
from memory_os.testing.cubes import (
    EVERYONE,
    START,
    create,
    cube,
    govern,
    note,
    passages,
    revise,
    revised,
    write,
)

ADA = Scope("ada", "cook", "monday", ("a", "b"))
LATER = START + timedelta(hours=1)
PLAN = Branch(DEFAULT_TENANT, "plan", "br_1", START, LATER, ADA, by="local", reason="why")
MADE = Note("local", "branch", ("br_1",), "plan: why")
ON_PLAN = replace(EVERYONE, branch="br_1")


def copied(base: Cube, branch: Branch = PLAN) -> Cube:
    """Return the row that a branch keeps for a cube."""
    version = replace(base.version, branch=branch.id)
    return replace(base, id=stored_id(base.id, branch.id), version=version)


def put(store: CubeStore, *cubes: Cube) -> None:
    """Store cubes in one transaction, an hour after the start."""
    ops = tuple(Create(each, passages(each), note("create", each.id)) for each in cubes)
    store.write(Write(DEFAULT_TENANT, LATER, ops))


class BranchStoreSuite:
    """Every sentence of the port.

    A subclass has a fixture ``branches``, which gives an empty store, and ``store``, the cube store
    that it lies beside.
    """

    def test_a_branch_is_kept_whole(self, branches: BranchStore) -> None:
        assert branches.add_branch(PLAN, MADE) == PLAN
        assert branches.list_branches(DEFAULT_TENANT) == [PLAN]
        assert branches.list_branches("other") == []

    def test_it_is_journalled_that_one_is_made(
        self, branches: BranchStore, store: CubeStore
    ) -> None:
        branches.add_branch(PLAN, MADE)
        with pytest.raises(AlreadyExists):
            branches.add_branch(replace(PLAN, id="br_2"), MADE)
        assert [entry.note for entry in store.journal(DEFAULT_TENANT, 0, 10)] == [MADE]

    def test_a_name_is_taken_in_its_scope_alone(self, branches: BranchStore) -> None:
        branches.add_branch(PLAN, MADE)
        with pytest.raises(AlreadyExists):
            branches.add_branch(replace(PLAN, id="br_2"), MADE)
        for number, scope in enumerate((Scope(), Scope("ada"), replace(ADA, namespace=("a",)))):
            branches.add_branch(replace(PLAN, id=f"br_{number + 3}", scope=scope), MADE)
        assert len(branches.list_branches(DEFAULT_TENANT, "plan")) == 4
        assert branches.list_branches(DEFAULT_TENANT, "plot") == []

    def test_branches_come_oldest_first(self, branches: BranchStore) -> None:
        made = [
            branches.add_branch(
                replace(PLAN, name=f"n{day}", id=f"br_{day}", created_at=START + timedelta(day)),
                MADE,
            )
            for day in (2, 0, 1)
        ]
        assert branches.list_branches(DEFAULT_TENANT) == [made[1], made[2], made[0]]

    def test_ids_of_rows_are_told_apart(self) -> None:
        assert plain_id(stored_id("mem_1", "br_1")) == "mem_1" == plain_id("mem_1")

    def test_what_a_branch_keeps_is_told(self, branches: BranchStore, store: CubeStore) -> None:
        branches.add_branch(PLAN, MADE)
        base, held = cube(1), cube(2)
        store.write(write(create(base), create(held)))
        put(store, copied(base), copied(held), copied(cube(3)))
        store.write(write(govern(held, State.QUARANTINED, LATER, (State.GENERATED,))))
        assert branches.overlaid(DEFAULT_TENANT, PLAN.id) == {
            base.id: Overlaid(base.id, LATER),
            held.id: Overlaid(held.id, LATER, withheld=True),
            cube(3).id: Overlaid(cube(3).id, LATER),
        }
        for tenant, branch in ((DEFAULT_TENANT, "br_2"), ("other", "br_1"), ("", "main")):
            assert branches.overlaid(tenant, branch) == {}

    def test_every_read_is_of_one_layer(self, branches: BranchStore, store: CubeStore) -> None:
        branches.add_branch(PLAN, MADE)
        base = replace(cube(1), external_id="x")
        top = copied(base)
        store.write(write(create(base)))
        put(store, top)
        new = revised(top, "Something else.", LATER)
        store.write(write(revise(new)))
        ids, wanted = [base.id, top.id], Visibility()
        for access, shown in ((EVERYONE, base), (ON_PLAN, new)):
            assert [each.id for each in store.get(access, ids)] == [shown.id]
            assert [each.id for each in store.get(access, ids, as_of=LATER)] == [shown.id]
            assert [each and each.id for each in store.read(access, [(i, 1) for i in ids])].count(
                None
            ) == 1
            listed = store.find(access, Listing(wanted), LATER).cubes
            assert [each.id for each in listed] == [shown.id]
            assert len(store.select(access, wanted, LATER)) == 1
            assert [len(store.history(access, i)) for i in ids].count(0) == 1
            span = Span(START - timedelta(1), LATER)
            assert store.touched(access, span) == [shown.id]
            held = store.by_external_id(access, base.scope, "x")
            assert held is not None
            assert held.id == shown.id
            found = store.by_content(access, base.scope, shown.version.content_hash)
            assert [each.id for each in found] == [shown.id]
        anywhere = replace(EVERYONE, branch=None)
        assert {each.id for each in store.get(anywhere, ids)} == set(ids)
        assert len(store.find(anywhere, Listing(wanted), LATER).cubes) == 2
        elsewhere = replace(EVERYONE, branch="br_2")
        assert store.get(elsewhere, ids) == []
        assert store.last_turn(elsewhere, base.scope) == 0
        assert store.last_turn(ON_PLAN, base.scope) == store.last_turn(EVERYONE, base.scope)
        assert store.verify() == []

    def test_versions_go_on_from_the_base(self, branches: BranchStore, store: CubeStore) -> None:
        branches.add_branch(PLAN, MADE)
        base = cube(1)
        third = replace(base, version=replace(base.version, number=3))
        top = copied(third)
        put(store, top)
        store.write(write(revise(revised(top, "Four.", LATER))))
        numbers = [each.version.number for each in store.history(ON_PLAN, top.id)]
        assert numbers == [3, 4]
        assert store.verify() == []

    def test_a_row_needs_its_branch(self, store: CubeStore) -> None:
        with pytest.raises(NotFound):
            put(store, copied(cube(1)))
        assert store.head(DEFAULT_TENANT) == 0

    def test_a_branch_is_dropped_with_its_rows(
        self, branches: BranchStore, store: CubeStore
    ) -> None:
        branches.add_branch(PLAN, MADE)
        base = cube(1)
        top = copied(base)
        store.write(write(create(base)))
        put(store, top)
        drop = DropBranch(PLAN.id, note("drop", PLAN.id))
        with pytest.raises(VersionConflict):
            store.write(Write(DEFAULT_TENANT, LATER, (drop,)))
        with pytest.raises(NotFound):
            store.write(Write(DEFAULT_TENANT, LATER, (Discard(base.id, note("drop", base.id)),)))
        discard = Discard(top.id, note("drop", top.id))
        written = store.write(Write(DEFAULT_TENANT, LATER, (discard, drop)))
        assert branches.list_branches(DEFAULT_TENANT) == []
        assert branches.overlaid(DEFAULT_TENANT, PLAN.id) == {}
        assert store.history(ON_PLAN, top.id) == []
        assert store.get(EVERYONE, [base.id]) == [base]
        work = store.outbox(DEFAULT_TENANT, written.before, 9)
        assert [(each.kind, each.cube_id) for each in work] == [
            (ChangeKind.PURGE, top.id),
            (ChangeKind.NONE, ""),
        ]
        with pytest.raises(NotFound):
            store.write(Write(DEFAULT_TENANT, LATER, (drop,)))
        assert store.verify() == []
