"""The time machine: what changed, named moments, going back; part of ``MemorySuite``."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from memory_os.domain.operations.past import (
    Difference,
)
from memory_os.errors import AlreadyExists, InvalidCursor, InvalidInput, NotFound
from memory_os.sdk import AsyncMemory, Memory

PassTime = Callable[[float], object]
INSTANT = timedelta(microseconds=1)
TICK = 0.01


class TravellingTests:
    """``diff``, ``snapshot``, ``rollback``, and states and expiries of the past."""

    @pytest.fixture
    def tick(self, pass_time: PassTime) -> Callable[[], object]:
        return lambda: pass_time(TICK)

    def test_the_past_is_told_in_the_state_of_then(
        self, memory: Memory, tick: Callable[[], object]
    ) -> None:
        added = memory.add("The harbour code is 12.", user_id="ada").results[0]
        created = memory.get(added.id).created_at
        tick()
        archived = stamp(memory, memory.archive(added.id).id)
        tick()
        memory.restore(added.id)
        assert memory.get(added.id, as_of=created).state == "generated"
        assert memory.get(added.id, as_of=archived).state == "archived"
        for moment, outcome in ((created, "found"), (archived, "empty"), (None, "found")):
            found = memory.search("harbour code", user_id="ada", as_of=moment)
            assert found.outcome == outcome
            assert all(hit.state == "generated" for hit in found.results)
        states = ["archived"]
        found = memory.search("harbour code", user_id="ada", as_of=archived, states=states)
        assert [hit.state for hit in found.results] == ["archived"]
        assert "12" in memory.context("harbour code", user_id="ada", as_of=created).text
        assert memory.context("harbour code", user_id="ada", as_of=archived).text == ""
        listed = memory.get_all(user_id="ada", as_of=archived).results
        assert [record.state for record in listed] == ["archived"]
        assert memory.get_all(user_id="ada", as_of=archived, states=["generated"]).results == ()

    def test_what_was_deleted_then_is_not_there_then(
        self, memory: Memory, tick: Callable[[], object]
    ) -> None:
        added = memory.add("The harbour code is 12.", user_id="ada").results[0]
        tick()
        purge_at = memory.delete(added.id).purge_at
        assert purge_at is not None
        gone = purge_at - timedelta(days=30)
        tick()
        memory.restore(added.id)
        with pytest.raises(NotFound):
            memory.get(added.id, as_of=gone)
        assert memory.search("harbour", user_id="ada", as_of=gone).outcome == "empty"
        assert memory.get_all(user_id="ada", as_of=gone).results == ()
        assert memory.get(added.id).state == "generated"

    def test_an_expiry_that_was_moved_still_ended_what_it_ended(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        added = memory.add("The kettle is on.", user_id="ada", ttl_seconds=1).results[0]
        ended = memory.get(added.id).created_at + timedelta(seconds=1)
        pass_time(1.05)
        memory.restore(added.id)
        assert memory.search("kettle", user_id="ada").outcome == "found"
        assert memory.search("kettle", user_id="ada", as_of=ended).outcome == "empty"
        assert memory.get_all(user_id="ada", as_of=ended).results == ()
        with pytest.raises(NotFound):
            memory.get(added.id, as_of=ended)
        before = ended - INSTANT
        assert memory.get(added.id, as_of=before).expires_at == ended
        assert memory.search("kettle", user_id="ada", as_of=before).outcome == "found"

    def test_filters_look_at_the_governance_of_then(
        self, memory: Memory, tick: Callable[[], object]
    ) -> None:
        added = memory.add("The harbour code is 12.", user_id="ada").results[0]
        then = memory.get(added.id).created_at
        tick()
        memory.update(added.id, pinned=True, priority="high")
        for moment, pinned in ((then, False), (None, True)):
            asked: dict[str, Any] = {"user_id": "ada", "as_of": moment}
            asked["filters"] = {"pinned": pinned}
            assert memory.search("harbour", **asked).outcome == "found"
            assert [m.pinned for m in memory.get_all(**asked).results] == [pinned]
            asked["filters"] = {"pinned": not pinned}
            assert memory.search("harbour", **asked).results == ()
        assert memory.get(added.id, as_of=then).priority == "normal"

    def test_one_memory_is_read_if_it_holds_then(self, memory: Memory) -> None:
        until = "2030-05-01T00:00:00Z"
        added = memory.add("Ada lives in Oslo.", user_id="ada", valid_to=until).results[0]
        assert memory.get(added.id, valid_at="2030-04-30T23:59:59Z").id == added.id
        with pytest.raises(NotFound):
            memory.get(added.id, valid_at=until)
        with pytest.raises(InvalidInput):
            memory.get(added.id, valid_at="tomorrow")

    def test_a_diff_tells_added_removed_revised_and_moved(
        self, memory: Memory, tick: Callable[[], object]
    ) -> None:
        facts = ["One is red.", "Two is blue.", "Three is green.", "Four is grey."]
        ids = [added.id for added in memory.add_many(facts, user_id="ada").results]
        start = memory.get(ids[0]).created_at
        tick()
        memory.update(ids[0], "One is pink.", tags=["paint"])
        memory.delete(ids[1])
        memory.archive(ids[2])
        memory.pin(ids[2])
        new = memory.add("Five is white.", user_id="ada").results[0].id
        memory.add("Six is black.", user_id="ben")
        tick()
        found = {each.id: each for each in memory.diff(start, user_id="ada").results}
        assert {key: each.changes for key, each in found.items()} == {
            ids[0]: ("revised",),
            ids[1]: ("removed",),
            ids[2]: ("transitioned", "governed"),
            new: ("added",),
        }
        assert told(found[ids[0]]) == {
            "memory": ("One is red.", "One is pink."),
            "tags": ([], ["paint"]),
        }
        assert told(found[ids[2]]) == {
            "state": ("generated", "archived"),
            "pinned": (False, True),
        }
        assert (found[ids[1]].after, found[new].before) == (None, None)
        removed = found[ids[1]].before
        assert removed is not None
        assert removed.memory == "Two is blue."
        assert memory.diff(start, start, user_id="ada").results == ()

    def test_what_came_back_to_what_it_was_is_no_difference(
        self, memory: Memory, tick: Callable[[], object]
    ) -> None:
        added = memory.add("One is red.", user_id="ada").results[0]
        start = memory.get(added.id).created_at
        tick()
        memory.update(added.id, "One is pink.")
        memory.update(added.id, "One is red.")
        memory.archive(added.id)
        memory.restore(added.id)
        tick()
        assert memory.diff(start, user_id="ada").results == ()

    def test_a_diff_comes_in_pages(self, memory: Memory, tick: Callable[[], object]) -> None:
        first = memory.add("Fact 0.", user_id="ada").results[0]
        start = memory.get(first.id).created_at
        tick()
        memory.add_many([f"Fact {n}." for n in range(1, 8)], user_id="ada")
        tick()
        whole = memory.diff(start, user_id="ada")
        assert (len(whole.results), whole.next_cursor) == (7, None)
        seen: list[str] = []
        page = memory.diff(start, user_id="ada", limit=3)
        tick()
        memory.add("Fact 9, which came too late.", user_id="ada")
        while True:
            seen += [each.id for each in page.results]
            if page.next_cursor is None:
                break
            page = memory.diff(start, user_id="ada", limit=3, cursor=page.next_cursor)
        assert seen == [each.id for each in whole.results]
        for cursor in ("nonsense", "1.2.mem_x", ""):
            with pytest.raises(InvalidCursor):
                memory.diff(start, user_id="ada", cursor=cursor)

    def test_a_diff_needs_its_times_in_order(
        self, memory: Memory, tick: Callable[[], object]
    ) -> None:
        added = memory.add("One is red.", user_id="ada").results[0]
        start = memory.get(added.id).created_at
        tick()
        with pytest.raises(InvalidInput):
            memory.diff(start, start - INSTANT, user_id="ada")
        with pytest.raises(InvalidInput):
            memory.diff("yesterday", user_id="ada")

    def test_a_snapshot_names_a_moment(self, memory: Memory, tick: Callable[[], object]) -> None:
        added = memory.add("The meeting is in room Fjord.", user_id="ada").results[0]
        tick()
        made = memory.snapshot("before-move", user_id="ada", reason="the firm moves")
        tick()
        memory.update(added.id, "The meeting is in room Skerry.")
        named = "snapshot:before-move"
        assert "Fjord" in memory.get(added.id, as_of=named).memory
        hits = memory.search("meeting room", user_id="ada", as_of=named).results
        assert ["Fjord" in hit.memory for hit in hits] == [True]
        assert "Fjord" in memory.context("meeting room", user_id="ada", as_of=named).text
        listed = memory.get_all(user_id="ada", as_of=named).results
        assert ["Fjord" in record.memory for record in listed] == [True]
        changed = memory.diff(named, user_id="ada")
        assert [each.changes for each in changed.results] == [("revised",)]
        assert changed.start == made.at
        assert memory.snapshots(user_id="ada").results == (made,)
        assert (made.user_id, made.reason) == ("ada", "the firm moves")
        assert made.seq == memory.audit(target=added.id, action="create").results[0].seq

    def test_a_name_is_one_scopes(self, memory: Memory, tick: Callable[[], object]) -> None:
        memory.add("One is red.", user_id="ada")
        first = memory.snapshot("start", user_id="ada")
        tick()
        second = memory.snapshot("start", user_id="ben")
        tick()
        third = memory.snapshot("other")
        with pytest.raises(AlreadyExists):
            memory.snapshot("start", user_id="ada")
        assert memory.snapshots().results == (first, second, third)
        assert memory.snapshots(user_id="ben").results == (second,)
        assert memory.diff("snapshot:start", user_id="ada").start == first.at
        assert memory.diff("snapshot:other", user_id="ada").start == third.at
        with pytest.raises(InvalidInput):
            memory.diff("snapshot:start")
        with pytest.raises(NotFound):
            memory.delete_snapshot("start")
        assert memory.delete_snapshot("start", user_id="ada") == first
        with pytest.raises(NotFound):
            memory.search("red", user_id="ada", as_of="snapshot:start")
        with pytest.raises(NotFound):
            memory.delete_snapshot("start", user_id="ada")

    @pytest.mark.parametrize("name", ["", "a b", "../x", "-a", "x" * 129, "é"])
    def test_a_name_fits_into_a_path(self, memory: Memory, name: str) -> None:
        with pytest.raises(InvalidInput):
            memory.snapshot(name)
        with pytest.raises(InvalidInput):
            memory.search("red", as_of=f"snapshot:{name}")
        with pytest.raises(NotFound):
            memory.delete_snapshot(name)

    def test_asyncio_code_travels_too(self, memory: Memory) -> None:
        async def travel() -> tuple[int, int, int]:
            twin = AsyncMemory(memory)
            added = (await twin.add("One is red.", user_id="ada")).results[0]
            created = (await twin.get(added.id)).created_at
            await twin.snapshot("now", user_id="ada")
            listed = (await twin.snapshots(user_id="ada")).results
            changed = (await twin.diff(created - INSTANT, user_id="ada")).results
            done = await twin.rollback(created - INSTANT, memory_id=added.id)
            await twin.delete_snapshot("now", user_id="ada")
            return len(listed), len(changed), len(done.results)

        assert asyncio.run(travel()) == (1, 1, 1)


def told(difference: Difference) -> dict[str, tuple[object, object]]:
    """Return each changed field with its two values."""
    return {field.name: (field.before, field.after) for field in difference.fields}


def stamp(memory: Memory, memory_id: str) -> datetime:
    """Return the moment of the last change of a memory."""
    end = memory.get(memory_id).created_at + timedelta(days=1)
    return _last_change(memory, memory_id, memory.get(memory_id).created_at, end)


def _last_change(memory: Memory, memory_id: str, low: datetime, high: datetime) -> datetime:
    """Return from when on the memory stands as it does now, found by halving."""
    now = memory.get(memory_id).state
    while high - low > INSTANT:
        middle = low + (high - low) / 2
        if memory.get(memory_id, as_of=middle).state == now:
            high = middle
        else:
            low = middle
    return high
