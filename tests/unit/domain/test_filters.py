"""Filters: mem0's shapes in, a small tree out, anything else refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.domain.filters import (
    CLOSED_FIELDS,
    HEADER_FIELDS,
    LIST_OPERATORS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_OPTIONS,
    OPERATORS,
    TIME_FIELDS,
    And,
    Condition,
    Not,
    Or,
    parse_filter,
)
from memory_os.errors import InvalidFilter

NOON = "2026-03-01T12:00:00+00:00"


def meta(*path: str, op: str = "eq", value: object) -> Condition:
    return Condition("metadata", op, value, path)  # type: ignore[arg-type]


PARSED = [
    ({"city": "Oslo"}, meta("city", value="Oslo")),
    ({"metadata.city": "Oslo"}, meta("city", value="Oslo")),
    ({"home.city": "Oslo"}, meta("home", "city", value="Oslo")),
    ({"city": None}, meta("city", value=None)),
    ({"n": 5}, meta("n", value=5)),
    ({"n": 0.5}, meta("n", value=0.5)),
    ({"ok": True}, meta("ok", value=True)),
    ({"city": ["Oslo", None, 1]}, meta("city", op="in", value=["Oslo", None, 1])),
    ({"city": "*"}, meta("city", op="present", value=True)),
    ({"priority": "low"}, Condition("priority", "eq", "low")),
    ({"run_id": "s1"}, Condition("session_id", "eq", "s1")),
    ({"session_id": "*"}, Condition("session_id", "present", True)),
    ({"created_at": {"gte": "2026-03-01T12:00:00Z"}}, Condition("created_at", "gte", NOON)),
    ({"created_at": {"lt": "2026-03-01T13:00:00+01:00"}}, Condition("created_at", "lt", NOON)),
    ({"expires_at": None}, Condition("expires_at", "eq", None)),
    ({"expires_at": "*"}, Condition("expires_at", "present", True)),
    ({}, And(())),
    ({"a": 1, "b": 2}, And((meta("a", value=1), meta("b", value=2)))),
    ({"n": {"gt": 1, "lte": 9}}, And((meta("n", op="gt", value=1), meta("n", op="lte", value=9)))),
    ({"AND": [{"a": 1}]}, And((meta("a", value=1),))),
    ({"OR": [{"a": 1}, {"b": 2}]}, Or((meta("a", value=1), meta("b", value=2)))),
    ({"NOT": {"a": 1}}, Not((meta("a", value=1),))),
    ({"$not": [{"a": 1}, {"b": 2}]}, Not((meta("a", value=1), meta("b", value=2)))),
    (
        {"$or": [{"$and": ({"a": {"$gte": 1}}, {"b": {"$ne": None}})}, {"or": [{"c": 3}]}]},
        Or((And((meta("a", op="gte", value=1), meta("b", op="ne", value=None))),
            Or((meta("c", value=3),)))),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "tree"), PARSED)
def test_a_shape_is_read_as_its_tree(raw: object, tree: object) -> None:
    assert parse_filter(raw) == tree


OPERANDS = {"in": ["x"], "nin": ["x"], "present": True, "gt": 1, "gte": 1, "lt": 1, "lte": 1}


@pytest.mark.parametrize("op", OPERATORS)
def test_every_operator_is_read_with_and_without_a_dollar(op: str) -> None:
    operand = OPERANDS.get(op, "x")
    assert parse_filter({"a": {op: operand}}) == meta("a", op=op, value=operand)
    assert parse_filter({"a": {f"${op}": operand}}) == meta("a", op=op, value=operand)


@pytest.mark.parametrize("field", HEADER_FIELDS)
def test_every_header_field_is_a_field_and_not_metadata(field: str) -> None:
    condition = parse_filter({field: {"present": False}})
    assert condition == Condition(field, "present", False)


@pytest.mark.parametrize("field", TIME_FIELDS)
@pytest.mark.parametrize("op", ["eq", "ne", "gt", "gte", "lt", "lte"])
def test_a_time_is_compared_in_utc(field: str, op: str) -> None:
    moment = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    assert parse_filter({field: {op: moment}}) == Condition(field, op, NOON)
    assert parse_filter({field: {"in": [moment]}}) == Condition(field, "in", [NOON])


MALFORMED = [
    None, [], "x", 5, [{"a": 1}],
    {"a": {}}, {"a": {"like": "x"}}, {"a": {"EQ": 1}}, {"a": {"eq": {"b": 1}}},
    {"a": {"eq": [1]}}, {"a": (1, 2)}, {"a": b"x"}, {"a": {1}}, {"a": ...},
    {"a": []}, {"a": {"in": []}}, {"a": {"in": "x"}}, {"a": {"in": {"b": 1}}},
    {"a": {"in": [[1]]}}, {"a": {"nin": None}},
    {"a": {"gt": None}}, {"a": {"gt": True}}, {"a": {"lte": False}},
    {"a": {"contains": None}}, {"a": {"contains": ["x"]}},
    {"a": {"icontains": 5}}, {"a": {"icontains": None}},
    {"a": {"present": 1}}, {"a": {"present": "yes"}}, {"a": {"present": None}},
    {"a": float("nan")}, {"a": float("inf")}, {"a": {"lt": float("-inf")}},
    {"a": 1 << 63}, {"a": {"in": [-(1 << 63) - 1]}},
    {"a": "\x00"}, {"a": "x\ud800"}, {"a": {"in": ["\udfff"]}},
    {"AND": []}, {"OR": ()}, {"NOT": None}, {"AND": "x"}, {"AND": [1]}, {"AND": [[{"a": 1}]]},
    {"": 1}, {".": 1}, {"a.": 1}, {".a": 1}, {"a..b": 1}, {"a\x00": 1}, {'a"b': 1}, {"\ud800": 1},
    {"x" * 129: 1}, {".".join("abcdefghi"): 1}, {1: 2}, {None: 1}, {("a",): 1},
    {"created_at": "yesterday"}, {"created_at": "20260301"}, {"created_at": 1},
    {"created_at": {"gt": "2026-03-01"}},
    {"created_at": {"gt": datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)}},
    {"created_at": {"gt": 5}}, {"created_at": {"gt": None}}, {"created_at": {"in": ["nope"]}},
    {"created_at": {"gt": "0001-01-01T00:00:00+14:00"}},
    {"created_at": {"contains": "2026-03-01T00:00:00Z"}},
    {"XOR": [1]}, {"NOR": [{"a": 1}]}, {"XOR": {"a": 1}}, {"$nor": [{"a": 1}]}, {"$where": "x"},
    {"state": "bogus"}, {"state": {"in": ["active", "bogus"]}}, {"trust": 2}, {"kind": {"ne": "x"}},
    {"pinned": "yes"}, {"pinned": 1}, {"version": "2"}, {"confidence": True},
    {"user_id": {"eq": 5}}, {"user_id": True}, {"name": {"contains": 5}},
    {"tags": {"contains": 5}},
]  # fmt: skip


@pytest.mark.parametrize("raw", MALFORMED, ids=lambda raw: ascii(raw)[:40])
def test_a_malformed_filter_is_refused_with_words_that_can_be_sent(raw: object) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_filter(raw)
    assert refused.value.code == "invalid_filter"
    assert refused.value.message.encode()
    assert len(refused.value.message) < 500


@pytest.mark.parametrize("op", [op for op in OPERATORS if op not in LIST_OPERATORS])
def test_tags_are_a_list_that_contains(op: str) -> None:
    for raw in ({"tags": {op: OPERANDS.get(op, "x")}}, {"tags": "red"}, {"tags": ["red"]}):
        with pytest.raises(InvalidFilter, match="tags is a list; use contains"):
            parse_filter(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"home.city": {"in": []}},
        {"home.city": {"gt": True}},
        {"metadata.home.city": {"eq": [1]}},
        {"home.city": {"icontains": 5}},
        {"home.city": {"present": 1}},
    ],
)
def test_a_refusal_names_the_path_into_metadata(raw: object) -> None:
    with pytest.raises(InvalidFilter, match=r"on 'metadata\.home\.city'"):
        parse_filter(raw)


@pytest.mark.parametrize("field", [field for field in CLOSED_FIELDS if field != "tags"])
@pytest.mark.parametrize("op", ["gt", "gte", "lt", "lte"])
def test_names_without_an_order_are_not_ordered_by_their_letters(field: str, op: str) -> None:
    with pytest.raises(InvalidFilter, match="has no order"):
        parse_filter({field: {op: "standard"}})


def nested(levels: int) -> dict[str, object]:
    raw: dict[str, object] = {"a": 1}
    for _ in range(levels):
        raw = {"AND": [raw]}
    return raw


def test_depth_is_bounded() -> None:
    parse_filter(nested(MAX_DEPTH))
    with pytest.raises(InvalidFilter, match=f"{MAX_DEPTH} levels"):
        parse_filter(nested(MAX_DEPTH + 1))
    with pytest.raises(InvalidFilter):
        parse_filter(nested(900))


def test_the_number_of_conditions_is_bounded_however_they_are_written() -> None:
    side_by_side = {f"a{n}": n for n in range(MAX_NODES)}
    with pytest.raises(InvalidFilter, match=f"{MAX_NODES} nodes"):
        parse_filter(side_by_side)
    side_by_side.popitem()
    assert isinstance(parse_filter(side_by_side), And)
    for wide in (
        {"OR": [{"a": n} for n in range(MAX_NODES)]},
        {f"a{n}": {"gt": 1, "lt": 2} for n in range(MAX_NODES // 2)},
        {"OR": [{f"a{n}": {"gt": 1, "lt": 9}} for n in range(MAX_NODES // 3 + 1)]},
    ):
        with pytest.raises(InvalidFilter, match=f"{MAX_NODES} nodes"):
            parse_filter(wide)


def test_the_length_of_a_list_is_bounded() -> None:
    parse_filter({"a": list(range(MAX_OPTIONS))})
    with pytest.raises(InvalidFilter, match=f"1 to {MAX_OPTIONS}"):
        parse_filter({"a": list(range(MAX_OPTIONS + 1))})


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=3)
)
NAMES = st.sampled_from(
    ["AND", "OR", "NOT", "$and", "a", "a.b", "created_at", "tags", "pinned", *OPERATORS]
) | st.text(max_size=4)
SHAPES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(SHAPES)
def test_any_shape_is_either_read_or_refused_and_nothing_else(raw: object) -> None:
    try:
        tree = parse_filter(raw)
    except InvalidFilter:
        return
    assert isinstance(tree, Condition | And | Or | Not)


def test_a_refusal_names_the_field_and_what_it_may_hold() -> None:
    for raw, said in (
        ({"state": "bogus"}, "'state' is one of .*archived.* not 'bogus'"),
        ({"pinned": "yes"}, "'pinned' is true or false, not 'yes'"),
        ({"user_id": {"eq": 5}}, "'user_id' is a string, not 5"),
        ({"XOR": [1]}, "'XOR' joins nothing; use AND, OR or NOT"),
    ):
        with pytest.raises(InvalidFilter, match=said):
            parse_filter(raw)


def test_the_keys_of_metadata_stay_free() -> None:
    assert parse_filter({"SKU": "x"}) == meta("SKU", value="x")
    assert parse_filter({"SKU": {"in": ["x"]}}) == meta("SKU", op="in", value=["x"])
    assert parse_filter({"metadata.SKU": [1]}) == meta("SKU", op="in", value=[1])
    assert parse_filter({"mood": "bogus"}) == meta("mood", value="bogus")
