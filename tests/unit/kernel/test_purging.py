"""What is past its ``purge_at`` is gone from every read, though its row still lies there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from memory_os import Memory
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal
from memory_os.domain.journal import Note
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Govern, Write
from memory_os.errors import NotFound
from memory_os_api.transfer import stored
from tests.unit.kernel.stage import DAY, START, cube, kernel, only, opened

TICK = timedelta(microseconds=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(clock: ManualClock) -> Iterator[Memory]:
    with opened(clock) as opened_one:
        yield opened_one


def _found_at_start(memory: Memory, memory_id: str) -> None:
    found = memory.search("Ada tea", as_of=START + TICK).results
    if memory_id not in [hit.id for hit in found]:
        raise NotFound("not found by a search of the past")


def readable(memory: Memory, memory_id: str) -> set[str]:
    """Return the ways in which the memory can still be read."""
    ways = set()
    for name, read in (
        ("as_of", lambda: memory.get(memory_id, as_of=START)),
        ("history", lambda: memory.history(memory_id)),
        ("searched", lambda: _found_at_start(memory, memory_id)),
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


EVERY_WAY = {"as_of", "history", "listed", "exported", "searched"}


@pytest.mark.parametrize("ends", ["deleted", "lapsed"])
def test_every_read_ends_at_purge_at(memory: Memory, clock: ManualClock, ends: str) -> None:
    tea = only(memory.add("Ada drinks tea.", ttl_seconds=60 if ends == "lapsed" else None)).id
    if ends == "deleted":
        clock.advance(2 * TICK)
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


def test_what_is_kept_longer_while_its_purge_is_planned_stays_and_the_rest_goes(
    memory: Memory, clock: ManualClock
) -> None:
    tea, oslo = (only(memory.add(text)).id for text in ("Ada drinks tea.", "Bob is in Oslo."))
    for one in (tea, oslo):
        memory.delete(one)
    clock.advance(30 * DAY)
    whole = kernel(memory)
    meanwhile = [tea]

    def check() -> None:
        if meanwhile:
            _retained(memory, meanwhile.pop())

    receipts = whole.erasing.purge_due("default", check)
    assert [[each.id for each in receipt.closure] for receipt in receipts] == [[oslo]]
    assert whole.parts.erasures.tombstone("default", tea) is None
    assert whole.erasing.due("default") == []
    assert whole.parts.store.verify() == []


def _retained(memory: Memory, memory_id: str) -> None:
    """Have a memory kept for another year, as somebody else may while a purge is at work."""
    found = cube(memory, memory_id)
    lifespan = replace(found.governance.lifespan, retain_until=START + 365 * DAY)
    kept = replace(found.governance, lifespan=lifespan)
    note = Note("local", "govern", (memory_id,))
    op = Govern(memory_id, found.version.number, kept, note, found.governance)
    store = kernel(memory).parts.store
    store.write(Write("default", kernel(memory).parts.clock.now(), (op,)))
