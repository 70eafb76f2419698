"""The conformance suite of ``CubeStore``: what derived indexes follow, and the store's health."""

from dataclasses import replace

import numpy as np
import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.cube import Governance
from memory_os.domain.journal import GENESIS, Note, first_break
from memory_os.domain.lifecycle import State
from memory_os.domain.writing import Record
from memory_os.errors import NotFound
from memory_os.ports.cube_store import ChangeKind, CubeStore, StoredEmbedder, StoredPassage
from memory_os.testing.cubes import (
    DAY,
    EVERYONE,
    PAYLOADS,
    START,
    create,
    cube,
    full_cube,
    govern,
    note,
    passages,
    revise,
    revised,
    vector,
    write,
)

TENANT = DEFAULT_TENANT


def stored(store: CubeStore, cube_id: str, version: int = 1) -> tuple[StoredPassage, ...]:
    """Return the passages of a version that must be there."""
    (row,) = store.index_rows(TENANT, [(cube_id, version)])
    return row.passages


class CubeStoreFollowing:
    """The sequence of a tenant: journal, outbox, passages."""

    def test_every_op_but_use_is_journalled_once_in_order(self, store: CubeStore) -> None:
        one = cube(1)
        ops = (
            create(one),
            revise(revised(one, "new", START)),
            replace(govern(one, State.ARCHIVED, START), expected_version=2),
        )
        store.write(write(*ops))
        entries = store.journal(TENANT, 0, 100)
        assert [entry.note for entry in entries] == [op.note for op in ops]
        assert [entry.seq for entry in entries] == [1, 2, 3]
        assert {entry.at for entry in entries} == {START}
        assert first_break(entries) is None
        assert entries[0].prev == GENESIS

    def test_what_changes_no_cube_is_journalled_and_asks_nothing_of_indexes(
        self, store: CubeStore
    ) -> None:
        told = Note("root", "export", (), "3 memories")
        store.write(write(create(cube(1)), Record(told)))
        assert store.journal(TENANT, 1, 9)[0].note == told
        (work,) = store.outbox(TENANT, 1, 9)
        assert (work.seq, work.kind, work.cube_id) == (2, ChangeKind.NONE, "")
        assert store.head(TENANT) == 2
        assert store.verify() == []

    def test_the_chain_goes_on_from_write_to_write(self, store: CubeStore) -> None:
        for number in range(1, 8):
            store.write(write(create(cube(number, at=START + number * DAY))))
        entries = store.journal(TENANT, 0, 100)
        assert first_break(entries) is None
        parts = [*store.journal(TENANT, 0, 3), *store.journal(TENANT, 3, 3)]
        assert [*parts, *store.journal(TENANT, 6, 3)] == entries
        assert store.journal(TENANT, 7, 3) == []

    def test_a_checkpoint_is_the_hash_of_its_entry(self, store: CubeStore) -> None:
        store.write(write(create(cube(1)), create(cube(2))))
        entries = store.journal(TENANT, 0, 9)
        assert [store.checkpoint(TENANT, e.seq) for e in entries] == [e.hash for e in entries]
        assert store.checkpoint(TENANT, 3) is None
        assert store.checkpoint("other", 1) is None

    def test_tenants_have_sequences_of_their_own(self, store: CubeStore) -> None:
        assert store.tenants() == []
        assert store.head("b") == 0
        for tenant in ("b", TENANT, "b"):
            number = store.head(tenant) + 1
            store.write(write(create(cube(number, tenant_id=tenant)), tenant=tenant))
        assert store.tenants() == sorted(["b", TENANT])
        assert (store.head("b"), store.head(TENANT)) == (2, 1)
        assert store.journal("b", 0, 9)[0].note.targets == (cube(1).id,)
        assert len(store.outbox("b", 0, 9)) == 2

    @pytest.mark.parametrize("form", range(len(PAYLOADS)))
    def test_passages_keep_place_and_vector(self, store: CubeStore, form: int) -> None:
        one = full_cube(PAYLOADS[form])
        given = passages(one, 3)
        written = store.write(write(create(one, count=3)))
        (row,) = store.index_rows(TENANT, [(one.id, 1)])
        assert row.cube == one
        first = written.first_chunk
        assert [p.number for p in row.passages] == [first, first + 1, first + 2]
        for kept, passage in zip(row.passages, given, strict=True):
            assert replace(kept.passage, vector=passage.vector) == passage
            assert kept.passage.vector.dtype == np.float32
            assert abs(float(kept.passage.vector @ passage.vector) - 1) < 1e-3
            assert (kept.live_from, kept.live_to) == (START, None)

    def test_a_vector_of_nothing_stays_nothing(self, store: CubeStore) -> None:
        one = cube(1)
        empty = replace(passages(one)[0], vector=np.zeros(16, np.float32))
        store.write(write(replace(create(one), passages=(empty,))))
        assert not stored(store, one.id)[0].passage.vector.any()

    def test_versions_are_indexed_in_the_order_asked_for(self, store: CubeStore) -> None:
        one, bare = cube(1), cube(2)
        store.write(write(create(one), replace(create(bare), passages=())))
        rows = store.index_rows(TENANT, [(bare.id, 1), (one.id, 2), (one.id, 1), ("mem_x", 1)])
        assert [(row.cube.id, len(row.passages)) for row in rows] == [(bare.id, 0), (one.id, 1)]
        assert store.index_rows("other", [(one.id, 1)]) == []

    def test_a_revision_closes_the_passages_of_the_version_before(self, store: CubeStore) -> None:
        one = cube(1)
        store.write(write(create(one, count=2)))
        store.write(write(revise(revised(one, "new", START + DAY))))
        assert {(p.live_from, p.live_to) for p in stored(store, one.id)} == {(START, START + DAY)}
        assert [(p.live_from, p.live_to) for p in stored(store, one.id, 2)] == [(START + DAY, None)]

    def test_leaving_recall_closes_and_coming_back_opens_new_passages(
        self, store: CubeStore
    ) -> None:
        one = cube(1)
        written = store.write(write(create(one, count=2)))
        store.write(write(govern(one, State.EXPIRED, START + DAY)))
        store.write(write(govern(one, State.GENERATED, START + 2 * DAY)))
        store.write(write(govern(one, State.QUARANTINED, START + 3 * DAY, (State.GENERATED,))))
        store.write(write(govern(one, State.GENERATED, START + 4 * DAY)))
        found = stored(store, one.id)
        assert [p.number - written.first_chunk for p in found] == [0, 1, 2, 3, 4, 5]
        assert [p.passage.ordinal for p in found] == [0, 1] * 3
        lives = [(p.live_from - START, p.live_to and p.live_to - START) for p in found[::2]]
        assert lives == [(0 * DAY, DAY), (2 * DAY, 3 * DAY), (4 * DAY, None)]
        for again, kept in zip(found[4:], found[:2], strict=True):
            assert np.array_equal(again.passage.vector, kept.passage.vector)
            assert again.passage.span == kept.passage.span

    def test_coming_back_opens_the_head_alone(self, store: CubeStore) -> None:
        one = cube(1)
        store.write(write(create(one)))
        store.write(write(revise(revised(one, "new", START + DAY))))
        second = revised(one, "new", START + DAY)
        store.write(write(govern(second, State.EXPIRED, START + 2 * DAY)))
        store.write(write(govern(second, State.ARCHIVED, START + 3 * DAY)))
        assert [p.live_to for p in stored(store, one.id)] == [START + DAY]
        assert [p.live_to for p in stored(store, one.id, 2)] == [START + 2 * DAY, None]

    def test_what_is_held_at_creation_is_never_live_until_released(self, store: CubeStore) -> None:
        held = Governance(state=State.QUARANTINED, resume=(State.GENERATED,))
        one = cube(1, governance=held)
        store.write(write(create(one)))
        assert [(p.live_from, p.live_to) for p in stored(store, one.id)] == [(START, START)]
        store.write(write(govern(one, State.GENERATED, START + DAY)))
        assert [p.live_to for p in stored(store, one.id)] == [START, None]

    def test_the_outbox_tells_indexes_what_each_op_means(self, store: CubeStore) -> None:
        one = cube(1)
        second = revised(one, "new", START + DAY)
        moves = (
            (State.ACTIVATED, (), ChangeKind.RESTATE),
            (State.FROZEN, (State.ACTIVATED,), ChangeKind.RESTATE),
            (State.ARCHIVED, (), ChangeKind.RESTATE),
            (State.MERGED, (State.ARCHIVED,), ChangeKind.CLOSE),
            (State.FROZEN, (State.MERGED,), ChangeKind.CLOSE),
            (State.GENERATED, (), ChangeKind.INDEX),
            (State.QUARANTINED, (State.GENERATED,), ChangeKind.CLOSE),
            (State.EXPIRED, (), ChangeKind.CLOSE),
            (State.GENERATED, (), ChangeKind.INDEX),
            (State.EXPIRED, (), ChangeKind.CLOSE),
            (State.ERASED, (), ChangeKind.PURGE),
        )
        store.write(write(create(one)))
        store.write(write(revise(second)))
        for day, (state, resume, _) in enumerate(moves, 2):
            store.write(write(govern(second, state, START + day * DAY, resume)))
        entries = store.outbox(TENANT, 0, 99)
        index = ChangeKind.INDEX
        assert [e.kind for e in entries] == [index, index, *(kind for *_, kind in moves)]
        assert [e.seq for e in entries] == [e.seq for e in store.journal(TENANT, 0, 99)]
        assert [e.at for e in entries] == [START + day * DAY for day in range(len(entries))]
        assert [e.version for e in entries] == [1] + [2] * (len(entries) - 1)
        assert {e.cube_id for e in entries} == {one.id}
        assert store.verify() == []

    def test_the_outbox_comes_in_pages(self, store: CubeStore) -> None:
        store.write(write(*(create(cube(n)) for n in range(1, 8))))
        pages = [store.outbox(TENANT, after, 3) for after in (0, 3, 6, 7)]
        assert [[e.seq for e in page] for page in pages] == [[1, 2, 3], [4, 5, 6], [7], []]

    @pytest.mark.parametrize("batch", [1, 2, 3, 100])
    def test_a_scan_streams_every_passage_once_by_number(
        self, store: CubeStore, batch: int
    ) -> None:
        cubes = [cube(n) for n in range(1, 6)]
        store.write(write(*(create(c, count=n) for n, c in enumerate(cubes, 1))))
        store.write(write(revise(revised(cubes[1], "new", START + DAY), count=2)))
        store.write(write(govern(cubes[2], State.EXPIRED, START + DAY)))
        store.write(write(govern(cubes[2], State.GENERATED, START + 2 * DAY)))
        store.write(write(replace(create(cube(9)), passages=())))
        rows = [row for part in store.scan_index(TENANT, batch) for row in part]
        found = [(p.number, row.cube.id) for row in rows for p in row.passages]
        assert [number for number, _ in found] == list(range(found[0][0], found[0][0] + 20))
        expected = [c.id for n, c in enumerate(cubes, 1) for _ in range(n)]
        assert [cube_id for _, cube_id in found] == [
            *expected,
            *[cubes[1].id] * 2,
            *[cubes[2].id] * 3,
        ]
        whole = next(row for row in rows if row.cube.id == cubes[4].id)
        assert len(whole.passages) == 5
        assert list(store.scan_index("other", batch)) == []

    def test_spans_and_headings_are_read_by_number(self, store: CubeStore) -> None:
        one = cube(1)
        first = store.write(write(create(one, count=2))).first_chunk
        given = passages(one, 2)
        assert store.spans(TENANT, [first + 1, first, 999]) == {
            first: (given[0].span, given[0].heading),
            first + 1: (given[1].span, given[1].heading),
        }
        assert store.spans("other", [first]) == {}

    def test_vectors_are_replaced_by_number(self, store: CubeStore) -> None:
        one = cube(1)
        first = store.write(write(create(one, count=2))).first_chunk
        other = np.eye(32, dtype=np.float32)[3]
        store.replace_vectors(TENANT, [(first + 1, other)])
        kept, new = stored(store, one.id)
        assert np.array_equal(new.passage.vector, other)
        assert np.allclose(kept.passage.vector, passages(one, 2)[0].vector, atol=1e-3)
        for tenant, number in ((TENANT, first + 9), ("other", first)):
            with pytest.raises(NotFound):
                store.replace_vectors(tenant, [(first, vector(9)), (number, vector(9))])
        assert np.array_equal(stored(store, one.id)[0].passage.vector, kept.passage.vector)
        store.replace_vectors(TENANT, [])

    def test_the_embedder_is_remembered(self, store: CubeStore) -> None:
        assert store.embedder() is None
        for name in ("first", "second"):
            model = StoredEmbedder(name, 256, f"{name}:256:é")
            store.set_embedder(model)
            assert store.embedder() == model

    def test_a_store_knows_itself(self, store: CubeStore) -> None:
        assert len(store.instance_id) >= 16
        assert store.instance_id == store.instance_id

    def test_a_busy_life_leaves_nothing_wrong(self, store: CubeStore) -> None:
        assert store.verify() == []
        for number in range(1, 30):
            one = cube(number, at=START + number * DAY)
            store.write(write(create(one, count=number % 4)))
            head = revised(one, "new", START + 40 * DAY)
            if number % 2:
                store.write(write(revise(head, count=number % 3)))
            if number % 3 == 0:
                of = head if number % 2 else one
                store.write(write(govern(of, State.EXPIRED, START + 50 * DAY)))
        assert store.verify() == []

    def test_a_note_may_have_many_targets_and_any_words(self, store: CubeStore) -> None:
        one = cube(1)
        odd = replace(note("merge", one.id), targets=("a", "b\x00", "é"), reason="'\"\n \x00")
        store.write(write(replace(create(one), note=odd)))
        assert store.journal(TENANT, 0, 1)[0].note == odd
        assert first_break(store.journal(TENANT, 0, 9)) is None
        assert store.get(EVERYONE, [one.id]) == [one]
