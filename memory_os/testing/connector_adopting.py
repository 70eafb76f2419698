"""Adopting branches: part of ``MemorySuite``."""

from collections.abc import Callable

import pytest

from memory_os.errors import InvalidInput, NotFound
from memory_os.sdk import Memory
from memory_os.testing.connector_branching import CAKE, TEA, texts

Tick = Callable[[], object]


class AdoptingTests:
    """``adopt``: applied, kept, in conflict, refused, undone."""

    def test_what_the_branch_alone_changed_is_applied(self, memory: Memory, tick: Tick) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        oats = memory.add("Ada eats oats.", user_id="ada").results[0]
        tick()
        memory.branch("plan", user_id="ada")
        memory.update(tea.id, "Ada drinks coffee.", tags=["new"], branch="plan")
        memory.delete(cake.id, branch="plan")
        memory.archive(oats.id, branch="plan")
        swims = memory.add("Ada swims.", user_id="ada", branch="plan", external_id="s").results[0]
        tick()
        planned = memory.adopt("plan", user_id="ada", dry_run=True)
        assert texts(memory, None) == [TEA, CAKE, "Ada eats oats."]
        done = memory.adopt("plan", user_id="ada", reason="it is good")
        assert planned.dry_run
        assert not done.dry_run
        assert done.results == planned.results
        assert {each.id: tuple(each.changes) for each in done.results} == {
            tea.id: ("revised",),
            cake.id: ("removed",),
            oats.id: ("transitioned",),
            swims.id: ("added",),
        }
        assert (done.conflicts, done.refused, done.branch) == ((), (), "plan")
        head = memory.get(tea.id)
        assert (head.memory, head.version, head.tags) == ("Ada drinks coffee.", 2, ("new",))
        with pytest.raises(NotFound):
            memory.get(cake.id)
        assert memory.get(oats.id).state == "archived"
        assert memory.get(swims.id).external_id == "s"
        assert memory.search("coffee", user_id="ada").results[0].id == tea.id
        assert memory.search("swims", user_id="ada").results[0].id == swims.id
        again = memory.adopt("plan", user_id="ada")
        assert (again.results, again.conflicts) == ((), ())

    def test_an_adoption_is_undone_by_a_rollback(self, memory: Memory, tick: Tick) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        tick()
        memory.branch("plan", user_id="ada")
        memory.update(tea.id, "Ada drinks coffee.", branch="plan")
        memory.delete(cake.id, branch="plan")
        memory.add("Ada swims.", user_id="ada", branch="plan")
        tick()
        done = memory.adopt("plan", user_id="ada")
        tick()
        undone = memory.rollback(done.undo_to, user_id="ada")
        assert len(undone.results) == 3
        assert texts(memory, None) == [TEA, CAKE]
        assert memory.get(tea.id).version == 3
        tick()
        memory.rollback(undone.undo_to, user_id="ada")
        assert texts(memory, None) == ["Ada drinks coffee.", "Ada swims."]

    def test_what_main_alone_changed_is_kept(self, memory: Memory, tick: Tick) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        tick()
        memory.branch("plan", user_id="ada")
        tick()
        memory.update(tea.id, "Ada drinks cocoa.")
        memory.update(cake.id, "Ada bakes bread.", branch="plan")
        memory.pin(tea.id, branch="plan")
        memory.pin(tea.id, pinned=False, branch="plan")
        tick()
        done = memory.adopt("plan", user_id="ada")
        assert [each.id for each in done.results] == [cake.id]
        assert texts(memory, None) == ["Ada drinks cocoa.", "Ada bakes bread."]

    def test_what_both_changed_is_a_conflict(self, memory: Memory, tick: Tick) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        oats = memory.add("Ada eats oats.", user_id="ada").results[0]
        tick()
        memory.branch("plan", user_id="ada")
        tick()
        memory.update(tea.id, "Ada drinks cocoa.")
        memory.delete(cake.id)
        memory.update(oats.id, "Ada eats rye.")
        memory.update(tea.id, "Ada drinks coffee.", branch="plan")
        memory.update(cake.id, "Ada bakes bread.", branch="plan")
        memory.update(oats.id, "Ada eats rye.", branch="plan")
        tick()
        done = memory.adopt("plan", user_id="ada")
        assert done.results == ()
        sides = {
            each.id: tuple(side and side.memory for side in (each.base, each.main, each.branch))
            for each in done.conflicts
        }
        assert sides == {
            tea.id: (TEA, "Ada drinks cocoa.", "Ada drinks coffee."),
            cake.id: (CAKE, None, "Ada bakes bread."),
        }
        kept = memory.adopt("plan", user_id="ada", prefer="main")
        assert (kept.results, kept.conflicts) == ((), ())
        assert texts(memory, None) == ["Ada drinks cocoa.", "Ada eats rye."]
        tick()
        taken = memory.adopt("plan", user_id="ada", prefer="branch")
        assert {each.id for each in taken.results} == {tea.id, cake.id}
        assert texts(memory, None) == ["Ada drinks coffee.", "Ada bakes bread.", "Ada eats rye."]
        with pytest.raises(InvalidInput):
            memory.adopt("plan", user_id="ada", prefer="both")

    def test_what_is_frozen_or_held_or_taken_is_refused(self, memory: Memory, tick: Tick) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        tick()
        memory.branch("plan", user_id="ada")
        memory.update(tea.id, "Ada drinks coffee.", branch="plan")
        memory.update(cake.id, "Ada bakes bread.", branch="plan")
        new = memory.add("New.", user_id="ada", external_id="x", branch="plan").results[0]
        tick()
        memory.freeze(tea.id)
        memory.quarantine(cake.id)
        memory.add("Mine.", user_id="ada", external_id="x")
        tick()
        done = memory.adopt("plan", user_id="ada", prefer="branch")
        assert done.results == ()
        assert {each.id: each.reason for each in done.refused} == {
            tea.id: "frozen",
            cake.id: "quarantined",
            new.id: "external_id_taken",
        }

    def test_what_is_held_back_on_main_is_held_back_on_a_branch(
        self, memory: Memory, tick: Tick
    ) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        tick()
        memory.branch("plan", user_id="ada")
        memory.update(tea.id, "Ada drinks coffee.", branch="plan")
        tick()
        memory.quarantine(tea.id)
        memory.quarantine(cake.id)
        for question in ("coffee", "cake"):
            found = memory.search(question, user_id="ada", branch="plan", threshold=0.0)
            assert found.results == ()
        assert texts(memory, "plan") == []

    def test_an_adoption_is_done_once_under_a_key(self, memory: Memory, tick: Tick) -> None:
        tea = memory.add(TEA, user_id="ada").results[0]
        tick()
        memory.branch("plan", user_id="ada")
        memory.update(tea.id, "Ada drinks coffee.", branch="plan")
        tick()
        done = memory.adopt("plan", user_id="ada", idempotency_key="k")
        assert memory.adopt("plan", user_id="ada", idempotency_key="k") == done
        assert memory.get(tea.id).version == 2
        with pytest.raises(NotFound):
            memory.adopt("nothing", user_id="ada")
