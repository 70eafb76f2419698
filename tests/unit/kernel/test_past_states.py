"""The past is judged by the states of its moment, alike by get, list and search."""

from datetime import UTC, datetime, timedelta

import pytest

import memory_os
from memory_os import ManualClock, Memory
from memory_os.errors import NotFound

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def seen(memory: Memory, memory_id: str, moment: datetime) -> tuple[bool, bool, bool]:
    """Tell whether search, list and get show the memory at a moment."""
    hits = memory.search("kettle", as_of=moment).results
    listed = memory.get_all(as_of=moment).results
    try:
        memory.get(memory_id, as_of=moment)
        got = True
    except NotFound:
        got = False
    return bool(hits), bool(listed), got


def test_an_archived_memory_was_recalled_before() -> None:
    clock = ManualClock(START)
    with memory_os.connect("sqlite://", clock=clock) as memory:
        kettle = memory.add("The kettle whistles.").results[0].id
        clock.advance(DAY)
        memory.archive(kettle)
        clock.advance(DAY)
        assert seen(memory, kettle, START + DAY / 2) == (True, True, True)
        assert not memory.search("kettle").results


@pytest.mark.parametrize(("days", "there"), [(0.5, True), (1.5, False), (2.5, True)])
def test_a_memory_is_not_there_between_its_deletion_and_its_return(
    days: float, *, there: bool
) -> None:
    clock = ManualClock(START)
    with memory_os.connect("sqlite://", clock=clock) as memory:
        kettle = memory.add("The kettle whistles.").results[0].id
        clock.advance(DAY)
        memory.delete(kettle)
        clock.advance(DAY)
        memory.restore(kettle)
        clock.advance(DAY)
        assert seen(memory, kettle, START + days * DAY) == (there, there, there)
