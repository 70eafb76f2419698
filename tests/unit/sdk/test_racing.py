"""Writers of one file that get in each other's way: nothing lost, nothing doubled, no refusal."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest

import memory_os
from memory_os import Memory
from tests.unit.kernel.stage import WordEmbeddings, kernel, only

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
