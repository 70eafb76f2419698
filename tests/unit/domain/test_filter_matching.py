"""What a filter means, on a cube written out in full."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.domain.cube import Cube, Governance, Lifespan, Origin, Version
from memory_os.domain.filter_matching import field_value, matches
from memory_os.domain.filters import HEADER_FIELDS, And, Condition, Not, Or, parse_filter
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Fact, Message
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import (
    Kind,
    Priority,
    SemanticType,
    Sensitivity,
    SourceClass,
    Trust,
    Visibility,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 12, 0, 0, 500, tzinfo=UTC)
METADATA: dict[str, Any] = {
    "city": "Oslo", "n": 3, "x": 3.0, "half": 0.5, "yes": True, "no": False, "zero": 0, "one": 1,
    "nothing": None, "list": ["a", 1, True, None], "home": {"city": "Bergen", "floor": {"n": 2}},
    "text": "Straße ÅNGSTRÖM", "empty": "", "numeral": "3",
}  # fmt: skip
CUBE = Cube(
    id="mem_1",
    tenant_id="t",
    scope=Scope("ada", "chef", None),
    kind=Kind.TEXT,
    created_at=AT,
    payload=Message("user", "Hello", name="Ada", turn=1),
    version=Version(
        number=3,
        recorded_at=LATER,
        semantic_type=SemanticType.MESSAGE,
        content_hash="h",
        tags=("red", "Blue"),
        metadata=METADATA,
        origin=Origin(SourceClass.TOOL_OUTPUT, "bot"),
        trust=Trust.LOW,
        confidence=0.75,
        valid_from=AT,
    ),
    governance=Governance(
        state=State.ACTIVATED,
        visibility=Visibility.TENANT,
        lifespan=Lifespan(expires_at=LATER),
        priority=Priority.HIGH,
        pinned=True,
        sensitivity=Sensitivity.RESTRICTED,
    ),
    external_id="x1",
)

HEADER = {
    "id": "mem_1", "external_id": "x1", "kind": "text", "semantic_type": "message",
    "state": "activated", "tags": ["red", "Blue"], "visibility": "tenant", "priority": "high",
    "pinned": True, "sensitivity": "restricted", "trust": "low", "confidence": 0.75, "version": 3,
    "source_class": "tool_output", "created_at": "2026-03-01T12:00:00+00:00",
    "updated_at": "2026-03-02T12:00:00.000500+00:00", "valid_from": "2026-03-01T12:00:00+00:00",
    "valid_to": None, "expires_at": "2026-03-02T12:00:00.000500+00:00", "role": "user",
    "name": "Ada", "user_id": "ada", "agent_id": "chef", "session_id": None,
}  # fmt: skip


def passes(raw: object, cube: Cube = CUBE) -> bool:
    return matches(parse_filter(raw), cube)


def test_every_header_field_can_be_read() -> None:
    read = {name: field_value(CUBE, Condition(name, "eq", None)) for name in HEADER_FIELDS}
    assert read == HEADER


@pytest.mark.parametrize("field", HEADER_FIELDS)
def test_every_header_field_equals_itself_and_is_present_when_set(field: str) -> None:
    value = HEADER[field]
    assert passes({field: {"present": value is not None}})
    assert not passes({field: {"present": value is None}})
    if not isinstance(value, list):
        assert passes({field: {"eq": value}})
        assert passes({field: {"in": [value]}})
        assert not passes({field: {"ne": value}})
        assert not passes({field: {"nin": [value]}})


def test_a_role_and_a_name_belong_to_messages_alone() -> None:
    fact = replace(CUBE, payload=Fact("x"))
    assert not passes({"role": "*"}, fact)
    assert passes({"name": None}, fact)


TRUE = [
    {"city": "Oslo"}, {"metadata.city": "Oslo"}, {"home.city": "Bergen"}, {"home.floor.n": 2},
    {"n": 3}, {"n": 3.0}, {"x": 3}, {"half": {"gt": 0}}, {"half": {"lt": 1}}, {"yes": True},
    {"no": False}, {"nothing": None}, {"absent": None}, {"home.absent.deep": None},
    {"city.deeper": None}, {"n": {"ne": "3"}}, {"numeral": {"ne": 3}}, {"yes": {"ne": 1}},
    {"one": {"ne": True}}, {"zero": {"ne": False}}, {"zero": 0}, {"empty": ""}, {"empty": "*"},
    {"zero": "*"}, {"no": "*"}, {"nothing": {"present": False}}, {"absent": {"present": False}},
    {"city": ["Oslo", "Rome"]}, {"city": {"nin": ["Rome"]}}, {"absent": {"in": [None]}},
    {"absent": {"nin": ["x"]}}, {"absent": {"ne": "x"}}, {"yes": {"nin": [1]}},
    {"city": {"gt": "Aaa"}}, {"city": {"lte": "Oslo"}}, {"n": {"gte": 3, "lte": 3}},
    {"n": {"gt": 2.5}}, {"tags": {"contains": "red"}}, {"tags": {"icontains": "BLUE"}},
    {"list": {"contains": 1}}, {"list": {"contains": "a"}}, {"list": {"contains": True}},
    {"list": {"icontains": "A"}}, {"list": "*"},
    {"city": {"contains": "sl"}}, {"city": {"icontains": "OSL"}}, {"text": {"icontains": "ångst"}},
    {"created_at": {"gte": "2026-03-01T12:00:00Z", "lt": "2026-03-01T12:00:00.000001Z"}},
    {"created_at": "2026-03-01T13:00:00+01:00"},
    {"updated_at": {"gt": "2026-03-02T12:00:00Z"}},
    {"updated_at": {"lt": "2026-03-02T12:00:00.000501Z"}},
    {"valid_to": None}, {"session_id": None}, {"run_id": {"present": False}},
    {"confidence": {"gte": 0.75}}, {"version": {"in": [3.0]}}, {"pinned": True},
    {}, {"AND": [{}]}, {"OR": [{"n": 1}, {"n": 3}]}, {"NOT": {"n": 1}},
    {"NOT": [{"n": 1}, {"city": "Rome"}]}, {"n": 3, "city": "Oslo"},
    {"AND": [{"OR": [{"n": 3}, {"n": 9}]}, {"NOT": [{"city": "Rome"}]}]},
]  # fmt: skip
FALSE = [
    {"city": "oslo"}, {"city": "Rome"}, {"n": "3"}, {"numeral": 3}, {"yes": 1}, {"one": True},
    {"zero": False}, {"no": 0}, {"absent": "x"}, {"absent": "*"}, {"nothing": "*"},
    {"city": ["Rome"]}, {"city": {"nin": ["Oslo"]}}, {"nothing": {"ne": None}},
    {"yes": {"in": [1]}}, {"list": {"contains": "A"}}, {"list": {"contains": 2}},
    {"home": {"contains": "city"}}, {"n": {"contains": 3}}, {"absent": {"contains": "x"}},
    {"city": {"contains": "OSL"}}, {"n": {"icontains": "3"}}, {"list": {"eq": "a"}},
    {"n": {"gt": "2"}}, {"city": {"gt": 2}}, {"yes": {"gt": 0}}, {"absent": {"gt": 0}},
    {"absent": {"lt": 0}}, {"nothing": {"lte": 0}}, {"n": {"gt": 3}}, {"n": {"lt": 3}},
    {"list": {"gt": 0}}, {"tags": {"contains": "RED"}},
    {"tags": {"contains": "re"}}, {"valid_to": {"gt": "2020-01-01T00:00:00Z"}},
    {"valid_to": {"lt": "2030-01-01T00:00:00Z"}}, {"updated_at": "2026-03-02T12:00:00Z"},
    {"OR": [{"n": 1}, {"n": 2}]}, {"NOT": {"n": 3}}, {"NOT": [{"n": 3}, {"city": "Rome"}]},
    {"NOT": {}}, {"n": 3, "city": "Rome"}, {"pinned": False},
]  # fmt: skip


@pytest.mark.parametrize("raw", TRUE, ids=str)
def test_a_true_filter_lets_the_cube_pass(raw: object) -> None:
    assert passes(raw)


@pytest.mark.parametrize("raw", FALSE, ids=str)
def test_a_false_filter_keeps_the_cube_out(raw: object) -> None:
    assert not passes(raw)


SCALARS = st.sampled_from([None, True, False, 0, 1, 3, 3.0, 0.5, "", "a", "A", "3", "Oslo"])
FIELDS = st.sampled_from([*sorted(METADATA), "absent", "home.city"])


@settings(deadline=None)
@given(FIELDS, SCALARS)
def test_an_operator_and_its_opposite_never_agree(field: str, value: Any) -> None:
    assert passes({field: {"eq": value}}) is not passes({field: {"ne": value}})
    assert passes({field: {"in": [value]}}) is not passes({field: {"nin": [value]}})
    assert passes({field: {"eq": value}}) is passes({field: {"in": [value]}})
    assert passes({field: {"present": True}}) is not passes({field: {"present": False}})


@settings(deadline=None)
@given(FIELDS, SCALARS.filter(lambda v: v is not None and not isinstance(v, bool)))
def test_a_value_stands_in_at_most_one_order_to_another(field: str, value: Any) -> None:
    below, above = passes({field: {"lt": value}}), passes({field: {"gt": value}})
    same = passes({field: {"eq": value}})
    assert below + above + same <= 1
    if below or above or same:
        assert passes({field: {"lte": value}}) is (below or same)
        assert passes({field: {"gte": value}}) is (above or same)


PARTS = st.lists(st.sampled_from([*TRUE[:8], *FALSE[:8]]), min_size=1, max_size=4)


@settings(deadline=None)
@given(PARTS)
def test_and_or_not_are_those_of_logic(parts: list[dict[str, object]]) -> None:
    truths = [passes(part) for part in parts]
    trees = tuple(parse_filter(part) for part in parts)
    assert matches(And(trees), CUBE) is all(truths) is passes({"AND": parts})
    assert matches(Or(trees), CUBE) is any(truths) is passes({"OR": parts})
    assert matches(Not(trees), CUBE) is (not any(truths)) is passes({"NOT": parts})
