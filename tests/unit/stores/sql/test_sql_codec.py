"""Rows: what is stored is compact, fixed, exact, and refused when it makes no sense."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.domain.cube import Cube, Governance, Usage
from memory_os.domain.payload import Message, Template
from memory_os.errors import InvalidInput, StoreCorrupt
from memory_os.testing.cube_strategies import cubes
from memory_os.testing.cubes import PAYLOADS, cube, full_cube, vector
from memory_os_stores.sql.codec import (
    Row,
    cube_of,
    cube_row,
    governance_text,
    usage_text,
    version_row,
)
from memory_os_stores.sql.namespaces import ancestors, join, split
from memory_os_stores.sql.reads import CUBE_COLUMNS
from memory_os_stores.sql.tables import cubes as cubes_table
from memory_os_stores.sql.tables import versions as versions_table
from memory_os_stores.sql.vectors import pack, unpack


def as_read(whole: Cube) -> Row:
    """Return the row that reading the cube gives, from the rows that writing it makes."""
    tables = {
        "cubes": dict(
            zip(cubes_table.c.keys(), cube_row(whole, whole.version.recorded_at), strict=True)
        ),
        "versions": dict(zip(versions_table.c.keys(), version_row(whole), strict=True)),
    }
    return tuple(tables[column.table.name][column.name] for column in CUBE_COLUMNS)


def test_what_equals_a_default_is_left_out() -> None:
    version = dict(zip(versions_table.c.keys(), version_row(cube(1)), strict=True))
    assert json.loads(version["header"]) == {"origin": {"actor": "local"}}
    assert json.loads(version["payload"]) == {"role": "user", "text": "I drink tea.", "turn": 1}
    assert governance_text(Governance()) == "{}"
    assert usage_text(Usage()) == "{}"


def test_the_stored_format_is_fixed() -> None:
    """A default that changes in the domain changes what stored rows mean: then this fails."""
    assert repr(Governance()) == (
        "Governance(state=<State.GENERATED: 'generated'>, state_reason='created', "
        "state_since=None, resume=(), visibility=<Visibility.SCOPE: 'scope'>, "
        "lifespan=Lifespan(ttl_seconds=None, expires_at=None, refresh_on_read=False, "
        "retain_until=None, decay=True, purge_at=None, held_noted=False), "
        "priority=<Priority.NORMAL: 'normal'>, pinned=False, "
        "sensitivity=<Sensitivity.INTERNAL: 'internal'>, compliance=(), "
        "absorbed=None)"
    )
    assert repr(Usage()) == (
        "Usage(strength=1.0, half_life=60.0, touched_at=None, returned=0, in_context=0, cited=0, "
        "confirmed=0, unhelpful=0, last_at=None, tokens_spent=0, money_spent=0.0, contexts=())"
    )
    header = dict(zip(versions_table.c.keys(), version_row(full_cube()), strict=True))["header"]
    assert list(json.loads(header)) == [
        "signature", "tags", "metadata", "origin", "simhash", "parents", "merged_into",
        "superseded_by", "conflicts_with",
    ]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.form)
def test_a_full_cube_comes_back(payload: Message) -> None:
    whole = full_cube(payload)
    assert cube_of(as_read(whole)) == whole


@settings(max_examples=40, deadline=None)
@given(cubes())
def test_any_cube_comes_back(whole: Cube) -> None:
    assert cube_of(as_read(whole)) == whole


@pytest.mark.parametrize(
    ("column", "garbage"),
    [
        ("kind", "txet"),
        ("created_at", "long ago"),
        ("recorded_at", None),
        ("recorded_at", 10**30),
        ("semantic_type", "fact\x00"),
        ("trust", 9),
        ("form", "massage"),
        ("governance", "{"),
        ("governance", '{"state": "gone"}'),
        ("usage", '{"strength": "much"}'),
        ("header", "\x00\x01"),
        ("header", "[]"),
        ("header", '{"tags": 7}'),
        ("payload", None),
        ("payload", '{"role": "user"}'),
    ],
)
def test_a_row_that_makes_no_sense_is_called_corrupt(column: str, garbage: object) -> None:
    row = list(as_read(cube(1)))
    row[[known.name for known in CUBE_COLUMNS].index(column)] = garbage
    with pytest.raises(StoreCorrupt, match="cannot be read"):
        cube_of(tuple(row))


@pytest.mark.parametrize("bad", ["\ud800", "tea \udfff"])
def test_text_that_is_no_unicode_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput):
        version_row(cube(1, bad))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_no_json_are_refused(number: float) -> None:
    with pytest.raises(InvalidInput):
        version_row(cube(1, metadata={"x": [number]}))
    with pytest.raises(InvalidInput):
        version_row(cube(1, confidence=number))
    with pytest.raises(InvalidInput):
        version_row(cube(1, payload=Template("s", 1, {"a": {"b": number}})))


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), max_size=5))
def test_a_namespace_comes_back_and_its_ancestors_are_prefixes(labels: list[str]) -> None:
    namespace = tuple(labels)
    assert split(join(namespace)) == namespace
    assert [split(text) for text in ancestors(namespace)] == [
        namespace[:depth] for depth in range(len(namespace) + 1)
    ]
    assert all(join(namespace).startswith(text) for text in ancestors(namespace))


def test_a_label_with_the_separator_is_refused() -> None:
    with pytest.raises(InvalidInput):
        join(("a", "b\x1fc"))


@given(st.integers(0, 2**32), st.sampled_from((1, 3, 256, 1024)))
def test_a_vector_comes_back_within_a_thousandth(seed: int, dimensions: int) -> None:
    drawn = np.random.default_rng(seed).standard_normal((2, dimensions)).astype(np.float32)
    first, second = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    back = unpack(pack(first))
    assert back.dtype == np.float32
    assert abs(float(back @ second) - float(first @ second)) < 1e-3
    assert len(pack(first)) == 2 * dimensions


def test_a_vector_is_writable_and_its_own() -> None:
    back = unpack(pack(vector(1)))
    back[0] = 0.0
    assert back[0] == 0.0
