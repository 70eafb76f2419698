"""Bad input, each with its code; part of ``MemorySuite``."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from memory_os.errors import InvalidFilter, InvalidInput, MemoryOSError, NotFound, TooLarge
from memory_os.sdk import Memory
from memory_os.testing.connector_changing import UNKNOWN

BAD_ADDS: list[tuple[Any, dict[str, Any]]] = [
    ("", {}),
    ("   \n", {}),
    ("a NUL \x00 inside", {}),
    ("half a surrogate \ud800", {}),
    ([], {}),
    ([{"role": "user"}], {}),
    ([{"role": "user", "content": "x", "colour": "red"}], {}),
    (42, {}),
    ("x", {"user_id": ""}),
    ("x", {"user_id": "a\x00b"}),
    ("x", {"user_id": "a" * 257}),
    ("x", {"user_id": 7}),
    ("x", {"namespace": ("a",) * 17}),
    ("x", {"metadata": {"a": "\x00"}}),
    ("x", {"metadata": ["not", "a", "mapping"]}),
    ("x", {"tags": [""]}),
    ("x", {"tags": [str(number) for number in range(65)]}),
    ("x", {"semantic_type": "gossip"}),
    ("x", {"confidence": 1.5}),
    ("x", {"ttl_seconds": 0}),
    ("x", {"ttl_seconds": 5, "expires_at": "2030-01-01T00:00:00Z"}),
    ("x", {"valid_from": "2030-01-02T00:00:00Z", "valid_to": "2030-01-01T00:00:00Z"}),
    ("x", {"colour": "red"}),
]

BAD_SEARCHES: list[tuple[Any, dict[str, Any]]] = [
    ("", {}),
    ("  ", {}),
    ("a\x00b", {}),
    ("x" * 10_001, {}),
    ("x", {"top_k": 0}),
    ("x", {"top_k": 1_001}),
    ("x", {"top_k": "many"}),
    ("x", {"threshold": 1.01}),
    ("x", {"rounds": 6}),
    ("x", {"states": ["asleep"]}),
    ("x", {"min_trust": "total"}),
    ("x", {"scope_match": "fuzzy"}),
    ("x", {"colour": "red"}),
]


NO_MOMENTS: list[Any] = [
    "2026",
    "20261127",
    "1700000000",
    "2026-11-27",
    "2026-11-27T12:00:00",
    "2026-13-01T00:00:00Z",
    "yesterday",
    "",
    2026,
    1_700_000_000.5,
    True,
    datetime(2026, 11, 27, tzinfo=UTC).replace(tzinfo=None),
]


class RefusingTests:
    """What is refused is refused alike, and changes nothing."""

    @pytest.mark.parametrize(("content", "options"), BAD_ADDS, ids=lambda part: repr(part)[:40])
    def test_a_bad_add_is_invalid_input(
        self, memory: Memory, content: Any, options: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            memory.add(content, **options)
        assert caught.value.message
        assert memory.get_all().results == ()

    @pytest.mark.parametrize("when", NO_MOMENTS, ids=repr)
    def test_what_is_no_exact_moment_is_refused_by_the_name_of_its_field(
        self, memory: Memory, when: Any
    ) -> None:
        kept = memory.add("Tea.", user_id="ada").results[0].id
        for field in ("timestamp", "valid_from", "valid_to", "expires_at"):
            _refused(field, partial(memory.add, "x", **{field: when}))
        for field in ("valid_from", "valid_to", "expires_at"):
            _refused(field, partial(memory.update, kept, **{field: when}))
        turn = {"role": "user", "content": "x", "timestamp": when}
        _refused("messages.0.timestamp", lambda: memory.add([turn]))
        for field in ("as_of", "valid_at", "since", "until"):
            _refused(field, partial(memory.search, "tea", **{field: when}))
            _refused(field, partial(memory.get_all, **{field: when}))
        for field in ("as_of", "valid_at"):
            _refused(field, partial(memory.get, kept, **{field: when}))
        _refused("start", lambda: memory.diff(when, user_id="ada"))
        with pytest.raises(InvalidFilter, match="created_at"):
            memory.search("tea", filters={"created_at": {"gte": when}})
        assert [found.memory for found in memory.get_all().results] == ["Tea."]

    @pytest.mark.parametrize(("query", "options"), BAD_SEARCHES, ids=lambda part: repr(part)[:40])
    def test_a_bad_search_is_invalid_input(
        self, memory: Memory, query: Any, options: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInput):
            memory.search(query, **options)

    def test_what_is_too_large_says_so(self, memory: Memory) -> None:
        with pytest.raises(TooLarge):
            memory.add("x" * 10_000_001, user_id="ada")
        with pytest.raises(TooLarge):
            memory.add("x", metadata={"a": "y" * 17_000})

    def test_a_batch_has_bounds(self, memory: Memory) -> None:
        with pytest.raises(TooLarge):
            memory.add_many([f"Fact {n}." for n in range(1_001)], user_id="ada")
        with pytest.raises(InvalidInput):
            memory.add_many("a text is no list of texts", user_id="ada")
        with pytest.raises(InvalidInput, match="items is empty"):
            memory.add_many([], user_id="ada")
        assert memory.get_all().results == ()
        assert len(memory.add_many([f"Fact {n}." for n in range(1_000)]).results) == 1_000

    def test_a_refused_item_is_named(self, memory: Memory) -> None:
        items: list[str | dict[str, Any]] = [
            {"content": "Tea."},
            "Milk.",
            {"content": " "},
            {"content": "Jam.", "tags": [""]},
        ]
        with pytest.raises(InvalidInput) as caught:
            memory.add_many(items, user_id="ada")
        assert caught.value.message.startswith("items.2.content: ")
        assert caught.value.detail["field"] == "items.2.content"
        assert memory.get_all().results == ()

    def test_ten_million_characters_are_stored_and_found(self, memory: Memory) -> None:
        text = "The lighthouse keeper wrote it down. " + "lorem ipsum " * 800_000
        added = memory.add(text[:9_000_000], user_id="ada").results[0]
        assert memory.get(added.id).memory == text[:9_000_000]
        assert memory.search("lighthouse keeper", user_id="ada").results[0].id == added.id

    @pytest.mark.parametrize(
        "memory_id",
        [UNKNOWN, "mem_", "nonsense", "../../etc/passwd", "mem_1 OR 1=1", "💥", "x" * 500],
    )
    def test_an_unknown_id_is_not_found(self, memory: Memory, memory_id: str) -> None:
        for call in (memory.get, memory.history, memory.delete):
            with pytest.raises(NotFound) as caught:
                call(memory_id)
            assert caught.value.code == "not_found"
        with pytest.raises(NotFound):
            memory.update(memory_id, "x")

    def test_a_budget_has_bounds(self, memory: Memory) -> None:
        for budget in (0, 15, 1_000_001):
            with pytest.raises(InvalidInput):
                memory.context("x", max_tokens=budget)

    def test_an_error_is_one_of_the_tree_with_facts(self, memory: Memory) -> None:
        with pytest.raises(MemoryOSError) as caught:
            memory.get(UNKNOWN)
        assert caught.value.detail["id"] == UNKNOWN
        assert UNKNOWN in str(caught.value)


def _refused(field: str, call: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        call()
    assert caught.value.detail["field"] == field
    assert "zone" in caught.value.message or "outside" in caught.value.message
