"""Scopes and filters; part of ``MemorySuite``."""

from typing import Any

import pytest

from memory_os.errors import InvalidFilter
from memory_os.sdk import Memory

SHELVES: list[dict[str, Any]] = [
    {
        "content": "Shelf one holds plum jam.",
        "tags": ["jam", "red"],
        "metadata": {"floor": 1, "city": "Oslo", "room": {"name": "Fjord"}, "open": True},
        "semantic_type": "fact",
        "priority": "low",
    },
    {
        "content": "Shelf two holds quince jam.",
        "tags": ["jam"],
        "metadata": {"floor": 2, "city": "Bergen", "room": {"name": "Skerry"}, "open": False},
        "semantic_type": "reference",
        "external_id": "two",
    },
    {
        "content": "Shelf three holds rhubarb jam.",
        "tags": ["Green"],
        "metadata": {"floor": 2.5, "city": None, "labels": ["north", "cold"]},
        "semantic_type": "fact",
        "pinned": True,
    },
    {"content": "Shelf four holds jam of sloes.", "metadata": {"city": "oslo", "floor": "2"}},
]

CASES: list[tuple[dict[str, Any], set[int]]] = [
    ({"city": "Oslo"}, {1}),
    ({"city": {"eq": "Oslo"}}, {1}),
    ({"city": {"$eq": "Oslo"}}, {1}),
    ({"metadata.city": "Oslo"}, {1}),
    ({"city": None}, {3}),
    ({"city": {"ne": "Oslo"}}, {2, 3, 4}),
    ({"city": ["Oslo", "Bergen"]}, {1, 2}),
    ({"city": {"in": ["Oslo", None]}}, {1, 3}),
    ({"city": {"nin": ["Oslo", "Bergen"]}}, {3, 4}),
    ({"floor": {"gt": 2}}, {3}),
    ({"floor": {"gte": 2}}, {2, 3}),
    ({"floor": {"lt": 2}}, {1}),
    ({"floor": {"lte": 2}}, {1, 2}),
    ({"floor": {"gt": 1, "lt": 2.5}}, {2}),
    ({"floor": 2.0}, {2}),
    ({"floor": "2"}, {4}),
    ({"open": True}, {1}),
    ({"open": {"ne": True}}, {2, 3, 4}),
    ({"room.name": "Skerry"}, {2}),
    ({"room": "*"}, {1, 2}),
    ({"labels": {"present": True}}, {3}),
    ({"labels": {"present": False}}, {1, 2, 4}),
    ({"labels": {"contains": "cold"}}, {3}),
    ({"city": {"contains": "slo"}}, {1, 4}),
    ({"city": {"icontains": "OSLO"}}, {1, 4}),
    ({"tags": {"contains": "jam"}}, {1, 2}),
    ({"tags": {"icontains": "green"}}, {3}),
    ({"semantic_type": "reference"}, {2}),
    ({"priority": {"in": ["low", "high"]}}, {1}),
    ({"pinned": True}, {3}),
    ({"external_id": "*"}, {2}),
    ({"version": {"gte": 1}}, {1, 2, 3, 4}),
    ({"created_at": {"gte": "2001-01-01T00:00:00Z"}}, {1, 2, 3, 4}),
    ({"created_at": {"lt": "2001-01-01T00:00:00Z"}}, set()),
    ({"user_id": "ada"}, {1, 2, 3, 4}),
    ({"AND": [{"tags": {"contains": "jam"}}, {"floor": {"gte": 2}}]}, {2}),
    ({"OR": [{"city": "Bergen"}, {"pinned": True}]}, {2, 3}),
    ({"NOT": [{"tags": {"contains": "jam"}}]}, {3, 4}),
    ({"NOT": {"OR": [{"city": "Oslo"}, {"city": "oslo"}]}}, {2, 3}),
    ({"$or": [{"floor": 1}, {"$and": [{"floor": 2}, {"open": False}]}]}, {1, 2}),
    ({"semantic_type": "fact", "floor": {"gt": 1}}, {3}),
]


