"""Hypothesis strategies: cubes with awkward headers, and filters that nearly fit them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from hypothesis import strategies as st
from pydantic import JsonValue

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube, Governance, Lifespan, Origin
from memory_os.domain.filters import HEADER_FIELDS, OPERATORS, TIME_FIELDS, Filter, parse_filter
from memory_os.domain.grants import NONE, Allowance, Purpose, allowances
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.payload import Fact, Message
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import (
    Kind,
    Priority,
    SemanticType,
    Sensitivity,
    SourceClass,
    Trust,
)
from memory_os.domain.vocabulary import Visibility as Audience
from memory_os.errors import InvalidFilter
from memory_os.testing.cubes import DAY, START, cube

KEYS = ("a", "b", "c d", "é", "x%_", "back\\slash", "it's", "$", "[0]", "0", "form")
WORDS = (
    *("", "a", "A", "Ab", "b%", "b_", "İ", "ß", "SS", "'", "\\", "\\u0000", "5", "5.0", "true"),
    *("null", '"', "[", ",", "é", "e\u0301", "\U0001f375", "\n", "\x00", "a\x00b", "\x7f"),
)
INTEGERS = (0, 1, -1, 5, 17, 10**17, 10**18, 2**53 + 1, 2**63 - 1, -(2**63))
FRACTIONS = (0.0, -0.0, 0.1, 0.30000000000000004, 1.0, 5.0, 5.5, 1e16, 1e18, 1e22, 1e300, 5e-324,
             2.0**53, 9.223372036854775e18, 123456789.123456789)  # fmt: skip
MOMENTS = tuple(START + step for step in (-DAY, timedelta(0), timedelta(microseconds=1), DAY))

_words = st.sampled_from(WORDS) | st.text("aAbİßé%_'\"\\\n\x00 ", max_size=4)
_numbers = (
    st.sampled_from(INTEGERS)
    | st.sampled_from(FRACTIONS)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
)
_scalars = st.none() | st.booleans() | _numbers | _words
_labels = st.sampled_from(("a", "b", "A", "%"))
_moments = st.sampled_from(MOMENTS)


def metadata() -> st.SearchStrategy[dict[str, JsonValue]]:
    """Draw metadata: few keys, values of every type, some nested."""
    values: st.SearchStrategy[JsonValue] = st.recursive(
        _scalars,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
        ),
        max_leaves=4,
    )
    return st.dictionaries(st.sampled_from(KEYS), values, max_size=4)


def scopes() -> st.SearchStrategy[Scope]:
    """Draw scopes that overlap often."""
    ids = st.none() | _labels
    namespaces = st.sampled_from(((), ("a",), ("a", "b"), ("a", "b", "c"), ("ab",), ("%",)))
    return st.builds(Scope, ids, ids, st.none() | st.just("s"), namespaces)


@st.composite
def governances(draw: st.DrawFn) -> Governance:
    """Draw governance in any state, with a stack where the state has one."""
    state = draw(st.sampled_from(State))
    stacked = state in (State.FROZEN, State.QUARANTINED, State.MERGED)
    below = draw(st.sampled_from((State.GENERATED, State.ACTIVATED, State.ARCHIVED)))
    return Governance(
        state=state,
        resume=(below,) if stacked else (),
        visibility=draw(st.sampled_from(Audience)),
        lifespan=Lifespan(expires_at=draw(st.none() | _moments)),
        priority=draw(st.sampled_from(Priority)),
        pinned=draw(st.booleans()),
        sensitivity=draw(st.sampled_from(Sensitivity)),
    )


@st.composite
def cubes(draw: st.DrawFn, number: int = 1) -> Cube:
    """Draw a cube at version 1."""
    message = st.builds(
        Message,
        role=st.sampled_from(("user", "assistant")),
        text=st.just("tea"),
        name=st.none() | _words,
        at=st.none() | _moments,
    )
    return cube(
        number,
        at=draw(_moments),
        payload=draw(message | st.just(Fact("tea"))),
        scope=draw(scopes()),
        external_id=draw(st.none() | st.just(f"x{number}")),
        governance=draw(governances()),
        semantic_type=draw(st.sampled_from(SemanticType)),
        trust=draw(st.sampled_from(Trust)),
        confidence=draw(st.sampled_from((0.0, 0.1, 0.3, 0.30000000000000004, 0.5, 1.0))),
        tags=draw(st.lists(_words, max_size=3).map(tuple)),
        metadata=draw(metadata()),
        origin=Origin(draw(st.sampled_from(SourceClass)), draw(st.sampled_from(("bo", "cy")))),
        valid_from=draw(st.none() | _moments),
        valid_to=draw(st.none() | _moments),
    )


def _values(vocabulary: type[StrEnum]) -> tuple[str, ...]:
    return tuple(word.value for word in vocabulary)


def _operands(field: str) -> st.SearchStrategy[JsonValue]:
    if field in TIME_FIELDS:
        return _moments.map(lambda moment: moment.isoformat())
    told = {
        "kind": ("text", "Text"),
        "semantic_type": _values(SemanticType),
        "state": _values(State),
        "visibility": _values(Audience),
        "priority": _values(Priority),
        "sensitivity": _values(Sensitivity),
        "trust": ("untrusted", "low", "standard", "verified"),
        "source_class": _values(SourceClass),
        "role": ("user", "assistant", "US"),
        "external_id": ("x1", "x2", "X1"),
        "id": (cube(1).id, cube(2).id),
    }.get(field)
    return _scalars | st.sampled_from(told) if told else _scalars


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, object]:
    """Draw one condition in its JSON shape; not each is a legal one."""
    steps = st.lists(st.sampled_from(KEYS), min_size=1, max_size=3)
    path = steps.map(lambda parts: "metadata." + ".".join(parts))
    name = draw(st.sampled_from(HEADER_FIELDS) | path)
    op = draw(st.sampled_from(OPERATORS))
    if op == "present":
        return {name: {op: draw(st.booleans())}}
    if op in ("in", "nin"):
        return {name: {op: draw(st.lists(_operands(name), min_size=1, max_size=3))}}
    return {name: {op: draw(_operands(name))}}


@st.composite
def filters(draw: st.DrawFn) -> Filter | None:
    """Draw a filter, nothing where the drawn shape is refused."""
    raw = draw(
        st.recursive(
            conditions(),
            lambda inner: st.builds(
                lambda word, parts: {word: parts},
                st.sampled_from(("AND", "OR", "NOT")),
                st.lists(inner, min_size=1, max_size=3),
            ),
            max_leaves=4,
        )
    )
    try:
        return parse_filter(raw)
    except InvalidFilter:
        return None


def leaves(
    value: JsonValue, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], JsonValue]]:
    """Yield every path into ``value`` with what is there."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))


