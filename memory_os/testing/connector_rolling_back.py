"""Going back to a time or a version; part of ``MemorySuite``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from memory_os.errors import InvalidInput, NotFound
from memory_os.sdk import Memory
from memory_os.testing.connector_changing import UNKNOWN
from memory_os.testing.connector_travelling import TICK, PassTime

Tick = Callable[[], object]


class RollingBackTests:
    """``rollback`` of a memory and of a scope."""

    @pytest.fixture
    def tick(self, pass_time: PassTime) -> Tick:
        return lambda: pass_time(TICK)

    def test_a_scope_goes_back_and_forth(self, memory: Memory, tick: Tick) -> None:
        facts = ["One is red.", "Two is blue.", "Three is green.", "Four is grey."]
        ids = [added.id for added in memory.add_many(facts, user_id="ada").results]
        other = memory.add("Six is black.", user_id="ben").results[0].id
        tick()
        memory.snapshot("good", user_id="ada")
        tick()
        memory.update(ids[0], "One is pink.", tags=["paint"], priority="high")
        memory.delete(ids[1])
        memory.archive(ids[2])
        new = memory.add("Five is white.", user_id="ada").results[0].id
        memory.update(other, "Six is white.")
        tick()
        planned = memory.rollback("snapshot:good", user_id="ada", dry_run=True)
        assert memory.get(ids[0]).memory == "One is pink."
        done = memory.rollback("snapshot:good", user_id="ada", reason="a bad import")
        assert planned.results == done.results
        assert {each.id: each.changes for each in done.results} == {
            ids[0]: ("revised", "governed"),
            ids[1]: ("added",),
            ids[2]: ("transitioned",),
            new: ("removed",),
        }
        again = memory.get(ids[0])
        assert (again.memory, again.version, again.tags, again.priority) == (
            "One is red.", 3, (), "normal",
        )  # fmt: skip
        assert [r.memory for r in memory.get_all(user_id="ada").results] == facts
        assert memory.get(ids[2]).state == "generated"
        assert memory.get(other).memory == "Six is white."
        assert memory.diff("snapshot:good", user_id="ada").results == ()
        hits = memory.search("Which one is red?", user_id="ada").results
        assert hits[0].id == ids[0]
        with pytest.raises(NotFound):
            memory.get(new)
        tick()
        undone = memory.rollback(done.undo_to, user_id="ada")
        assert {each.id for each in undone.results} == {*ids[:3], new}
        assert (memory.get(ids[0]).memory, memory.get(ids[0]).version) == ("One is pink.", 4)
        assert memory.get(ids[2]).state == "archived"
        assert memory.get(new).memory == "Five is white."
        with pytest.raises(NotFound):
            memory.get(ids[1])

    def test_one_memory_goes_back_to_a_version_or_a_time(self, memory: Memory, tick: Tick) -> None:
        added = memory.add("One is red.", user_id="ada", tags=["a"]).results[0]
        for text in ("One is pink.", "One is blue."):
            tick()
            memory.update(added.id, text)
        second = memory.history(added.id).results[1].updated_at
        done = memory.rollback(memory_id=added.id, version=1, reason="it was right")
        assert [(r.version, r.from_version, r.changes) for r in done.results] == [
            (4, 1, ("revised",))
        ]
        assert (memory.get(added.id).memory, memory.get(added.id).tags) == ("One is red.", ("a",))
        tick()
        memory.rollback(second, memory_id=added.id)
        texts = [revision.memory for revision in memory.history(added.id).results]
        assert texts == [
            "One is red.", "One is pink.", "One is blue.", "One is red.", "One is pink.",
        ]  # fmt: skip
        tick()
        memory.delete(added.id)
        memory.rollback(memory_id=added.id, version=3)
        assert memory.get(added.id).memory == "One is blue."
        assert memory.rollback(memory_id=added.id, version=3).results == ()

    def test_what_is_held_stays_and_is_named(self, memory: Memory, tick: Tick) -> None:
        facts = ["One is red.", "Two is blue.", "Three is green."]
        ids = [added.id for added in memory.add_many(facts, user_id="ada").results]
        start = memory.get(ids[0]).created_at
        tick()
        memory.update(ids[0], "One is pink.")
        memory.freeze(ids[0])
        memory.update(ids[1], "Two is pink.")
        memory.quarantine(ids[1])
        memory.freeze(ids[2])
        new = memory.add("Five is white.", user_id="ada").results[0].id
        memory.freeze(new)
        tick()
        done = memory.rollback(start, user_id="ada")
        assert done.results == ()
        assert {each.id: each.reason for each in done.refused} == {
            ids[0]: "frozen",
            ids[1]: "quarantined",
            new: "frozen",
        }
        assert memory.get(ids[0]).memory == "One is pink."

    def test_an_external_id_that_was_taken_is_left_where_it_is(
        self, memory: Memory, tick: Tick
    ) -> None:
        old = memory.add("Code 1.", user_id="ada", external_id="code").results[0].id
        start = memory.get(old).created_at
        tick()
        memory.delete(old)
        new = memory.add("Code 2.", user_id="ada", external_id="code").results[0].id
        tick()
        refused = memory.rollback(start, memory_id=old).refused
        assert [each.reason for each in refused] == ["external_id_taken"]
        done = memory.rollback(start, user_id="ada")
        assert {each.id: each.changes for each in done.results} == {
            old: ("added",),
            new: ("removed",),
        }
        assert memory.get(old).external_id == "code"

    def test_an_external_id_that_is_held_back_keeps_nothing_else_from_going_back(
        self, memory: Memory, tick: Tick
    ) -> None:
        old = memory.add("Code 1.", user_id="ada", external_id="code").results[0].id
        other = memory.add("One is red.", user_id="ada").results[0].id
        start = memory.get(other).created_at
        tick()
        memory.delete(old)
        memory.delete(other)
        new = memory.add("Code 2.", user_id="ada", external_id="code").results[0].id
        memory.quarantine(new)
        tick()
        done = memory.rollback(start, user_id="ada")
        assert [each.id for each in done.results] == [other]
        reasons = {each.id: each.reason for each in done.refused}
        assert reasons == {old: "external_id_taken", new: "quarantined"}

    def test_what_was_pinned_in_the_archive_goes_back_there(
        self, memory: Memory, tick: Tick
    ) -> None:
        added = memory.add("One is red.", user_id="ada").results[0]
        memory.archive(added.id)
        memory.pin(added.id)
        tick()
        start = memory.snapshot("start", user_id="ada").at
        tick()
        memory.restore(added.id)
        memory.activate(added.id)
        memory.pin(added.id, pinned=False)
        tick()
        done = memory.rollback(start, user_id="ada")
        again = memory.get(added.id)
        assert (again.state, again.pinned, done.refused) == ("archived", True, ())
        tick()
        memory.rollback(done.undo_to, user_id="ada")
        assert (memory.get(added.id).state, memory.get(added.id).pinned) == ("activated", False)

    def test_what_is_merged_stays_merged(self, memory: Memory, tick: Tick) -> None:
        facts = ["The harbour is red.", "The harbour is quite red."]
        first, second = (a.id for a in memory.add_many(facts, user_id="ada").results)
        start = memory.get(first).created_at
        tick()
        merged = memory.merge([first, second], reason="the same").results[0].id
        tick()
        done = memory.rollback(start, user_id="ada")
        assert {each.id: each.reason for each in done.refused} == {
            first: "merged",
            second: "merged",
            merged: "merge_result",
        }
        assert done.results == ()

    def test_a_place_that_an_expired_memory_holds_is_freed(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        old = memory.add("Code 1.", user_id="ada", external_id="code").results[0].id
        start = memory.get(old).created_at
        pass_time(0.01)
        memory.delete(old)
        memory.add("Code 2.", user_id="ada", external_id="code", ttl_seconds=1)
        pass_time(1.05)
        done = memory.rollback(start, memory_id=old)
        assert (done.results[0].changes, done.refused) == (("added",), ())
        assert memory.get(old).external_id == "code"

    def test_an_expiry_that_has_come_is_not_repeated(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        added = memory.add("The kettle is on.", user_id="ada", ttl_seconds=1).results[0]
        start = memory.get(added.id).created_at
        pass_time(0.01)
        memory.update(added.id, "The kettle is off.", expires_at=start + timedelta(days=1))
        pass_time(1.05)
        memory.rollback(start, memory_id=added.id)
        again = memory.get(added.id)
        assert again.memory == "The kettle is on."
        assert again.expires_at == start + timedelta(days=1)

    def test_a_large_scope_goes_back_in_steps(self, memory: Memory, tick: Tick) -> None:
        kept = memory.add("Fact 0.", user_id="ada").results[0].id
        start = memory.get(kept).created_at
        tick()
        memory.add_many([f"Fact {n}." for n in range(1, 8)], user_id="ada")
        tick()
        done, steps = memory.rollback(start, user_id="ada", limit=3), 1
        while done.next_cursor is not None:
            done = memory.rollback(start, user_id="ada", limit=3, cursor=done.next_cursor)
            steps += 1
        assert steps == 3
        assert [record.id for record in memory.get_all(user_id="ada").results] == [kept]

    def test_the_same_rollback_is_done_once(self, memory: Memory, tick: Tick) -> None:
        added = memory.add("One is red.", user_id="ada").results[0]
        start = memory.get(added.id).created_at
        tick()
        memory.update(added.id, "One is pink.")
        tick()
        asked: dict[str, Any] = {"memory_id": added.id, "idempotency_key": "once"}
        done = memory.rollback(start, **asked)
        assert memory.rollback(start, **asked) == done
        assert memory.get(added.id).version == 3

    def test_a_rollback_needs_one_goal_and_a_place(self, memory: Memory) -> None:
        now = "2030-01-01T00:00:00Z"
        wrong: tuple[dict[str, Any], ...] = (
            {"user_id": "ada"},
            {"to": now},
            {"to": now, "memory_id": UNKNOWN, "version": 1},
            {"version": 1, "user_id": "ada"},
            {"to": now, "memory_id": UNKNOWN, "user_id": "ada"},
        )
        for fields in wrong:
            with pytest.raises(InvalidInput):
                memory.rollback(**fields)
        with pytest.raises(NotFound):
            memory.rollback(now, memory_id=UNKNOWN)
        with pytest.raises(NotFound):
            memory.rollback("snapshot:nothing", user_id="ada")
        added = memory.add("One is red.", user_id="ada").results[0]
        with pytest.raises(NotFound):
            memory.rollback(memory_id=added.id, version=2)
