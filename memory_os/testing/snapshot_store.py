"""The conformance suite of ``SnapshotStore``: subclass it and give both fixtures."""

from dataclasses import replace
from datetime import timedelta

import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.journal import GENESIS, Note, first_break
from memory_os.domain.past import Snapshot
from memory_os.domain.scope import Scope
from memory_os.errors import AlreadyExists
from memory_os.ports.cube_store import CubeStore
from memory_os.ports.snapshot_store import SnapshotStore
from memory_os.testing.cubes import START, create, cube, write

ADA = Scope("ada", "cook", "monday", ("a", "b"))
FIRST = Snapshot(DEFAULT_TENANT, "first", START, ADA, by="local", reason="why")
MADE = Note("local", "snapshot", ("sub_1",), "first: why")
GONE = Note("local", "delete_snapshot", ("sub_1",), "first")


class SnapshotStoreSuite:
    """Every sentence of the port.

    A subclass has a fixture ``snapshots``, which gives an empty store, and ``store``, the cube
    store that it lies beside.
    """

    def test_a_snapshot_is_kept_whole(self, snapshots: SnapshotStore) -> None:
        assert snapshots.add_snapshot(FIRST, MADE) == FIRST
        assert snapshots.list_snapshots(DEFAULT_TENANT) == [FIRST]

    def test_it_marks_where_the_journal_stands(
        self, snapshots: SnapshotStore, store: CubeStore
    ) -> None:
        assert snapshots.add_snapshot(FIRST, MADE).hash == GENESIS
        store.write(write(create(cube(1)), create(cube(2))))
        marked = snapshots.add_snapshot(replace(FIRST, name="second"), MADE)
        assert (marked.seq, marked.hash) == (3, store.checkpoint(DEFAULT_TENANT, 3))
        other = snapshots.add_snapshot(replace(FIRST, tenant_id="other"), MADE)
        assert (other.seq, other.hash) == (0, GENESIS)

    def test_a_name_is_taken_in_its_scope_alone(self, snapshots: SnapshotStore) -> None:
        snapshots.add_snapshot(FIRST, MADE)
        with pytest.raises(AlreadyExists):
            snapshots.add_snapshot(replace(FIRST, at=START + timedelta(1)), MADE)
        for scope in (Scope(), Scope("ada"), replace(ADA, namespace=("a",))):
            snapshots.add_snapshot(replace(FIRST, scope=scope), MADE)
        assert len(snapshots.list_snapshots(DEFAULT_TENANT, "first")) == 4
        assert snapshots.list_snapshots("other") == []

    def test_snapshots_come_oldest_first_and_by_name(self, snapshots: SnapshotStore) -> None:
        days = (2, 0, 1)
        made = [
            snapshots.add_snapshot(replace(FIRST, name=f"n{day}", at=START + timedelta(day)), MADE)
            for day in days
        ]
        assert snapshots.list_snapshots(DEFAULT_TENANT) == [made[1], made[2], made[0]]
        assert snapshots.list_snapshots(DEFAULT_TENANT, "n1") == [made[2]]
        assert snapshots.list_snapshots(DEFAULT_TENANT, "n9") == []

    def test_a_snapshot_is_dropped_once(self, snapshots: SnapshotStore) -> None:
        snapshots.add_snapshot(FIRST, MADE)
        assert not snapshots.drop_snapshot(DEFAULT_TENANT, Scope("ada"), "first", START, GONE)
        assert not snapshots.drop_snapshot("other", ADA, "first", START, GONE)
        assert snapshots.drop_snapshot(DEFAULT_TENANT, ADA, "first", START, GONE)
        assert not snapshots.drop_snapshot(DEFAULT_TENANT, ADA, "first", START, GONE)
        again = snapshots.add_snapshot(FIRST, MADE)
        assert replace(again, seq=0, hash=GENESIS) == FIRST

    def test_it_is_journalled_that_one_is_made_and_dropped(
        self, snapshots: SnapshotStore, store: CubeStore
    ) -> None:
        snapshots.add_snapshot(FIRST, MADE)
        with pytest.raises(AlreadyExists):
            snapshots.add_snapshot(FIRST, MADE)
        assert not snapshots.drop_snapshot(DEFAULT_TENANT, ADA, "other", START, GONE)
        assert snapshots.drop_snapshot(DEFAULT_TENANT, ADA, "first", START, GONE)
        entries = store.journal(DEFAULT_TENANT, 0, 10)
        assert [entry.note for entry in entries] == [MADE, GONE]
        assert first_break(entries) is None
