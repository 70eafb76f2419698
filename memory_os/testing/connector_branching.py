"""Branches: read, written, compared, dropped; part of ``MemorySuite``."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from memory_os.domain.operations.past import DiffResult
from memory_os.errors import AlreadyExists, InvalidInput, NotFound, VersionConflict
from memory_os.sdk import AsyncMemory, Memory

SAME = 1e-6
TEA = "Ada drinks tea in the morning."
CAKE = "Ada bakes a cake with cherries."
Tick = Callable[[], object]


class BranchingTests:
    """``branch``, ``branches``, ``delete_branch``, and ``branch=`` at every door."""

    def test_a_branch_is_told_and_listed(self, memory: Memory, tick: Tick) -> None:
        made = memory.branch("plan", user_id="ada", reason="to try")
        assert (made.name, made.user_id, made.reason) == ("plan", "ada", "to try")
        assert made.id.startswith("br_")
        assert made.at == made.created_at
        tick()
        memory.branch("plan", user_id="ben")
        assert [each.user_id for each in memory.branches().results] == ["ada", "ben"]
        assert memory.branches(user_id="ada").results == (made,)
        with pytest.raises(AlreadyExists):
            memory.branch("plan", user_id="ada")

    def test_a_name_of_several_scopes_needs_ids_or_the_branch_s_own(
        self, memory: Memory, tick: Tick
    ) -> None:
        tea = memory.add(TEA, user_id="ada").results[0]
        tick()
        made = memory.branch("plan", user_id="ada")
        memory.branch("plan", user_id="ben")
        with pytest.raises(InvalidInput):
            memory.get(tea.id, branch="plan")
        assert memory.get(tea.id, branch=made.id).memory == TEA
        assert len(memory.get_all(user_id="ada", branch="plan").results) == 1
        for name in ("main", "br_1", "a b", ""):
            with pytest.raises(InvalidInput):
                memory.branch(name)
        for missing in ("nothing", "br_0"):
            with pytest.raises(NotFound):
                memory.search("tea", branch=missing)

    def test_what_is_written_on_a_branch_is_there_alone(self, memory: Memory, tick: Tick) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        tick()
        for name in ("one", "two"):
            memory.branch(name, user_id="ada")
        changed = memory.update(tea.id, "Ada drinks coffee in the morning.", branch="one")
        assert (changed.id, changed.version) == (tea.id, 2)
        swims = memory.add("Ada swims on Monday.", user_id="ada", branch="one").results[0]
        memory.delete(cake.id, branch="one")
        assert memory.get(tea.id, branch="one").memory == changed.memory
        assert memory.get(swims.id, branch="one").memory == swims.memory
        with pytest.raises(NotFound):
            memory.get(cake.id, branch="one")
        for branch in (None, "two"):
            assert memory.get(tea.id, branch=branch).memory == TEA
            assert memory.get(cake.id, branch=branch).memory == CAKE
            with pytest.raises(NotFound):
                memory.get(swims.id, branch=branch)
            assert texts(memory, branch) == [TEA, CAKE]
            found = memory.search("Monday swims coffee", user_id="ada", branch=branch).results
            assert {hit.memory for hit in found} <= {TEA, CAKE}
            assert "coffee" not in memory.context("coffee?", user_id="ada", branch=branch).text
            history = memory.history(tea.id, branch=branch).results
            assert [revision.memory for revision in history] == [TEA]
        assert texts(memory, "one") == [changed.memory, swims.memory]
        assert memory.search("coffee", user_id="ada", branch="one").results[0].id == tea.id
        assert "coffee" in memory.context("coffee?", user_id="ada", branch="one").text
        history = memory.history(tea.id, branch="one").results
        assert [(each.version, each.memory) for each in history] == [(1, TEA), (2, changed.memory)]

    def test_a_row_of_a_branch_is_nobody_s_memory(self, memory: Memory, tick: Tick) -> None:
        tea = memory.add(TEA, user_id="ada").results[0]
        tick()
        made = memory.branch("plan", user_id="ada")
        memory.branch("other", user_id="ada")
        memory.update(tea.id, "Ada drinks coffee.", branch="plan")
        row = f"{tea.id}~{made.id}"
        for branch in (None, "plan", "other"):
            with pytest.raises(NotFound):
                memory.get(row, branch=branch)
            with pytest.raises(NotFound):
                memory.history(row, branch=branch)
            with pytest.raises(NotFound):
                memory.update(row, "Stolen.", branch=branch)
            with pytest.raises(NotFound):
                memory.delete(row, branch=branch)
        with pytest.raises(NotFound):
            memory.rollback(memory_id=row, version=1)

    def test_a_branch_does_not_see_what_main_changes_later(
        self, memory: Memory, tick: Tick
    ) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        tick()
        memory.branch("plan", user_id="ada")
        tick()
        memory.update(tea.id, "Ada drinks cocoa.")
        memory.archive(cake.id)
        late = memory.add("Ada rows on Friday.", user_id="ada").results[0]
        tick()
        assert memory.get(tea.id, branch="plan").memory == TEA
        assert memory.get(tea.id, branch="plan").superseded_at is None
        assert memory.get(cake.id, branch="plan").state == "generated"
        with pytest.raises(NotFound):
            memory.get(late.id, branch="plan")
        assert texts(memory, "plan") == [TEA, CAKE]
        found = memory.search("cake cherries", user_id="ada", branch="plan").results
        assert (found[0].id, found[0].state) == (cake.id, "generated")
        assert memory.search("rows Friday", user_id="ada", branch="plan").outcome != "found" or all(
            hit.id != late.id
            for hit in memory.search("rows Friday", user_id="ada", branch="plan").results
        )
        assert len(memory.history(tea.id, branch="plan").results) == 1

    def test_a_branch_starts_from_a_time_or_a_snapshot(self, memory: Memory, tick: Tick) -> None:
        tea = memory.add(TEA, user_id="ada").results[0]
        tick()
        memory.snapshot("before", user_id="ada")
        tick()
        memory.update(tea.id, "Ada drinks cocoa.")
        tick()
        named = memory.branch("named", "snapshot:before", user_id="ada")
        timed = memory.branch("timed", named.at, user_id="ada")
        assert named.at == timed.at < timed.created_at
        for branch in ("named", "timed"):
            assert memory.get(tea.id, branch=branch).memory == TEA
        with pytest.raises(InvalidInput):
            memory.branch("late", named.created_at + timedelta(days=9), user_id="ada")
        with pytest.raises(NotFound):
            memory.branch("lost", "snapshot:nothing", user_id="ada")

    def test_the_past_of_a_branch_is_read_too(self, memory: Memory, tick: Tick) -> None:
        tea = memory.add(TEA, user_id="ada").results[0]
        tick()
        memory.branch("plan", user_id="ada")
        tick()
        first = memory.update(tea.id, "Ada drinks coffee.", branch="plan").updated_at
        tick()
        memory.delete(tea.id, branch="plan")
        tick()
        before = first - timedelta(microseconds=1)
        for moment, said in ((before, TEA), (first, "Ada drinks coffee.")):
            assert memory.get(tea.id, as_of=moment, branch="plan").memory == said
            found = memory.search("Ada drinks", user_id="ada", as_of=moment, branch="plan")
            assert [hit.memory for hit in found.results] == [said]
            listed = memory.get_all(user_id="ada", as_of=moment, branch="plan").results
            assert [record.memory for record in listed] == [said]
            on_main = memory.search("Ada drinks", user_id="ada", as_of=moment).results
            assert [hit.memory for hit in on_main] == [TEA]
        assert memory.search("Ada drinks", user_id="ada", branch="plan").outcome == "empty"

    def test_lifecycle_moves_stay_on_the_branch(self, memory: Memory, tick: Tick) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        tick()
        memory.branch("plan", user_id="ada")
        memory.archive(tea.id, branch="plan")
        memory.pin(cake.id, branch="plan")
        assert memory.get(tea.id, branch="plan").state == "archived"
        assert memory.get(cake.id, branch="plan").pinned
        assert memory.get(tea.id).state == "generated"
        assert not memory.get(cake.id).pinned
        assert memory.search("tea morning", user_id="ada").results[0].id == tea.id
        found = memory.search("tea morning", user_id="ada", branch="plan").results
        assert tea.id not in {hit.id for hit in found}
        memory.restore(tea.id, branch="plan")
        assert memory.search("tea", user_id="ada", branch="plan").results[0].id == tea.id
        gone = memory.delete_all(user_id="ada", branch="plan")
        assert set(gone.ids) == {tea.id, cake.id}
        assert texts(memory, None) == [TEA, CAKE]
        assert texts(memory, "plan") == []
        back = memory.restore(cake.id, branch="plan")
        assert back.memory == CAKE

    def test_filters_and_pages_go_over_both_layers(self, memory: Memory, tick: Tick) -> None:
        ids = []
        for number in range(7):
            tags = ("even",) if number % 2 == 0 else ()
            ids.append(memory.add(f"Note {number}.", user_id="ada", tags=tags).results[0].id)
            tick()
        memory.branch("plan", user_id="ada")
        tick()
        memory.update(ids[2], "Note two.", branch="plan")
        memory.delete(ids[4], branch="plan")
        added = memory.add("Note 7.", user_id="ada", tags=["even"], branch="plan").results[0]
        expected = [ids[0], ids[1], ids[2], ids[3], ids[5], ids[6], added.id]
        for newest_first in (False, True):
            found: list[str] = []
            cursor = None
            while True:
                page = memory.get_all(
                    user_id="ada", branch="plan", limit=2, cursor=cursor, newest_first=newest_first
                )
                found += [record.id for record in page.results]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert found == (expected[::-1] if newest_first else expected)
        filters = {"AND": [{"tags": {"contains": "even"}}, {"id": {"ne": ids[6]}}]}
        listed = memory.get_all(user_id="ada", branch="plan", filters=filters).results
        assert [record.id for record in listed] == [ids[0], ids[2], added.id]
        hits = memory.search(
            "Note", user_id="ada", branch="plan", filters=filters, threshold=0.0
        ).results
        assert {hit.id for hit in hits} == {ids[0], ids[2], added.id}
        hits = memory.search("Note", user_id="ada", branch="plan", threshold=0.0, top_k=7).results
        assert {hit.id for hit in hits} == set(expected)

    def test_the_same_text_or_external_id_is_known_on_the_branch(
        self, memory: Memory, tick: Tick
    ) -> None:
        tea = memory.add(TEA, user_id="ada", external_id="tea").results[0]
        tick()
        memory.branch("plan", user_id="ada")
        assert memory.add(TEA, user_id="ada", branch="plan").results[0].event == "TOUCH"
        with pytest.raises(AlreadyExists):
            memory.add("Other.", user_id="ada", external_id="tea", branch="plan")
        tick()
        memory.update(tea.id, "Ada drinks cocoa.")
        memory.delete(tea.id)
        touched = memory.add(TEA, user_id="ada", branch="plan").results[0]
        assert (touched.event, touched.id) == ("TOUCH", tea.id)
        with pytest.raises(AlreadyExists):
            memory.add("Other.", user_id="ada", external_id="tea", branch="plan")
        memory.delete(tea.id, branch="plan")
        fresh = memory.add("Other.", user_id="ada", external_id="tea", branch="plan").results[0]
        assert fresh.event == "ADD"
        assert memory.add(TEA, user_id="ada", branch="plan").results[0].event == "ADD"
        on_main = memory.add("Mine.", user_id="ada", external_id="tea").results[0]
        assert on_main.event == "ADD"

    def test_a_branch_writes_inside_its_scope(self, memory: Memory, tick: Tick) -> None:
        shared = memory.add("The shop opens at nine.").results[0]
        bens = memory.add("Ben sings.", user_id="ben").results[0]
        tick()
        memory.branch("plan", user_id="ada")
        assert memory.search("shop", user_id="ada", branch="plan").results[0].id == shared.id
        for act in (
            lambda: memory.update(shared.id, "The shop is shut.", branch="plan"),
            lambda: memory.delete(bens.id, branch="plan"),
            lambda: memory.add("Ben hums.", user_id="ben", branch=memory.branches().results[0].id),
        ):
            with pytest.raises(InvalidInput):
                act()
        assert memory.get(shared.id, branch="plan").memory == "The shop opens at nine."
        with pytest.raises(InvalidInput):
            memory.add_many([{"content": "a", "branch": "plan"}, {"content": "b"}], user_id="ada")

    def test_an_expected_version_is_of_the_branch(self, memory: Memory, tick: Tick) -> None:
        tea = memory.add(TEA, user_id="ada").results[0]
        tick()
        memory.branch("plan", user_id="ada")
        memory.update(tea.id, "Two.", branch="plan", expected_version=1)
        with pytest.raises(VersionConflict):
            memory.update(tea.id, "Three.", branch="plan", expected_version=1)
        assert memory.update(tea.id, "Three.", branch="plan", expected_version=2).version == 3
        assert memory.update(tea.id, "On main.", expected_version=1).version == 2

    def test_a_branch_is_compared(self, memory: Memory, tick: Tick) -> None:
        tea, cake = (memory.add(text, user_id="ada").results[0] for text in (TEA, CAKE))
        tick()
        made = memory.branch("plan", user_id="ada")
        tick()
        memory.update(tea.id, "Ada drinks coffee.", branch="plan")
        added = memory.add("Ada swims.", user_id="ada", branch="plan").results[0]
        memory.delete(cake.id)
        tick()
        between = memory.diff(branch="plan", user_id="ada")
        assert told(between) == {
            tea.id: ("revised",), cake.id: ("added",), added.id: ("added",)
        }  # fmt: skip
        since = memory.diff(made.at, branch="plan", user_id="ada")
        assert told(since) == {tea.id: ("revised",), added.id: ("added",)}
        assert told(memory.diff(made.at, user_id="ada")) == {cake.id: ("removed",)}
        paged: dict[str, tuple[str, ...]] = {}
        cursor = None
        while True:
            page = memory.diff(branch="plan", user_id="ada", limit=1, cursor=cursor)
            paged |= told(page)
            cursor = page.next_cursor
            if cursor is None:
                break
        assert paged == told(between)
        with pytest.raises(InvalidInput):
            memory.diff(user_id="ada")

    def test_a_deleted_branch_leaves_nothing(self, memory: Memory, tick: Tick) -> None:
        tea = memory.add(TEA, user_id="ada").results[0]
        tick()
        made = memory.branch("plan", user_id="ada")
        memory.update(tea.id, "Ada drinks coffee.", branch="plan")
        assert memory.delete_branch("plan", user_id="ada") == made
        assert memory.branches().results == ()
        for name in ("plan", made.id):
            with pytest.raises(NotFound):
                memory.get(tea.id, branch=name)
            with pytest.raises(NotFound):
                memory.delete_branch(name)
        assert memory.get(tea.id).memory == TEA
        again = memory.branch("plan", user_id="ada")
        assert again.id != made.id
        assert memory.get(tea.id, branch="plan").memory == TEA
        assert (
            memory.search("coffee", user_id="ada", branch="plan", threshold=0.0).results[0].memory
            == TEA
        )

    def test_async_memory_has_branches_too(self, memory: Memory) -> None:
        async def talk() -> None:
            opened = AsyncMemory(memory)
            await opened.branch("plan", user_id="ada")
            added = await opened.add(TEA, user_id="ada", branch="plan")
            cube_id = added.results[0].id
            assert (await opened.get(cube_id, branch="plan")).memory == TEA
            await opened.archive(cube_id, branch="plan")
            await opened.move(cube_id, "restore", reason="back", branch="plan")
            assert len((await opened.history(cube_id, branch="plan")).results) == 1
            assert len((await opened.branches()).results) == 1
            assert len((await opened.adopt("plan", user_id="ada", dry_run=True)).results) == 1
            await opened.delete(cube_id, branch="plan")
            await opened.delete_branch("plan", user_id="ada")

        asyncio.run(talk())


def texts(memory: Memory, branch: str | None) -> list[str]:
    """Return what a listing of Ada's memories says."""
    return [record.memory for record in memory.get_all(user_id="ada", branch=branch).results]


def told(page: DiffResult) -> dict[str, tuple[str, ...]]:
    """Return the changes of a page of differences by id."""
    return {each.id: tuple(change.value for change in each.changes) for each in page.results}
