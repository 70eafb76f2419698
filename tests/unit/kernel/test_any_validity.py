"""What holds in the world at another time is listed, exported and deleted too."""

from typing import Any

from memory_os.clock import ManualClock
from tests.unit.kernel.stage import DAY, START, only, opened


def test_deleting_by_scope_reaches_what_holds_at_another_time() -> None:
    clock = ManualClock(START)
    with opened(clock) as memory:
        bounds: list[dict[str, Any]] = [
            {"valid_to": START - DAY}, {"valid_from": START + DAY}, {},
        ]  # fmt: skip
        past, future, now = (
            only(memory.add(f"fact {number}", user_id="ada", **bound)).id
            for number, bound in enumerate(bounds)
        )
        assert memory.delete_all(user_id="ada", valid_at=START, dry_run=True).ids == (now,)
        assert set(memory.delete_all(user_id="ada").ids) == {past, future, now}
        assert memory.get_all(user_id="ada", any_validity=True).results == ()


def test_a_listing_shows_what_holds_at_any_time_on_request() -> None:
    with opened() as memory:
        past = only(memory.add("past", user_id="ada", valid_to=START - DAY)).id
        now = only(memory.add("now", user_id="ada")).id
        assert [each.id for each in memory.get_all(user_id="ada").results] == [now]
        every = memory.get_all(user_id="ada", any_validity=True).results
        assert {each.id for each in every} == {past, now}
