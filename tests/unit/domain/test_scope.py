"""Scopes: what reaches what, and what may serve as an id."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.domain.scope import (
    MAX_ID,
    MAX_NAMESPACE_DEPTH,
    Scope,
    ScopeMatch,
    check_id,
    make_scope,
)
from memory_os.errors import InvalidInput

INHERIT, EXACT = ScopeMatch.INHERIT, ScopeMatch.EXACT

# asked for, on the cube, reached when inheriting, reached when exact
ONE_ID = [
    (None, None, True, True),
    (None, "ada", True, True),
    ("ada", None, True, False),
    ("ada", "ada", True, True),
    ("ada", "bob", False, False),
]
FIELDS = ("user_id", "agent_id", "session_id")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("asked", "stored", "inherits", "equals"), ONE_ID)
def test_one_id_reaches_by_its_truth_table(
    field: str, asked: str | None, stored: str | None, inherits: bool, equals: bool
) -> None:
    call, cube = Scope(**{field: asked}), Scope(**{field: stored})
    assert call.reaches(cube, INHERIT) is inherits
    assert call.reaches(cube, EXACT) is equals


@pytest.mark.parametrize("rows", list(product(ONE_ID, repeat=3)))
def test_three_ids_reach_when_each_of_them_does(
    rows: tuple[tuple[str | None, str | None, bool, bool], ...],
) -> None:
    call = Scope(*(row[0] for row in rows))
    cube = Scope(*(row[1] for row in rows))
    assert call.reaches(cube, INHERIT) is all(row[2] for row in rows)
    assert call.reaches(cube, EXACT) is all(row[3] for row in rows)


NAMESPACES = [
    ((), (), True, True),
    ((), ("a",), True, True),
    (("a",), (), True, False),
    (("a",), ("a",), True, True),
    (("a",), ("a", "b"), True, True),
    (("a",), ("b",), False, False),
    (("a", "b"), ("a",), True, False),
    (("a", "b"), (), True, False),
    (("a", "b"), ("a", "c"), False, False),
    (("a", "b"), ("ab",), False, False),
    (("a",), ("aa",), False, False),
]


@pytest.mark.parametrize(("asked", "stored", "inherits", "equals"), NAMESPACES)
def test_a_namespace_reaches_what_is_below_and_inherits_from_above(
    asked: tuple[str, ...], stored: tuple[str, ...], inherits: bool, equals: bool
) -> None:
    call, cube = Scope(namespace=asked), Scope(namespace=stored)
    assert call.reaches(cube, INHERIT) is inherits
    assert call.reaches(cube, EXACT) is equals


def test_one_mismatch_among_matches_is_enough_to_miss() -> None:
    call = Scope("ada", "chef", "s1", ("a",))
    assert call.reaches(Scope("ada", "chef", "s1", ("a", "b")), EXACT)
    assert not call.reaches(Scope("ada", "chef", "s2", ("a",)), INHERIT)
    assert not call.reaches(Scope("ada", "chef", "s1", ("b",)), INHERIT)


LABELS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=8)
IDS = st.none() | LABELS
SCOPES = st.builds(Scope, IDS, IDS, IDS, st.lists(LABELS, max_size=3).map(tuple))


@settings(deadline=None)
@given(SCOPES, SCOPES)
def test_keys_are_equal_exactly_for_equal_scopes(left: Scope, right: Scope) -> None:
    assert (left.key() == right.key()) is (left == right)


def test_keys_keep_ids_and_labels_apart() -> None:
    tricky = [
        Scope(), Scope("a"), Scope(None, "a"), Scope(None, None, "a"), Scope(namespace=("a",)),
        Scope("a", "b"), Scope("a=b"), Scope("=a"), Scope("="), Scope(namespace=("a", "b")),
        Scope(namespace=("=a",)), Scope("a", namespace=("b",)),
    ]  # fmt: skip
    assert len({scope.key() for scope in tricky}) == len(tricky)


@settings(deadline=None)
@given(SCOPES, SCOPES)
def test_exact_reaches_no_more_than_inheriting(call: Scope, cube: Scope) -> None:
    if call.reaches(cube, EXACT):
        assert call.reaches(cube, INHERIT)
    assert call.reaches(call, EXACT)
    assert Scope().reaches(cube, EXACT)


def test_a_scope_is_true_when_anything_is_set() -> None:
    assert not Scope()
    assert Scope("a")
    assert Scope(namespace=("a",))


@pytest.mark.parametrize(
    "value", ["", "x" * (MAX_ID + 1), "a\nb", "a\x00", "\x1f", "\x7f", "\x85", "\ud800", "a\udfff"]
)
@pytest.mark.parametrize("field", FIELDS)
def test_an_id_is_short_and_holds_no_control_character(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_scope(**{field: value})
    assert refused.value.detail["field"] == field
    assert field in refused.value.message
    refused.value.message.encode()


@pytest.mark.parametrize("value", [5, b"ada", None, ["ada"], 1.5, object()])
def test_an_id_is_a_string(value: object) -> None:
    with pytest.raises(InvalidInput, match="must be a string"):
        check_id("user_id", value)


@pytest.mark.parametrize("value", ["a", "x" * MAX_ID, "ada@example.org", "Ämne ☕", "用户", " "])
def test_any_other_text_may_serve_as_an_id(value: str) -> None:
    assert check_id("user_id", value) == value
    assert make_scope(value, value, value, [value]) == Scope(value, value, value, (value,))


def test_a_namespace_is_one_label_or_a_list_of_up_to_sixteen() -> None:
    assert make_scope(namespace="team").namespace == ("team",)
    assert make_scope(namespace=iter(["a", "b"])).namespace == ("a", "b")
    assert make_scope(namespace=None).namespace == ()
    assert len(make_scope(namespace=["x"] * MAX_NAMESPACE_DEPTH).namespace) == MAX_NAMESPACE_DEPTH
    with pytest.raises(InvalidInput, match="17 labels"):
        make_scope(namespace=["x"] * 17)
    with pytest.raises(InvalidInput, match="namespace"):
        make_scope(namespace=["ok", "\x00"])
    with pytest.raises(InvalidInput, match="namespace"):
        make_scope(namespace=["ok", ""])
