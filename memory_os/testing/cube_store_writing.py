"""The conformance suite of ``CubeStore``: what a write does, and what it refuses."""

from dataclasses import replace
from datetime import timedelta

import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.cube import Cube, Usage
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Fact, Message, Payload
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Govern, Replay, Use, Write
from memory_os.errors import (
    AlreadyExists,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    VersionConflict,
)
from memory_os.ports.cube_store import REPLAY_KEPT, CubeStore
from memory_os.testing.cubes import (
    ADA,
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
    write,
)

ODD_TEXTS = (
    "",
    "nul \x00 and \x1f controls",
    "quotes ' \" ` and % _ \\ ; DROP TABLE cubes; --",
    "Ærø İstanbul ß ﬃ 私はお茶 🫖 \u202eטעם\u202c e\u0301",
    "long " * 200_000,
)


def head(store: CubeStore, cube_id: str) -> Cube:
    """Return the head of a cube that must be there."""
    (found,) = store.get(EVERYONE, [cube_id])
    return found


class CubeStoreWriting:
    """Every sentence of ``CubeStore.write``."""

    @pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.form)
    def test_a_cube_of_any_form_comes_back_whole(self, store: CubeStore, payload: Payload) -> None:
        whole = full_cube(payload)
        store.write(write(create(whole)))
        assert head(store, whole.id) == whole

    def test_a_cube_with_nothing_but_defaults_comes_back_whole(self, store: CubeStore) -> None:
        plain = cube(scope=Scope(), payload=Message("user", "hi"))
        store.write(write(create(plain)))
        assert head(store, plain.id) == plain

    @pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: repr(text[:12]))
    def test_any_text_comes_back_as_it_was(self, store: CubeStore, text: str) -> None:
        odd = cube(text=text, scope=Scope(text[:200].replace("\x1f", "") or None))
        store.write(write(create(replace(odd, external_id=text[:200] or None))))
        assert head(store, odd.id).text == text

    def test_times_keep_their_microseconds_from_year_1_to_9999(self, store: CubeStore) -> None:
        for number, at in enumerate(
            (START.replace(year=1), START, START.replace(year=9999, microsecond=999_999)), 1
        ):
            timed = cube(number, at=at, valid_from=at, valid_to=at + timedelta(microseconds=1))
            store.write(write(create(timed)))
            assert head(store, timed.id) == timed

    def test_what_is_written_is_counted(self, store: CubeStore) -> None:
        first = store.write(write(create(cube(1)), create(cube(2), count=3)))
        second = store.write(write(create(cube(3), count=2)))
        assert (first.before, first.upto) == (0, 2)
        assert (second.before, second.upto) == (2, 3)
        assert second.first_chunk == first.first_chunk + 4
        assert store.head(DEFAULT_TENANT) == 3

    def test_an_empty_write_changes_nothing(self, store: CubeStore) -> None:
        store.write(write(create(cube(1))))
        written = store.write(Write(DEFAULT_TENANT, START, ()))
        assert (written.before, written.upto) == (1, 1)

    def test_a_thousand_cubes_go_in_one_transaction(self, store: CubeStore) -> None:
        many = [cube(number) for number in range(1, 1001)]
        assert store.write(write(*map(create, many))).upto == 1000
        assert store.get(EVERYONE, [c.id for c in many]) == many

    def test_an_id_is_given_once(self, store: CubeStore) -> None:
        store.write(write(create(cube(1, "first"))))
        with pytest.raises(AlreadyExists):
            store.write(write(create(cube(2)), create(cube(1, "second"))))
        assert head(store, cube(1).id).text == "first"
        assert store.get(EVERYONE, [cube(2).id]) == []

    def test_a_revision_is_the_next_version(self, store: CubeStore) -> None:
        first = cube(1)
        second = revised(first, "I drink coffee.", START + DAY, tags=("new",))
        store.write(write(create(first)))
        store.write(write(revise(second, count=2)))
        assert head(store, first.id) == second

    @pytest.mark.parametrize("expected", [0, 2, 7])
    def test_a_revision_of_another_version_than_the_head_is_refused(
        self, store: CubeStore, expected: int
    ) -> None:
        first = cube(1)
        store.write(write(create(first)))
        with pytest.raises(VersionConflict) as caught:
            store.write(write(revise(revised(first, "x", START + DAY), expected)))
        assert caught.value.detail["version"] == 1
        assert head(store, first.id) == first

    def test_a_revision_may_not_skip_a_number(self, store: CubeStore) -> None:
        first = cube(1)
        store.write(write(create(first)))
        third = replace(first, version=replace(first.version, number=3))
        with pytest.raises(InvalidInput):
            store.write(write(revise(third, 1)))

    def test_a_revision_leaves_governance_and_usage_alone(self, store: CubeStore) -> None:
        first = cube(1)
        pinned = govern(first, State.GENERATED, START + DAY, pinned=True)
        store.write(write(create(first)))
        store.write(write(pinned, Use(first.id, Usage(cited=5))))
        store.write(write(revise(revised(first, "new", START + 2 * DAY))))
        found = head(store, first.id)
        assert (found.governance, found.usage) == (pinned.governance, Usage(cited=5))

    def test_a_revision_of_what_was_frozen_meanwhile_is_refused(self, store: CubeStore) -> None:
        first = cube(1)
        store.write(write(create(first)))
        store.write(write(govern(first, State.FROZEN, START + DAY, (State.GENERATED,))))
        with pytest.raises(VersionConflict):
            store.write(write(revise(revised(first, "new", START + 2 * DAY))))

    def test_governance_is_replaced_in_place(self, store: CubeStore) -> None:
        first = cube(1)
        change = govern(first, State.ARCHIVED, START + DAY, pinned=True)
        store.write(write(create(first)))
        store.write(write(change))
        assert head(store, first.id) == first.moved(change.governance)
        assert len(store.history(EVERYONE, first.id)) == 1

    def test_governing_another_version_than_the_head_is_refused(self, store: CubeStore) -> None:
        first = cube(1)
        store.write(write(create(first)))
        store.write(write(revise(revised(first, "new", START + DAY))))
        with pytest.raises(VersionConflict):
            store.write(write(govern(first, State.ARCHIVED, START + 2 * DAY)))

    def test_governing_over_a_change_that_was_not_seen_is_refused(self, store: CubeStore) -> None:
        first = cube(1)
        frozen = govern(first, State.FROZEN, START + DAY, (State.GENERATED,))
        archived = govern(first, State.ARCHIVED, START + DAY)
        store.write(write(create(first)))
        store.write(write(replace(frozen, seen=first.governance)))
        with pytest.raises(VersionConflict):
            store.write(write(replace(archived, seen=first.governance)))
        store.write(write(replace(archived, seen=frozen.governance)))
        assert head(store, first.id).governance == archived.governance

    def test_usage_is_replaced_without_a_version_or_an_entry(self, store: CubeStore) -> None:
        first = cube(1)
        store.write(write(create(first)))
        written = store.write(write(Use(first.id, Usage(returned=9))))
        assert (written.before, written.upto) == (1, 1)
        assert head(store, first.id) == replace(first, usage=Usage(returned=9))

    def test_an_op_on_a_cube_that_is_not_there_is_refused(self, store: CubeStore) -> None:
        absent = cube(5)
        for op in (
            revise(revised(absent, "x", START + DAY)),
            govern(absent, State.ARCHIVED, START),
            Use(absent.id, Usage()),
        ):
            with pytest.raises(NotFound):
                store.write(write(op))

    def test_an_op_on_a_foreign_cube_is_refused_alike(self, store: CubeStore) -> None:
        store.write(write(create(cube(1, tenant_id="other")), tenant="other"))
        with pytest.raises(NotFound):
            store.write(write(Use(cube(1).id, Usage())))

    def test_all_of_a_write_happens_or_none(self, store: CubeStore) -> None:
        first = cube(1)
        store.write(write(create(first)))
        replay = Replay("key", "hash", "answer", START)
        with pytest.raises(VersionConflict):
            store.write(
                write(
                    create(cube(2)),
                    govern(first, State.ARCHIVED, START + DAY),
                    Use(first.id, Usage(cited=3)),
                    revise(revised(first, "x", START + DAY), 9),
                    replay=replay,
                )
            )
        assert head(store, first.id) == first
        assert store.get(EVERYONE, [cube(2).id]) == []
        assert store.head(DEFAULT_TENANT) == 1
        assert store.replay(DEFAULT_TENANT, "key", START) is None
        assert store.write(write(create(cube(3)))).first_chunk == 2

    def test_ops_of_one_write_see_each_other(self, store: CubeStore) -> None:
        first = cube(1)
        second = revised(first, "second", START + DAY)
        store.write(
            write(
                create(first),
                revise(second),
                Govern(first.id, 2, replace(second.governance, pinned=True), note("pin", first.id)),
            )
        )
        assert head(store, first.id).governance.pinned
        assert [c.text for c in store.history(EVERYONE, first.id)] == [first.text, "second"]

    def test_a_write_planned_on_what_others_changed_is_refused(self, store: CubeStore) -> None:
        tea, cake, bo = Fact("tea"), Fact("cake"), Scope("bo")
        said, heard = Message("user", "hello", turn=1), Message("user", "hi", turn=1)
        store.write(write(create(cube(1, payload=tea)), create(cube(2, payload=said))))
        refused = [cube(3, payload=tea), cube(4, payload=heard)]
        fine = [
            cube(5, payload=cake),
            cube(6, payload=tea, scope=bo),
            cube(7, payload=heard, scope=bo),
        ]
        for new in refused:
            with pytest.raises(VersionConflict, match="plan it again"):
                store.write(replace(write(create(new)), planned_at=0))
        assert store.head(EVERYONE.tenant_id) == 2
        for new in refused:
            store.write(replace(write(create(new)), planned_at=store.head(EVERYONE.tenant_id)))
        for new in fine:
            store.write(replace(write(create(new)), planned_at=0))
        assert store.verify() == []

    def test_an_external_id_is_unique_in_exactly_its_scope(self, store: CubeStore) -> None:
        store.write(write(create(cube(1, external_id="x"))))
        with pytest.raises(AlreadyExists) as caught:
            store.write(write(create(cube(2, external_id="x"))))
        assert caught.value.detail["id"] == cube(1).id
        elsewhere = [
            cube(3, external_id="x", scope=Scope("ada", "concierge")),
            cube(4, external_id="x", scope=replace(ADA, namespace=("a",))),
            cube(5, external_id="y"),
            cube(6, external_id=None),
            cube(7, external_id=None),
        ]
        store.write(write(*map(create, elsewhere)))
        store.write(write(create(cube(8, external_id="x", tenant_id="b")), tenant="b"))

    def test_an_external_id_is_unique_within_a_write(self, store: CubeStore) -> None:
        twice = [cube(1, external_id="x"), cube(2), cube(3, external_id="x")]
        with pytest.raises(AlreadyExists) as caught:
            store.write(write(*map(create, twice)))
        assert caught.value.detail["external_id"] == "x"
        assert store.head(DEFAULT_TENANT) == 0

    def test_an_expired_cube_frees_its_external_id_until_restored(self, store: CubeStore) -> None:
        first, second = cube(1, external_id="x"), cube(2, external_id="x")
        store.write(write(create(first)))
        store.write(write(govern(first, State.EXPIRED, START + DAY)))
        store.write(write(create(second)))
        with pytest.raises(AlreadyExists):
            store.write(write(govern(first, State.GENERATED, START + 2 * DAY)))
        assert head(store, first.id).governance.state is State.EXPIRED

    def test_an_idempotency_record_is_kept_for_a_day(self, store: CubeStore) -> None:
        replay = Replay("key", "hash", '{"answer": "é\\u0000"}', START)
        store.write(write(create(cube(1)), replay=replay))
        assert store.replay(DEFAULT_TENANT, "key", START + REPLAY_KEPT) == replay
        later = START + REPLAY_KEPT + timedelta(microseconds=1)
        assert store.replay(DEFAULT_TENANT, "key", later) is None
        assert store.replay(DEFAULT_TENANT, "other", START) is None
        assert store.replay("other", "key", START) is None

    def test_a_key_used_meanwhile_stops_the_write(self, store: CubeStore) -> None:
        replay = Replay("key", "hash", "{}", START)
        store.write(write(create(cube(1)), replay=replay))
        with pytest.raises(IdempotencyConflict):
            store.write(write(create(cube(2)), replay=replay))
        assert store.get(EVERYONE, [cube(2).id]) == []
        later = START + 2 * DAY
        again = replace(replay, at=later, answer="new")
        store.write(write(create(cube(3, at=later)), replay=again))
        assert store.replay(DEFAULT_TENANT, "key", later) == again

    def test_a_write_without_ops_may_keep_a_record(self, store: CubeStore) -> None:
        store.write(write(replay=Replay("key", "hash", "{}", START)))
        assert store.replay(DEFAULT_TENANT, "key", START) is not None

    def test_passages_need_not_cover_the_text(self, store: CubeStore) -> None:
        first = cube(1)
        store.write(write(replace(create(first), passages=passages(first, 3)[1:])))
        assert store.verify() == []
