"""Writers of one file that get in each other's way: nothing lost, nothing doubled, no refusal."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest

import memory_os
from memory_os import Memory
from memory_os.clock import ManualClock
from memory_os.domain import payload as forms
from memory_os.domain.writing import Write
from tests.unit.kernel.stage import START, WordEmbeddings, cube, kernel, only, opened, saying

THREADS = 8
Answer = TypeVar("Answer")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    url = f"sqlite:///{tmp_path}/m.db"
    with memory_os.connect(url, embeddings=WordEmbeddings()) as opened_one:
        yield opened_one
        assert kernel(opened_one).parts.store.verify() == []


def together(act: Callable[[int], Answer], threads: int = THREADS) -> list[Answer]:
    """Run ``act`` in threads that start at the same moment."""
    start = Barrier(threads)

    def run(number: int) -> Answer:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def test_a_scope_is_deleted_while_others_change_what_is_in_it(memory: Memory) -> None:
    texts: list[Any] = [f"fact {number}" for number in range(40)]
    ids = [each.id for each in memory.add_many(texts, user_id="ada").results]

    def act(thread: int) -> int:
        if thread == 0:
            return memory.delete_all(user_id="ada").deleted
        changed = 0
        for memory_id in ids[thread::THREADS]:
            try:
                memory.update(memory_id, tags=[f"by {thread}"])
            except memory_os.errors.NotFound:
                continue
            changed += 1
        return changed

    assert together(act)[0] == len(ids)
    assert memory.get_all(user_id="ada").results == ()


def test_deleting_a_scope_goes_by_what_it_is_when_it_is_stored(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = only(memory.add("one", user_id="ada")).id
    store = kernel(memory).parts.store
    find, late = store.find, [lambda: memory.pin(one)]

    def found(*asked: Any) -> Any:
        page = find(*asked)
        if late:
            late.pop()()
        return page

    monkeypatch.setattr(store, "find", found)
    assert memory.delete_all(user_id="ada").ids == (one,)


def test_turns_of_one_session_are_told_apart_and_have_no_gap(memory: Memory) -> None:
    def talk(thread: int) -> None:
        for number in range(10):
            memory.add([{"content": f"{thread}: {number}"}], user_id="ada", run_id="s1")

    together(talk)
    assert sorted(turns(memory)) == list(range(1, 10 * THREADS + 1))


def turns(memory: Memory) -> list[int]:
    said = [cube(memory, each.id).payload for each in memory.get_all(run_id="s1").results]
    return [turn.turn for turn in said if isinstance(turn, forms.Message)]


def test_one_fact_said_by_all_at_once_is_one_memory(memory: Memory) -> None:
    for number in range(5):
        said = together(lambda _, n=number: only(memory.add(f"fact {n}", user_id="ada")))
        assert len({each.id for each in said}) == 1
        assert sorted(each.event for each in said) == ["ADD"] + ["TOUCH"] * (THREADS - 1)
    assert len(memory.get_all(user_id="ada").results) == 5


def test_the_same_batch_from_all_at_once_is_stored_once(memory: Memory) -> None:
    texts: list[Any] = [f"fact {number}" for number in range(50)]
    together(lambda _: memory.add_many(texts, user_id="ada"))
    assert len(memory.get_all(user_id="ada").results) == 50


def test_two_stores_on_one_file_do_not_double_a_fact_or_a_turn(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    with (
        memory_os.connect(url, embeddings=WordEmbeddings()) as one,
        memory_os.connect(url, embeddings=WordEmbeddings()) as two,
    ):

        def both(thread: int) -> None:
            mine = (one, two)[thread % 2]
            for number in range(8):
                mine.add(f"fact {number}", user_id="ada")
                mine.add([{"content": f"{thread}: {number}"}], user_id="ada", run_id="s1")

        together(both, 4)
        assert len(one.get_all(user_id="ada", filters={"semantic_type": "fact"}).results) == 8
        assert sorted(turns(one)) == list(range(1, 33))


def test_a_model_is_asked_once_though_the_add_is_planned_twice(tmp_path: Path) -> None:
    url, found = f"sqlite:///{tmp_path}/m.db", [{"fact": "Ada drinks tea.", "quote": "tea"}]
    words = Counting()
    with memory_os.connect(url, embeddings=words, language_model=saying(found, [])) as memory:
        store = kernel(memory).parts.store
        write, late = store.write, [lambda: memory.add("I like tea", user_id="ada")]

        def written(asked: Write) -> Any:
            if late:
                late.pop()()
            return write(asked)

        store.write = written  # type: ignore[method-assign]
        words.texts.clear()
        added = memory.add("I like tea", user_id="ada", infer=True).results
        assert [(each.event, each.memory) for each in added] == [
            ("TOUCH", "I like tea"), ("ADD", "Ada drinks tea."),
        ]  # fmt: skip
        assert sorted(words.texts) == ["Ada drinks tea.", "I like tea", "I like tea"]
        assert cube(memory, added[1].id).version.parents[0].cube_id == added[0].id


class Counting(WordEmbeddings):
    """Remember what was embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts += texts
        return super().embed_documents(texts)


def test_what_is_restored_while_its_room_is_wanted_stays(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(clock) as memory:
        first = only(memory.add("tea", user_id="ada", external_id="x", ttl_seconds=60)).id
        clock.advance(timedelta(minutes=2))
        store = kernel(memory).parts.store
        write, late = store.write, [lambda: memory.restore(first)]

        def written(asked: Write) -> Any:
            if late:
                late.pop()()
            return write(asked)

        monkeypatch.setattr(store, "write", written)
        again = only(memory.add("tea", user_id="ada", ttl_seconds=60))
        assert (again.id, again.event) == (first, "TOUCH")
        assert memory.get(first).state == "generated"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)
