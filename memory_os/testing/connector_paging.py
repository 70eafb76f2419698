"""Walking a listing page by page; part of ``MemorySuite``."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memory_os.domain.operations import Memory as Record
from memory_os.errors import InvalidCursor, InvalidInput
from memory_os.sdk import Memory


def walk(memory: Memory, between: Callable[[], object] = str, **options: Any) -> Iterator[Record]:
    """Yield every record of a listing, calling ``between`` after each page."""
    cursor: str | None = None
    while True:
        page = memory.get_all(cursor=cursor, **options)
        yield from page.results
        if page.next_cursor is None:
            return
        cursor = page.next_cursor
        between()


class PagingTests:
    """``get_all``."""

    @pytest.mark.parametrize("limit", [1, 3, 7, 20, 21])
    def test_pages_cover_everything_once_in_order(self, memory: Memory, limit: int) -> None:
        added = memory.add_many([f"Fact {n}." for n in range(20)], user_id="ada").results
        memory.add("Not hers.", user_id="bob")
        ids = [record.id for record in walk(memory, user_id="ada", limit=limit)]
        assert ids == [entry.id for entry in added]
        back = [record.id for record in walk(memory, user_id="ada", limit=limit, newest_first=True)]
        assert back == ids[::-1]

    def test_a_walk_loses_and_repeats_nothing_while_others_write(self, memory: Memory) -> None:
        before = [a.id for a in memory.add_many([f"Fact {n}." for n in range(30)]).results]
        fresh: list[str] = []

        def write() -> None:
            fresh.append(memory.add(f"Added meanwhile {len(fresh)}.").results[0].id)
            memory.update(before[5], f"Changed {len(fresh)} times.")
            if len(fresh) == 3:
                memory.delete(before[0])

        ids = [record.id for record in walk(memory, write, limit=4)]
        assert len(ids) == len(set(ids))
        assert [memory_id for memory_id in ids if memory_id in before] == before

    def test_the_last_page_says_so(self, memory: Memory) -> None:
        memory.add_many([f"Fact {n}." for n in range(4)], user_id="ada")
        assert memory.get_all(user_id="ada", limit=4).next_cursor is None
        assert memory.get_all(user_id="ada", limit=3).next_cursor is not None
        assert memory.get_all(user_id="nobody").next_cursor is None

    @pytest.mark.parametrize("cursor", ["", "x", "eyJhIjoxfQ", "💥", "=" * 50, "A" * 300])
    def test_a_damaged_cursor_is_refused(self, memory: Memory, cursor: str) -> None:
        with pytest.raises(InvalidCursor):
            memory.get_all(user_id="ada", cursor=cursor)

    def test_a_cursor_of_another_listing_is_refused(self, memory: Memory) -> None:
        memory.add_many([f"Fact {n}." for n in range(4)], user_id="ada")
        cursor = memory.get_all(user_id="ada", limit=2).next_cursor
        for other in ({"user_id": "bob"}, {"user_id": "ada", "newest_first": True}):
            with pytest.raises(InvalidCursor):
                memory.get_all(cursor=cursor, **other)

    @pytest.mark.parametrize("limit", [0, -1, 1_001])
    def test_a_page_has_bounds(self, memory: Memory, limit: int) -> None:
        with pytest.raises(InvalidInput):
            memory.get_all(limit=limit)

    def test_a_page_serialises_to_results(self, memory: Memory) -> None:
        memory.add("Ada prefers tea.", user_id="ada")
        dumped = memory.get_all(user_id="ada").model_dump(mode="json")
        assert dumped["next_cursor"] is None
        assert dumped["results"][0]["memory"] == "Ada prefers tea."