@st.composite
def aimed(draw: st.DrawFn, there: Sequence[tuple[tuple[str, ...], JsonValue]]) -> Filter | None:
    """Draw a condition on one of these paths, with an operand that is there or close to it."""
    path, value = draw(st.sampled_from(there))
    options = value if isinstance(value, list) and value else [value]
    operand = draw(st.sampled_from(options))
    if isinstance(operand, str) and draw(st.booleans()):
        operand = operand[draw(st.integers(0, 2)) :].swapcase()
    elif isinstance(operand, int | float) and draw(st.booleans()):
        operand = draw(
            st.sampled_from((operand + 1, -operand, float(operand % 10**300), not operand))
        )
    op = draw(st.sampled_from(OPERATORS))
    shapes = {"in": [operand, draw(_scalars)], "nin": [operand], "present": draw(st.booleans())}
    try:
        return parse_filter({"metadata." + ".".join(path): {op: shapes.get(op, operand)}})
    except InvalidFilter:
        return None


def accesses(tenant_id: str) -> st.SearchStrategy[AccessFilter]:
    """Draw callers: bound and unbound, makers and others, with grants and without."""
    names = st.sampled_from(("bo", "cy", "di"))
    return st.builds(
        AccessFilter,
        tenant_id=st.just(tenant_id),
        principal_id=names,
        bindings=st.just(Scope()) | scopes(),
        sees_private=st.booleans(),
        sees_quarantined=st.booleans(),
        own=st.sampled_from((True, True, False)),
        wide=st.booleans(),
        allowances=st.just(NONE) | st.lists(_allowance(), max_size=3).map(allowances),
        purpose=st.none() | st.sampled_from(Purpose),
    )


def _allowance() -> st.SearchStrategy[Allowance]:
    return st.builds(
        Allowance,
        st.frozensets(st.sampled_from((Right.READ, Right.WRITE, Right.GOVERN))),
        scopes().filter(bool),
        st.none() | st.integers(1, 4).map(lambda number: cube(number).id),
        st.frozensets(st.sampled_from(Purpose)),
    )


def visibilities(moments: st.SearchStrategy[datetime]) -> st.SearchStrategy[Visibility]:
    """Draw what a call wants to see, most parts left open."""
    some_states = st.frozensets(st.sampled_from(State), min_size=1)
    some_types = st.none() | st.frozensets(st.sampled_from(SemanticType), min_size=4)
    return st.builds(
        Visibility,
        scope=st.just(Scope()) | scopes(),
        match=st.sampled_from(ScopeMatch),
        as_of=st.none() | moments,
        valid_at=st.none() | st.none() | moments,
        any_validity=st.just(False) | st.booleans(),
        since=st.none() | st.none() | moments,
        until=st.none() | st.none() | moments,
        kinds=st.just(frozenset(Kind)),
        states=st.just(frozenset(State)) | some_states,
        semantic_types=some_types,
        min_trust=st.just(Trust.UNTRUSTED) | st.sampled_from(Trust),
        filter=st.none() | filters(),
    )
