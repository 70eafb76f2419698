"""A request under a key happens once, whatever happens in between."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from memory_os import Memory
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal
from memory_os.domain.writing import Replay
from memory_os.errors import IdempotencyConflict, InvalidInput
from memory_os.kernel.memory_os import MemoryOS
from memory_os.ports.cube_store import CubeStore
from tests.unit.kernel.stage import START, kernel, only, opened, seen_by


def test_the_same_add_is_answered_alike_and_stored_once() -> None:
    with opened() as memory:
        turns: list[Any] = [{"content": "yes"}, {"content": "no"}]
        first = memory.add(turns, run_id="s1", idempotency_key="k1")
        again = memory.add(turns, run_id="s1", idempotency_key="k1")
        assert again == first
        assert [each.event for each in again.results] == ["ADD", "ADD"]
        assert len(memory.get_all(run_id="s1").results) == 2


def test_another_request_under_the_key_is_refused() -> None:
    with opened() as memory:
        memory.add("tea", user_id="ada", idempotency_key="k1")
        for other in ({"content": "cake"}, {"content": "tea", "user_id": "bob"}):
            with pytest.raises(IdempotencyConflict) as refused:
                memory.add_many([{"user_id": "ada", **other, "idempotency_key": "k1"}])
            assert "local" not in refused.value.message
        assert len(memory.get_all(scope_match="inherit").results) == 1


def test_a_touch_is_kept_under_its_key_too() -> None:
    with opened() as memory:
        memory.add("tea")
        touched = memory.add("tea", idempotency_key="k1")
        assert only(touched).event == "TOUCH"
        memory.update(only(touched).id, tags=["x"])
        assert memory.add("tea", idempotency_key="k1") == touched
        with pytest.raises(IdempotencyConflict):
            memory.add("cake", idempotency_key="k1")


def test_a_refused_add_does_not_use_up_its_key() -> None:
    with opened() as memory:
        memory.add("tea", external_id="x1")
        with pytest.raises(Exception, match="x1"):
            memory.add("cake", external_id="x1", idempotency_key="k1")
        assert only(memory.add("cake", external_id="x2", idempotency_key="k1")).event == "ADD"


def test_a_key_covers_a_whole_batch_and_a_batch_has_one() -> None:
    with opened() as memory:
        items: list[Any] = [{"content": "a", "idempotency_key": "k1"}, {"content": "b"}]
        first = memory.add_many(items)
        assert memory.add_many(items) == first
        with pytest.raises(IdempotencyConflict):
            memory.add_many(items[:1])
        two = [{"content": "c", "idempotency_key": key} for key in ("k2", "k3")]
        with pytest.raises(InvalidInput, match="one idempotency key"):
            memory.add_many(two)


def test_keys_of_other_callers_tenants_and_operations_do_not_meet() -> None:
    with opened() as memory:
        first = only(memory.add("tea", idempotency_key="k1"))
        colleague = seen_by(memory, id="colleague")
        assert only(colleague.add("cake", idempotency_key="k1")).event == "ADD"
        stranger = seen_by(memory, tenant="t2", id="local")
        assert only(stranger.add("ale", idempotency_key="k1")).event == "ADD"
        assert memory.update(first.id, "green tea", idempotency_key="k1").version == 2
        assert memory.update(first.id, "green tea", idempotency_key="k1").version == 2
        assert memory.update(first.id, "black tea", idempotency_key="k2").version == 3
        with pytest.raises(IdempotencyConflict):
            memory.update(first.id, "white tea", idempotency_key="k1")


def test_an_update_is_answered_as_it_was_though_the_memory_went_on() -> None:
    with opened() as memory:
        added = only(memory.add("tea"))
        first = memory.update(added.id, "green tea", expected_version=1, idempotency_key="k1")
        memory.update(added.id, "black tea")
        again = memory.update(added.id, "green tea", expected_version=1, idempotency_key="k1")
        assert again == first
        assert memory.get(added.id).memory == "black tea"


def test_a_key_is_forgotten_after_a_day() -> None:
    clock = ManualClock(START)
    with opened(clock) as memory:
        turn: list[Any] = [{"content": "yes"}]
        first = memory.add(turn, idempotency_key="k1")
        clock.advance(timedelta(hours=23, minutes=59))
        assert memory.add(turn, idempotency_key="k1") == first
        clock.advance(timedelta(minutes=2))
        assert only(memory.add(turn, idempotency_key="k1")).id != only(first).id


class LateReader:
    """A store that does not see a record the first time, as a racing caller would not."""

    def __init__(self, store: CubeStore) -> None:
        self._store = store
        self._late = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def replay(self, tenant_id: str, key: str, now: datetime) -> Replay | None:
        late, self._late = self._late, False
        return None if late else self._store.replay(tenant_id, key, now)


def test_the_loser_of_a_race_stores_nothing_and_hears_the_winners_answer() -> None:
    with opened() as memory:
        turn: list[Any] = [{"content": "yes"}]
        won = memory.add(turn, run_id="s1", idempotency_key="k1")
        parts = kernel(memory).parts
        late: Any = LateReader(parts.store)
        loser = Memory(MemoryOS(replace(parts, store=late)).connector(Principal()))
        assert loser.add(turn, run_id="s1", idempotency_key="k1") == won
        other: Any = LateReader(parts.store)
        loser = Memory(MemoryOS(replace(parts, store=other)).connector(Principal()))
        with pytest.raises(IdempotencyConflict):
            loser.add([{"content": "no"}], run_id="s1", idempotency_key="k1")
        assert len(memory.get_all(run_id="s1").results) == 1


def test_racing_calls_under_one_key_store_once_and_hear_the_same() -> None:
    with opened() as memory, ThreadPoolExecutor(8) as pool:
        turn: list[Any] = [{"content": "yes"}]
        calls = [
            pool.submit(memory.add, turn, run_id="s1", idempotency_key="k1") for _ in range(16)
        ]
        answers = {call.result().model_dump_json() for call in calls}
        assert len(answers) == 1
        assert len(memory.get_all(run_id="s1").results) == 1
