"""What is particular to the embedded index: failures, order, maintenance beside readers."""

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from memory_os.domain.access import AccessFilter
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.errors import InvalidInput
from memory_os.ports.recall_index import Change, Purge, RecallView, Restate
from memory_os.testing.recall_histories import DIMENSIONS, START
from memory_os.testing.recall_index import message
from memory_os_stores.recall.contents import Contents
from memory_os_stores.recall.index import EmbeddedRecallIndex
from memory_os_stores.recall.sizes import Sizes

EVERYBODY = AccessFilter("tenant", "root")


def view(index: EmbeddedRecallIndex, days: float = 1, **given: object) -> RecallView:
    asked = {"terms": ("tea",), "vector": np.eye(DIMENSIONS, dtype=np.float32)[0], **given}
    return index.view(EVERYBODY, Visibility(), START + timedelta(days=days), **asked)


def filled(count: int, **header: object) -> EmbeddedRecallIndex:
    index = EmbeddedRecallIndex(DIMENSIONS)
    index.apply([message(n, **header) for n in range(count)], count)
    return index


@pytest.mark.parametrize(
    "vector",
    [np.ones(3, np.float32), np.ones((1, DIMENSIONS)), np.full(DIMENSIONS, np.nan, np.float32)],
)
def test_a_vector_that_does_not_fit_is_refused(vector: np.ndarray) -> None:
    index = EmbeddedRecallIndex(DIMENSIONS)
    with pytest.raises(InvalidInput):
        index.apply([message(1), Purge("mem_7"), message(2, vector=vector)], 5)
    assert index.applied == 0


def test_an_index_that_failed_half_way_is_empty_and_can_be_filled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = filled(5)
    with monkeypatch.context() as patch:
        patch.setattr(Contents, "settle", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            index.apply([message(9)], 9)
    assert (index.applied, index.last_number, view(index).size) == (0, -1, 0)
    index.apply([message(n) for n in range(6)], 6)
    assert view(index).all().tolist() == list(range(6))


def test_chunks_that_a_view_does_not_see_are_not_described() -> None:
    index = filled(3)
    index.apply([Restate("mem_1", State.ARCHIVED, START + timedelta(hours=1))], 4)
    for unseen in (1, 3, -1):
        with pytest.raises(InvalidInput):
            view(index).describe(np.array([0, unseen]))


@pytest.mark.parametrize("order", ["rising", "falling", "mixed"])
def test_neighbours_stand_in_the_order_of_turns_however_they_came(order: str) -> None:
    turns = list(range(300))
    if order == "falling":
        turns.reverse()
    if order == "mixed":
        random.Random(5).shuffle(turns)
    index = EmbeddedRecallIndex(DIMENSIONS)
    for number, turn in enumerate(turns):
        index.apply([message(number, turn=turn)], number + 1)
    table = view(index).describe(np.arange(300))
    by_turn = {turn: number for number, turn in enumerate(turns)}
    wanted = [[by_turn.get(turn + step, -1) for step in (1, 2)] for turn in turns]
    assert table.after.tolist() == wanted
    index._settle(dead=0)
    index.apply([Purge(f"mem_{by_turn[7]}")], 400)
    index._settle(dead=0)
    at = np.array([by_turn[6]])
    assert view(index).describe(at).after.tolist() == [[by_turn[8], by_turn[9]]]


def test_time_alone_changes_what_is_seen() -> None:
    index = EmbeddedRecallIndex(DIMENSIONS)
    index.apply(
        [
            message(1),
            message(2, live_from=START + timedelta(days=2)),
            message(3, live_to=START + timedelta(days=3)),
            message(4, expires_at=START + timedelta(days=4)),
            message(5, valid_from=START + timedelta(days=5)),
            message(6, valid_to=START + timedelta(days=6)),
        ],
        1,
    )
    seen = {days: view(index, days).all().tolist() for days in (0, 1, 2, 3, 4, 5, 6, 5, 3, 0)}
    assert seen == {
        0: [1, 3, 4, 6],
        1: [1, 3, 4, 6],
        2: [1, 2, 3, 4, 6],
        3: [1, 2, 4, 6],
        4: [1, 2, 6],
        5: [1, 2, 5, 6],
        6: [1, 2, 5],
    }
    index.apply([message(7, live_from=START + timedelta(days=6, hours=1))], 2)
    assert view(index, 6).all().tolist() == [1, 2, 5]
    assert view(index, 7).all().tolist() == [1, 2, 5, 7]


def test_more_kinds_of_calls_than_are_kept_are_answered_all_the_same() -> None:
    index = filled(40)
    for _ in range(2):
        for days in range(20):
            asked = Visibility(since=START - timedelta(days=days))
            found = index.view(
                EVERYBODY, asked, START, terms=(), vector=np.zeros(DIMENSIONS, np.float32)
            )
            assert found.size == 40
        index.apply([message(40)], 41)
        index.apply([Purge("mem_40")], 42)


def test_maintenance_leaves_older_views_as_they_were() -> None:
    sizes = Sizes(exact=4, late_vectors=4, late_chunks=4, late_share=9999, dead=0)
    index = EmbeddedRecallIndex(DIMENSIONS, sizes)
    draw = np.random.default_rng(1)
    vectors = draw.normal(size=(200, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chunks = [message(n, vector=vector) for n, vector in enumerate(vectors)]
    index.apply(chunks[:100], 1)
    old = view(index, vector=vectors[0])
    told = old.dense(30).numbers.tolist(), old.statistics().chunk_frequency.tolist()
    changes: list[Change] = [Purge(f"mem_{n}") for n in range(0, 100, 2)]
    index.apply(changes, 2)
    index.apply(chunks[100:], 3)
    again = old.dense(30).numbers.tolist(), old.statistics().chunk_frequency.tolist()
    assert again == told
    fresh = view(index, vector=vectors[0])
    assert fresh.size == 150
    assert not set(fresh.dense(150).numbers.tolist()) & set(range(0, 100, 2))


def test_a_group_or_a_name_that_nobody_sees_is_not_counted() -> None:
    hidden = message(3, group="hidden", state=State.ARCHIVED, names=("ben",), terms=("ben", "tea"))
    index = filled(2)
    index.apply([hidden, replace(hidden, number=4, cube_id="mem_4", group="")], 3)
    found = view(index)
    assert found.statistics().groups == 1
    assert found.named(("ben", "ada"), 9).numbers.tolist() == [0, 1]
    assert found.named(("ben",), 9).numbers.size == 0
    assert found.named((), 9).numbers.size == 0
    assert found.groups(np.array([77])).lengths.tolist() == [0]
