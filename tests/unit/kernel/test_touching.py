"""When the same text is touched, and when what is said of it makes it another memory."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from memory_os import Memory
from memory_os.clock import ManualClock
from tests.unit.kernel.stage import DAY, START, only, opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(clock: ManualClock) -> Iterator[Memory]:
    with opened(clock) as opened_one:
        yield opened_one


OTHERS: list[dict[str, Any]] = [
    {"valid_from": START - DAY}, {"valid_to": START + DAY}, {"ttl_seconds": 60},
    {"expires_at": START + DAY}, {"visibility": "private"}, {"semantic_type": "preference"},
    {"tags": ["x"]}, {"metadata": {"a": 1}},
]  # fmt: skip


@pytest.mark.parametrize("said", OTHERS, ids=lambda said: next(iter(said)))
def test_the_same_text_of_which_more_is_said_is_another_memory(
    memory: Memory, said: dict[str, Any]
) -> None:
    plain = only(memory.add("Ada drinks tea.", user_id="ada"))
    fuller = only(memory.add("Ada drinks tea.", user_id="ada", **said))
    assert (fuller.event, fuller.id != plain.id) == ("ADD", True)
    again = only(memory.add("Ada drinks tea.", user_id="ada", **said))
    assert (again.event, again.id) == ("TOUCH", fuller.id)
    together: list[Any] = ["cake", {"content": "cake", **said}, {"content": "cake", **said}]
    events = [each.event for each in memory.add_many(together, user_id="ada").results]
    assert events == ["ADD", "ADD", "TOUCH"]


def test_a_fact_that_held_before_and_holds_again_is_found(memory: Memory) -> None:
    text = "Ada lives in Oslo."
    memory.add(text, user_id="ada", valid_from=START - 900 * DAY, valid_to=START - 300 * DAY)
    assert memory.search(text, user_id="ada").results == ()
    now = only(memory.add(text, user_id="ada", valid_from=START - DAY))
    assert [hit.id for hit in memory.search(text, user_id="ada").results] == [now.id]


def test_a_lasting_fact_outlives_the_passing_one_of_the_same_text(
    memory: Memory, clock: ManualClock
) -> None:
    memory.add("The door is open.", user_id="ada", ttl_seconds=60)
    lasting = only(memory.add("The door is open.", user_id="ada"))
    clock.advance(timedelta(seconds=61))
    assert [each.id for each in memory.get_all(user_id="ada").results] == [lasting.id]
    assert only(memory.add("The door is open.", user_id="ada")).event == "TOUCH"


def test_the_second_of_two_external_ids_is_touched_too(memory: Memory) -> None:
    memory.add("tea", external_id="x1")
    second = only(memory.add("tea", external_id="x2"))
    again = only(memory.add("tea", external_id="x2"))
    assert (again.event, again.id) == ("TOUCH", second.id)
