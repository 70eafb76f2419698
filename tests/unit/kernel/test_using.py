"""Counting use: buffered, written together, never in the way of a read."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import ROLE_RIGHTS, Role
from memory_os.domain.scope import Scope
from memory_os.errors import AccessDenied, StoreBusy
from memory_os.sdk import Memory
from tests.unit.kernel.stage import (
    DAY,
    START,
    WordEmbeddings,
    cube,
    journal,
    kernel,
    only,
    opened,
    seen_by,
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(clock: ManualClock) -> Any:
    with opened(clock) as memory:
        yield memory


def tea(memory: Memory, **options: Any) -> str:
    return str(only(memory.add("Ada drinks tea", user_id="ada", **options)).id)


def writes(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    store, seen = kernel(memory).parts.store, list[Any]()
    write = store.write

    def noted(transaction: Any) -> Any:
        seen.append(transaction)
        return write(transaction)

    monkeypatch.setattr(store, "write", noted)
    return seen


def test_a_read_writes_nothing_until_it_is_due(
    memory: Memory, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tea(memory)
    seen = writes(memory, monkeypatch)
    for _ in range(50):
        memory.context("What does Ada drink?", user_id="ada")
    assert seen == []
    clock.advance(timedelta(seconds=30))
    memory.context("What does Ada drink?", user_id="ada")
    assert len(seen) == 1
    usage = cube(memory, one).usage
    assert (usage.in_context, usage.last_at) == (50, START)
    assert usage.strength == pytest.approx(1 + 50 * 0.25)


def test_many_memories_are_written_together(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = [f"note {number} of many" for number in range(300)]
    memory.add_many(notes, user_id="ada", ttl_seconds=60, refresh_on_read=True)
    seen = writes(memory, monkeypatch)
    memory.search("note", user_id="ada", top_k=300, threshold=0.0)
    assert [len(transaction.ops) for transaction in seen] == [300]


def test_being_found_alone_counts_nothing(
    memory: Memory, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tea(memory)
    seen = writes(memory, monkeypatch)
    memory.search("tea", user_id="ada")
    memory.get(one)
    clock.advance(DAY)
    memory.get(one)
    assert seen == []


def test_a_count_is_no_journal_entry_and_no_version(memory: Memory, clock: ManualClock) -> None:
    one = tea(memory)
    before = len(journal(memory))
    memory.context("What does Ada drink?", user_id="ada")
    clock.advance(DAY)
    assert memory.get(one).version == 1
    assert cube(memory, one).usage.in_context == 1
    assert len(journal(memory)) == before


def test_the_past_is_read_without_counting(memory: Memory, clock: ManualClock) -> None:
    one = tea(memory)
    then = clock.now()
    clock.advance(DAY)
    memory.context("What does Ada drink?", user_id="ada", as_of=then)
    memory.search("What does Ada drink?", user_id="ada", as_of=then)
    clock.advance(DAY)
    memory.get(one)
    assert cube(memory, one).usage.last_at is None


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    options: dict[str, Any] = {"clock": ManualClock(START), "embeddings": WordEmbeddings()}
    with memory_os.connect(url, **options) as memory:
        one = tea(memory)
        memory.context("What does Ada drink?", user_id="ada")
        assert cube(memory, one).usage.in_context == 0
    with memory_os.connect(url, **options) as memory:
        assert cube(memory, one).usage.in_context == 1


def test_two_processes_count_beside_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    options: dict[str, Any] = {"clock": ManualClock(START), "embeddings": WordEmbeddings()}
    with memory_os.connect(url, **options) as one, memory_os.connect(url, **options) as other:
        shared = tea(one)

        def ask(memory: Memory) -> None:
            for _ in range(20):
                memory.feedback(shared, "cited")

        threads = [threading.Thread(target=ask, args=(memory,)) for memory in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert cube(one, shared).usage.cited == 40


def test_a_store_that_takes_no_writes_keeps_no_read_from_answering(
    memory: Memory, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tea(memory)
    memory.context("What does Ada drink?", user_id="ada")
    clock.advance(DAY)

    def busy(_: Any) -> Any:
        raise StoreBusy("another writer")

    with monkeypatch.context() as patched:
        patched.setattr(kernel(memory).parts.store, "write", busy)
        assert memory.context("What does Ada drink?", user_id="ada").citations
        with pytest.raises(StoreBusy):
            memory.feedback(one, "cited")
    clock.advance(DAY)
    memory.get(one)
    usage = cube(memory, one).usage
    assert (usage.in_context, usage.cited) == (2, 0)


def test_a_store_opened_for_reading_counts_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    clock = ManualClock(START)
    options: dict[str, Any] = {"clock": clock, "embeddings": WordEmbeddings()}
    with memory_os.connect(url, **options) as memory:
        one = tea(memory)
    with memory_os.connect(f"{url}?mode=ro", **options) as memory:
        memory.context("What does Ada drink?", user_id="ada")
        clock.advance(DAY)
        assert memory.context("What does Ada drink?", user_id="ada").citations
        assert cube(memory, one).usage.in_context == 0


def test_a_use_in_time_keeps_a_memory_though_it_is_written_later(
    memory: Memory, clock: ManualClock
) -> None:
    one = tea(memory, ttl_seconds=86_400, refresh_on_read=True)
    clock.advance(0.9 * DAY)
    memory.search("tea", user_id="ada")
    clock.advance(0.5 * DAY)
    assert memory.get(one).expires_at == START + 1.9 * DAY
    assert memory.search("tea", user_id="ada").results[0].id == one
    assert journal(memory)[-1].note.action == "refresh"
    clock.advance(1.5 * DAY)
    assert memory.search("tea", user_id="ada").outcome == "empty"


def test_a_use_too_late_brings_nothing_back(memory: Memory, clock: ManualClock) -> None:
    one = tea(memory, ttl_seconds=60, refresh_on_read=True)
    memory.search("tea", user_id="ada")
    clock.advance(timedelta(seconds=61))
    with pytest.raises(memory_os.MemoryOSError):
        memory.get(one)


def test_feedback_is_journalled_and_needs_the_right_to_write(memory: Memory) -> None:
    one = tea(memory)
    reader = seen_by(memory, rights=ROLE_RIGHTS[Role.READ])
    with pytest.raises(AccessDenied):
        reader.feedback(one, "cited")
    stranger = seen_by(memory, bindings=Scope(user_id="bo"), tenant="other")
    with pytest.raises(memory_os.MemoryOSError, match="no memory"):
        stranger.feedback(one, "cited")
    seen_by(memory, id="agent-7").feedback(one, "unhelpful", reason="another Ada")
    note = journal(memory)[-1].note
    assert (note.actor, note.action, note.targets) == ("agent-7", "feedback", (one,))
    assert note.reason == "unhelpful: another Ada"
    assert kernel(memory).parts.store.verify() == []