class FilteringTests:
    """Which memories a call sees."""

    @pytest.mark.parametrize(("filters", "places"), CASES, ids=str)
    def test_a_filter_means_the_same_everywhere(
        self, memory: Memory, filters: dict[str, Any], places: set[int]
    ) -> None:
        ids = [added.id for added in memory.add_many(SHELVES, user_id="ada").results]
        wanted = {ids[place - 1] for place in places}
        listed = memory.get_all(user_id="ada", filters=filters).results
        found = memory.search("jam", user_id="ada", filters=filters, threshold=0.0)
        assert {record.id for record in listed} == wanted
        assert {hit.id for hit in found.results} == wanted
        assert (found.outcome == "empty") == (not wanted)

    @pytest.mark.parametrize(
        "filters",
        [
            {"city": {"like": "Oslo"}},
            {"city": {}},
            {"floor": {"in": []}},
            {"floor": {"gt": True}},
            {"created_at": {"gt": "yesterday"}},
            {"AND": []},
            {"a.b.c.d.e.f.g.h.i": 1},
            {"city": {"present": "yes"}},
            {"NOT": "x"},
        ],
        ids=str,
    )
    def test_a_malformed_filter_is_refused_by_its_code(
        self, memory: Memory, filters: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidFilter):
            memory.search("jam", user_id="ada", filters=filters)
        with pytest.raises(InvalidFilter):
            memory.get_all(user_id="ada", filters=filters)

    def test_a_filter_that_is_too_deep_or_too_wide_is_refused(self, memory: Memory) -> None:
        deep: dict[str, Any] = {"city": "Oslo"}
        for _ in range(12):
            deep = {"NOT": [deep]}
        wide = {"OR": [{"floor": number} for number in range(300)]}
        for filters in (deep, wide):
            with pytest.raises(InvalidFilter):
                memory.get_all(user_id="ada", filters=filters)

    def test_a_search_inherits_what_wider_scopes_share(self, memory: Memory) -> None:
        everybody = memory.add("Tea is served at four.").results[0].id
        hers = memory.add("Ada takes tea with milk.", user_id="ada").results[0].id
        session = memory.add("Tea today was cold.", user_id="ada", session_id="s1").results[0].id
        memory.add("Bob hates tea.", user_id="bob")
        asked = {"user_id": "ada", "session_id": "s1"}
        assert _found(memory, **asked) == {everybody, hers, session}
        assert _found(memory, **asked, scope_match="exact") == {session}
        assert _found(memory, user_id="ada") == {everybody, hers, session}
        assert _found(memory, user_id="ada", session_id="s2") == {everybody, hers}

    def test_a_listing_is_exact_unless_told_otherwise(self, memory: Memory) -> None:
        everybody = memory.add("Shared.").results[0].id
        hers = memory.add("Hers.", user_id="ada").results[0].id
        session = memory.add("Hers in a session.", user_id="ada", session_id="s1").results[0].id
        assert _listed(memory, user_id="ada") == {hers, session}
        assert _listed(memory, user_id="ada", session_id="s1") == {session}
        assert _listed(memory, user_id="ada", scope_match="inherit") == {everybody, hers, session}
        assert _listed(memory) == {everybody, hers, session}

    def test_a_namespace_reaches_up_and_down(self, memory: Memory) -> None:
        shop = memory.add("Tea in the shop.", namespace="shop").results[0].id
        berlin = memory.add("Tea in Berlin.", namespace=("shop", "berlin")).results[0].id
        oslo = memory.add("Tea in Oslo.", namespace=("shop", "oslo")).results[0].id
        assert _found(memory, namespace=("shop", "berlin")) == {shop, berlin}
        assert _found(memory, namespace="shop") == {shop, berlin, oslo}
        assert _listed(memory, namespace=("shop", "berlin")) == {berlin}
        assert _listed(memory, namespace="shopping") == set()

    def test_another_users_memory_is_never_found(self, memory: Memory) -> None:
        memory.add("Ada's secret is blue cheese.", user_id="ada")
        assert memory.search("secret blue cheese", user_id="bob").outcome == "empty"
        assert memory.context("secret blue cheese", user_id="bob").text == ""

    def test_ids_that_look_alike_are_different(self, memory: Memory) -> None:
        for user in ("ada", "Ada", "ada ", "adä", "ad%", "ad_"):
            memory.add("Likes tea.", user_id=user)
        for user in ("ada", "Ada", "ada ", "adä", "ad%", "ad_"):
            assert len(memory.get_all(user_id=user).results) == 1


def _found(memory: Memory, **scope: Any) -> set[str]:
    return {hit.id for hit in memory.search("tea", threshold=0.0, **scope).results}


def _listed(memory: Memory, **scope: Any) -> set[str]:
    return {record.id for record in memory.get_all(**scope).results}
