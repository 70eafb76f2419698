"""Merging, unmerging, duplicates; part of ``MemorySuite``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from memory_os.domain.operations import Memory as Record
from memory_os.errors import (
    IdempotencyConflict,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from memory_os.sdk import Memory
from memory_os.testing.connector_changing import UNKNOWN

PassTime = Callable[[float], object]
ONE = "Ada visits Oslo on Monday."
OTHER = "On Monday, Ada visits Oslo"


def pair(memory: Memory, **options: object) -> tuple[Record, Record]:
    """Store two memories that say the same and return them as they stand."""
    added = memory.add_many([ONE, OTHER], **{"user_id": "ada", **options})  # type: ignore[arg-type]
    one, other = (memory.get(each.id) for each in added.results)
    return one, other


class MergingTests:
    """Merge, unmerge, duplicates."""

    def test_recall_sees_only_the_result_of_a_merge(self, memory: Memory) -> None:
        one, other = pair(memory)
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        hits = memory.search("When does Ada visit Oslo?", user_id="ada", threshold=0.0).results
        assert [hit.id for hit in hits] == [merged.id]
        assert [record.id for record in memory.get_all(user_id="ada").results] == [merged.id]
        context = memory.context("When does Ada visit Oslo?", user_id="ada")
        assert {citation.id for citation in context.citations} == {merged.id}

    def test_hits_and_histories_show_where_a_result_comes_from(self, memory: Memory) -> None:
        one, other = pair(memory)
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        assert {(edge.cube_id, edge.version, edge.role) for edge in merged.parents} == {
            (one.id, 1, "merge"),
            (other.id, 1, "merge"),
        }
        hit = memory.search("Oslo", user_id="ada", threshold=0.0).results[0]
        assert hit.parents == merged.parents
        assert [entry.change for entry in memory.history(merged.id).results] == ["merged"]
        assert merged.source_class == "consolidated"
        for parent in (one, other):
            behind = memory.get(parent.id)
            assert (behind.state, behind.merged_into) == ("merged", merged.id)
            assert behind.state_reason == "the same"
            assert memory.history(parent.id).results[-1].merged_into == merged.id

    def test_unmerging_brings_the_parents_back_as_they_were(self, memory: Memory) -> None:
        one, other = pair(memory, tags=["trips"], metadata={"x": 1})
        memory.archive(other.id)
        memory.freeze(other.id)
        memory.unfreeze(other.id, reason="thawed")
        before = [memory.get(one.id), memory.get(other.id)]
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        parted = memory.unmerge(merged.id, reason="not the same")
        assert [memory.get(one.id), memory.get(other.id)] == before
        assert list(parted.results) == before
        assert parted.kept is None
        assert (parted.archived.id, parted.archived.state) == (merged.id, "archived")
        hits = memory.search("Oslo", user_id="ada", threshold=0.0).results
        assert [hit.id for hit in hits] == [one.id]

    def test_what_was_edited_in_a_result_survives_unmerging(self, memory: Memory) -> None:
        one, other = pair(memory)
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        memory.update(merged.id, "Ada visits Oslo and Moss on Monday.", tags=["trips"])
        parted = memory.unmerge(merged.id)
        assert parted.kept is not None
        kept = memory.get(parted.kept.id)
        assert kept == parted.kept
        assert (kept.memory, kept.tags) == ("Ada visits Oslo and Moss on Monday.", ("trips",))
        assert [(edge.cube_id, edge.version) for edge in kept.parents] == [(merged.id, 2)]
        hits = memory.search("Moss", user_id="ada", threshold=0.0).results
        assert hits[0].id == kept.id
        assert {record.id for record in memory.get_all(user_id="ada").results} == {
            one.id, other.id, kept.id, merged.id,
        }  # fmt: skip

    def test_a_result_is_as_careful_as_its_most_careful_parent(self, memory: Memory) -> None:
        soon, late = "2031-01-01T00:00:00Z", "2032-01-01T00:00:00Z"
        first = memory.add(ONE, user_id="ada", tags=["a", "b"], expires_at=late, pinned=True)
        second = memory.add(
            OTHER,
            user_id="ada",
            tags=["b", "c"],
            expires_at=soon,
            sensitivity="confidential",
            source_class="retrieved",
            priority="high",
            confidence=0.5,
            metadata={"trip": 7},
        )
        memory.activate(second.results[0].id)
        ids = [first.results[0].id, second.results[0].id]
        merged = memory.merge(ids, reason="the same").results[0]
        assert (merged.trust, merged.sensitivity, merged.priority) == (
            "untrusted", "confidential", "high",
        )  # fmt: skip
        assert (merged.state, merged.pinned, merged.confidence) == ("activated", True, 0.5)
        assert set(merged.tags) == {"a", "b", "c"}
        assert merged.metadata == {"trip": 7}
        assert merged.expires_at is not None
        assert merged.expires_at.isoformat() == "2031-01-01T00:00:00+00:00"
        assert merged.memory == ONE, "what the more trusted says is taken"

    def test_a_result_may_say_what_the_caller_says(self, memory: Memory) -> None:
        one, other = pair(memory)
        text = "Ada goes to Oslo on Mondays."
        merged = memory.merge([one.id, other.id], reason="tidied", content=text).results[0]
        assert memory.get(merged.id).memory == text

    def test_a_dry_run_merges_and_parts_nothing(self, memory: Memory) -> None:
        one, other = pair(memory)
        planned = memory.merge([one.id, other.id], reason="tried", dry_run=True)
        assert planned.dry_run
        assert [parent.state for parent in planned.parents] == ["merged", "merged"]
        assert [memory.get(one.id), memory.get(other.id)] == [one, other]
        merged = memory.merge([one.id, other.id], reason="done").results[0]
        parted = memory.unmerge(merged.id, dry_run=True)
        assert parted.dry_run
        assert list(parted.results) == [one, other]
        assert memory.get(merged.id) == merged

    def test_what_is_frozen_or_held_is_not_merged(self, memory: Memory) -> None:
        one, other = pair(memory)
        memory.freeze(other.id)
        with pytest.raises(IllegalTransition) as caught:
            memory.merge([one.id, other.id], reason="tried")
        assert other.id in caught.value.message
        assert "unfreeze" in str(caught.value.detail["legal"])
        memory.unfreeze(other.id)
        memory.quarantine(other.id)
        with pytest.raises(IllegalTransition) as caught:
            memory.merge([one.id, other.id], reason="tried")
        assert "release" in str(caught.value.detail["legal"])
        assert memory.get(one.id) == one

    def test_only_memories_of_one_scope_are_merged(self, memory: Memory) -> None:
        one = memory.add(ONE, user_id="ada").results[0]
        other = memory.add(ONE, user_id="bo").results[0]
        with pytest.raises(IllegalTransition) as caught:
            memory.merge([one.id, other.id], reason="tried")
        assert caught.value.detail["reason"] == "other_scope"

    def test_what_holds_at_other_times_is_not_merged(self, memory: Memory) -> None:
        ends, starts = "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"
        one = memory.add(ONE, user_id="ada", valid_to=ends).results[0]
        other = memory.add(OTHER, user_id="ada", valid_from=starts).results[0]
        with pytest.raises(InvalidInput):
            memory.merge([one.id, other.id], reason="tried")

    def test_a_merge_needs_memories_that_are_there(self, memory: Memory) -> None:
        one, other = pair(memory)
        memory.delete(other.id)
        for ids in ([one.id, other.id], [one.id, UNKNOWN]):
            with pytest.raises(NotFound):
                memory.merge(ids, reason="tried")
        for wrong in ([one.id], [one.id, one.id], []):
            with pytest.raises(InvalidInput):
                memory.merge(wrong, reason="tried")
        with pytest.raises(InvalidInput):
            memory.merge(one.id, reason="tried")

    def test_only_the_result_of_a_merge_is_taken_apart(self, memory: Memory) -> None:
        one, other = pair(memory)
        for memory_id in (one.id, UNKNOWN):
            with pytest.raises(NotFound):
                memory.unmerge(memory_id)
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        memory.unmerge(merged.id)
        with pytest.raises(IllegalTransition) as caught:
            memory.unmerge(merged.id)
        assert caught.value.detail["legal"] is not None

    def test_a_merge_of_merges_is_taken_apart_from_outside_in(self, memory: Memory) -> None:
        one, other = pair(memory)
        third = memory.get(memory.add("Ada is in Oslo on Mondays.", user_id="ada").results[0].id)
        inner = memory.merge([one.id, other.id], reason="first").results[0]
        outer = memory.merge([inner.id, third.id], reason="then").results[0]
        with pytest.raises(IllegalTransition):
            memory.unmerge(inner.id)
        assert [item.id for item in memory.unmerge(outer.id).results] == [inner.id, third.id]
        assert memory.get(inner.id) == inner
        memory.unmerge(inner.id)
        assert [memory.get(each.id) for each in (one, other, third)] == [one, other, third]

    def test_a_frozen_parent_keeps_a_merge_together(self, memory: Memory) -> None:
        one, other = pair(memory)
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        memory.freeze(one.id)
        with pytest.raises(IllegalTransition) as caught:
            memory.unmerge(merged.id)
        assert "unfreeze" in str(caught.value.detail["legal"])
        assert memory.get(other.id).state == "merged"
        memory.unfreeze(one.id)
        memory.unmerge(merged.id)
        assert [memory.get(one.id), memory.get(other.id)] == [one, other]

    def test_the_past_shows_the_parents_apart(self, memory: Memory, pass_time: PassTime) -> None:
        one, other = pair(memory)
        pass_time(0.01)
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        hits = memory.search("Oslo", user_id="ada", as_of=other.updated_at, threshold=0.0).results
        assert {hit.id for hit in hits} == {one.id, other.id}
        now = memory.search("Oslo", user_id="ada", threshold=0.0).results
        assert {hit.id for hit in now} == {merged.id}

    def test_a_merge_under_one_key_happens_once(self, memory: Memory) -> None:
        one, other = pair(memory)
        ids = [one.id, other.id]
        first = memory.merge(ids, reason="the same", idempotency_key="m1")
        assert memory.merge(ids, reason="the same", idempotency_key="m1") == first
        with pytest.raises(IdempotencyConflict):
            memory.merge(ids, reason="something else", idempotency_key="m1")

    def test_of_racing_merges_one_wins(self, memory: Memory) -> None:
        one, other = pair(memory)

        def join(number: int) -> str | None:
            try:
                return memory.merge([one.id, other.id], reason=f"racer {number}").results[0].id
            except IllegalTransition:
                return None

        with ThreadPoolExecutor(4) as pool:
            won = [found for found in pool.map(join, range(4)) if found]
        assert len(won) == 1
        assert memory.get(one.id).merged_into == won[0]

    def test_duplicates_come_with_verdicts_and_reasons(self, memory: Memory) -> None:
        one, other = pair(memory)
        third = memory.add("Ada visits Oslo on Tuesday.", user_id="ada").results[0]
        swapped = memory.add_many(["Bo pays Cy.", "Cy pays Bo."], user_id="ada").results
        memory.add(ONE, user_id="bo")
        found = memory.duplicates(user_id="ada")
        assert (found.compared, found.complete) == (5, True)
        verdicts = {frozenset((each.one, each.other)): each for each in found.results}
        same = verdicts[frozenset((one.id, other.id))]
        assert (same.action, same.reason, same.differs) == ("merge", "same", ())
        assert same.tau is not None
        assert same.cosine >= same.tau
        assert {same.one_memory, same.other_memory} == {ONE, OTHER}
        opposed = verdicts[frozenset((one.id, third.id))]
        assert (opposed.action, opposed.differs) == ("conflict", ("date",))
        turned = verdicts[frozenset(each.id for each in swapped)]
        assert (turned.action, turned.differs) == ("review", ("order",))
        assert found.results[0] == same
        assert memory.get_all(user_id="ada").results[0].state == "generated"

    def test_duplicates_can_be_asked_for_by_verdict(self, memory: Memory) -> None:
        pair(memory)
        memory.add("Ada visits Oslo on Tuesday.", user_id="ada")
        assert len(memory.duplicates(user_id="ada", action="merge").results) == 1
        assert len(memory.duplicates(user_id="ada", action="conflict").results) == 2
        assert len(memory.duplicates(user_id="ada", limit=1).results) == 1
        assert memory.duplicates(user_id="nobody").results == ()
        with pytest.raises(InvalidInput):
            memory.duplicates(user_id="ada", action="apart")

    def test_turns_of_a_conversation_are_not_merged_unasked(self, memory: Memory) -> None:
        turns = [{"role": "user", "content": "Yes, please do."}] * 2
        memory.add(turns, user_id="ada", session_id="s1")
        found = memory.duplicates(user_id="ada").results
        assert [(each.action, each.reason) for each in found] == [
            ("review", "turn_of_conversation")
        ]

    def test_what_stands_behind_a_result_is_deleted_and_restored_with_it(
        self, memory: Memory
    ) -> None:
        one, other = pair(memory)
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        outer_parent = memory.add("Ada is in Oslo.", user_id="ada").results[0].id
        outer = memory.merge([merged.id, outer_parent], reason="more").results[0]
        memory.delete(outer.id, reason="she asked")
        for gone in (one.id, other.id, merged.id, outer_parent, outer.id):
            with pytest.raises(NotFound):
                memory.get(gone)
        memory.restore(outer.id)
        assert memory.get(one.id).state == "merged"
        memory.unmerge(outer.id)
        memory.unmerge(merged.id)
        assert [memory.get(one.id), memory.get(other.id)] == [one, other]

    def test_a_parent_that_was_deleted_by_itself_stands_alone_again(self, memory: Memory) -> None:
        one, other = pair(memory)
        merged = memory.merge([one.id, other.id], reason="the same").results[0]
        memory.delete(one.id)
        restored = memory.restore(one.id)
        assert (restored.state, restored.merged_into) == ("generated", None)
        with pytest.raises(IllegalTransition):
            memory.unmerge(merged.id)
