"""New versions and deletion; part of ``MemorySuite``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from memory_os.domain.operations import TemplateIn
from memory_os.errors import InvalidInput, NotFound, VersionConflict
from memory_os.sdk import Memory

PassTime = Callable[[float], object]
UNKNOWN = "mem_01JZZZZZZZZZZZZZZZZZZZZZZZ"


class ChangingTests:
    """Update, history, delete, delete_all."""

    def test_an_update_is_a_new_version(self, memory: Memory, pass_time: PassTime) -> None:
        added = memory.add("Ada prefers tea.", user_id="ada", tags=["drinks"]).results[0]
        pass_time(0.01)
        changed = memory.update(added.id, "Ada prefers coffee.", reason="she said so")
        assert (changed.id, changed.version, changed.memory) == (added.id, 2, "Ada prefers coffee.")
        assert changed.tags == ("drinks",)
        assert changed.updated_at > changed.created_at
        assert memory.get(added.id) == changed

    def test_recall_sees_the_new_version_alone(self, memory: Memory, pass_time: PassTime) -> None:
        added = memory.add("The meeting is in room Fjord.", user_id="ada").results[0]
        pass_time(0.01)
        memory.update(added.id, "The meeting is in room Skerry.")
        hits = memory.search("Where is the meeting?", user_id="ada", threshold=0.0).results
        assert [(hit.id, hit.memory, hit.version) for hit in hits] == [
            (added.id, "The meeting is in room Skerry.", 2)
        ]
        assert memory.search("Fjord", user_id="ada").results == ()

    def test_history_has_every_version(self, memory: Memory, pass_time: PassTime) -> None:
        added = memory.add("One.", user_id="ada").results[0]
        for text in ("Two.", "Three."):
            pass_time(0.01)
            memory.update(added.id, text)
        past = memory.history(added.id).results
        assert [entry.version for entry in past] == [1, 2, 3]
        assert [entry.memory for entry in past] == ["One.", "Two.", "Three."]
        assert [entry.change for entry in past] == ["created", "revised", "revised"]
        for before, after in pairwise(past):
            assert before.superseded_at == after.updated_at
        assert past[-1].superseded_at is None

    def test_what_an_update_leaves_out_stays(self, memory: Memory) -> None:
        added = memory.add(
            "Ada prefers tea.", user_id="ada", tags=["a"], metadata={"x": 1}, confidence=0.5
        ).results[0]
        changed = memory.update(added.id, metadata={"y": 2})
        assert (changed.memory, changed.tags) == ("Ada prefers tea.", ("a",))
        assert (changed.metadata, changed.confidence) == ({"y": 2}, 0.5)
        assert changed.version == 2

    def test_an_update_at_another_version_is_refused(self, memory: Memory) -> None:
        added = memory.add("One.", user_id="ada").results[0]
        memory.update(added.id, "Two.", expected_version=1)
        with pytest.raises(VersionConflict) as caught:
            memory.update(added.id, "Too late.", expected_version=1)
        assert caught.value.detail["version"] == 2
        assert memory.get(added.id).memory == "Two."

    def test_of_racing_updates_one_wins(self, memory: Memory) -> None:
        added = memory.add("Start.", user_id="ada").results[0]

        def change(number: int) -> bool:
            try:
                memory.update(added.id, f"Writer {number}.", expected_version=1)
            except VersionConflict:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            won = list(pool.map(change, range(6)))
        assert sum(won) == 1
        assert memory.get(added.id).memory == f"Writer {won.index(True)}."
        assert [entry.version for entry in memory.history(added.id).results] == [1, 2]

    def test_an_update_under_one_key_happens_once(self, memory: Memory) -> None:
        added = memory.add("One.", user_id="ada").results[0]
        first = memory.update(added.id, "Two.", idempotency_key="k1")
        assert memory.update(added.id, "Two.", idempotency_key="k1") == first
        assert memory.get(added.id).version == 2

    def test_a_template_has_no_text_to_replace(self, memory: Memory) -> None:
        form = TemplateIn(schema_id="profile", fields={"name": "Ada"})
        added = memory.add(form, user_id="ada").results[0]
        with pytest.raises(InvalidInput):
            memory.update(added.id, "Just text.")

    def test_an_update_that_changes_nothing_is_refused(self, memory: Memory) -> None:
        added = memory.add("One.", user_id="ada").results[0]
        with pytest.raises(InvalidInput):
            memory.update(added.id)

    def test_a_deleted_memory_is_gone_at_once(self, memory: Memory) -> None:
        added = memory.add("The code is 4471.", user_id="ada").results[0]
        gone = memory.delete(added.id, reason="a mistake")
        assert (gone.deleted, gone.ids) == (1, (added.id,))
        assert gone.purge_at is not None
        assert memory.search("code 4471", user_id="ada").outcome == "empty"
        assert memory.context("code 4471", user_id="ada").text == ""
        assert memory.get_all(user_id="ada").results == ()
        with pytest.raises(NotFound):
            memory.get(added.id)
        with pytest.raises(NotFound):
            memory.update(added.id, "Back again.")
        assert memory.history(added.id).results[0].memory == "The code is 4471."

    def test_a_deleted_memory_can_be_brought_back(self, memory: Memory) -> None:
        added = memory.add("The code is 4471.", user_id="ada").results[0]
        memory.delete(added.id)
        assert memory.restore(added.id).state == "generated"
        assert memory.get(added.id).purge_at is None
        assert [hit.id for hit in memory.search("code 4471", user_id="ada").results] == [added.id]

    def test_what_is_not_there_cannot_be_deleted(self, memory: Memory) -> None:
        added = memory.add("Once.", user_id="ada").results[0]
        memory.delete(added.id)
        for memory_id in (added.id, UNKNOWN):
            with pytest.raises(NotFound):
                memory.delete(memory_id)

    def test_deleting_a_scope_leaves_what_others_share(self, memory: Memory) -> None:
        shared = memory.add("Everybody knows.").results[0].id
        bobs = memory.add("Bob knows.", user_id="bob").results[0].id
        hers = memory.add_many([f"Ada knows {n}." for n in range(5)], user_id="ada").results
        session = memory.add("Ada said.", user_id="ada", session_id="s1").results[0].id
        planned = memory.delete_all(user_id="ada", dry_run=True)
        assert (planned.deleted, planned.dry_run) == (6, True)
        assert len(memory.get_all(user_id="ada").results) == 6
        gone = memory.delete_all(user_id="ada", reason="she asked")
        assert (gone.deleted, gone.dry_run) == (6, False)
        assert set(gone.ids) == {added.id for added in hers} | {session}
        assert {record.id for record in memory.get_all().results} == {shared, bobs}
        assert memory.search("knows", user_id="ada", threshold=0.0).results[0].id == shared
        assert memory.delete_all(user_id="ada").deleted == 0

    def test_deleting_by_filter_takes_what_matches(self, memory: Memory) -> None:
        memory.add("Keep.", user_id="ada", tags=["keep"])
        memory.add("Drop.", user_id="ada", tags=["drop"])
        gone = memory.delete_all(user_id="ada", filters={"tags": {"contains": "drop"}})
        assert gone.deleted == 1
        assert [record.memory for record in memory.get_all(user_id="ada").results] == ["Keep."]

    def test_deleting_everything_needs_a_scope(self, memory: Memory) -> None:
        memory.add("Stays.", user_id="ada")
        with pytest.raises(InvalidInput):
            memory.delete_all()
        assert len(memory.get_all().results) == 1

    def test_many_are_deleted_at_once(self, memory: Memory) -> None:
        memory.add_many([f"Fact number {n}." for n in range(700)], user_id="ada")
        assert memory.delete_all(user_id="ada").deleted == 700
        assert memory.search("fact", user_id="ada").outcome == "empty"
