"""What is past its ``purge_at`` is gone from every read, though its row still lies there."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from memory_os import Memory
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal
from memory_os.domain.scope import Scope
from memory_os.errors import NotFound
from memory_os_api.transfer import stored
from tests.unit.kernel.stage import DAY, START, kernel, only, opened

TICK = timedelta(microseconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(clock: ManualClock) -> Iterator[Memory]:
    with opened(clock) as opened_one:
        yield opened_one


def readable(memory: Memory, memory_id: str) -> set[str]:
    """Return the ways in which the memory can still be read."""
    ways = set()
    for name, read in (
        ("as_of", lambda: memory.get(memory_id, as_of=START)),
        ("history", lambda: memory.history(memory_id)),
    ):
        try:
            read()
        except NotFound:
            continue
        ways.add(name)
    listed = memory.get_all(states=["expired"]).results
    ways |= {"listed"} if memory_id in [each.id for each in listed] else set()
    exported = stored(kernel(memory), Principal(), Scope())
    return ways | ({"exported"} if memory_id in [each.id for each in exported] else set())


EVERY_WAY = {"as_of", "history", "listed", "exported"}


@pytest.mark.parametrize("ends", ["deleted", "lapsed"])
def test_every_read_ends_at_purge_at(memory: Memory, clock: ManualClock, ends: str) -> None:
    tea = only(memory.add("Ada drinks tea.", ttl_seconds=60 if ends == "lapsed" else None)).id
    if ends == "deleted":
        clock.advance(TICK)
        memory.delete(tea)
    else:
        clock.advance(timedelta(seconds=60))
    clock.advance(30 * DAY - TICK)
    assert readable(memory, tea) == EVERY_WAY
    clock.advance(TICK)
    assert readable(memory, tea) == set()


def test_a_page_is_full_although_purged_ones_lie_between(
    memory: Memory, clock: ManualClock
) -> None:
    ids = [only(memory.add(f"text {number}")).id for number in range(6)]
    for number in (0, 2, 3):
        memory.delete(ids[number])
    clock.advance(30 * DAY)
    for number in (1, 4, 5):
        memory.delete(ids[number])
    first = memory.get_all(states=["expired"], limit=2)
    assert [each.id for each in first.results] == [ids[1], ids[4]]
    rest = memory.get_all(states=["expired"], limit=2, cursor=first.next_cursor)
    assert ([each.id for each in rest.results], rest.next_cursor) == ([ids[5]], None)
