"""Filters over the header and metadata: mem0's shapes parsed to a small tree, and their meaning.

``{"AND": [{"tags": {"contains": "x"}}, {"priority": {"ne": "low"}}]}``, ``{"city": "Oslo"}``,
``{"NOT": [...]}``; a leaf with several operators joins them with AND. ``"*"`` means present.
``matches`` is the reference; adapters translate the same tree and are tested against it.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from memory_os.clock import exact_moment
from memory_os.domain.lifecycle import State
from memory_os.domain.vocabulary import (
    Kind,
    Priority,
    SemanticType,
    Sensitivity,
    SourceClass,
    Trust,
    Visibility,
)
from memory_os.errors import InvalidFilter, InvalidInput

OPERATORS = ("eq", "ne", "in", "nin", "gt", "gte", "lt", "lte", "contains", "icontains", "present")
SCOPE_FIELDS = ("user_id", "agent_id", "session_id", "run_id", "namespace")
HEADER_FIELDS = (
    "id", "external_id", "kind", "semantic_type", "state", "tags", "visibility", "priority",
    "pinned", "sensitivity", "trust", "confidence", "version", "source_class", "created_at",
    "updated_at", "valid_from", "valid_to", "expires_at", "role", "name",
    "user_id", "agent_id", "session_id",
)  # fmt: skip
TIME_FIELDS = ("created_at", "updated_at", "valid_from", "valid_to", "expires_at")
CLOSED_FIELDS = (
    "kind", "semantic_type", "state", "visibility", "priority", "sensitivity", "trust",
    "source_class", "pinned", "tags",
)  # fmt: skip
"""Fields without an order: their values are names, flags or labels."""
LIST_OPERATORS = ("contains", "icontains", "present")
"""The operators that can be true of ``tags``, a list."""
NUMBER_FIELDS = ("confidence", "version")
VOCABULARIES: dict[str, tuple[str, ...]] = {
    "kind": tuple(Kind),
    "semantic_type": tuple(SemanticType),
    "state": tuple(State),
    "visibility": tuple(Visibility),
    "priority": tuple(Priority),
    "sensitivity": tuple(Sensitivity),
    "trust": tuple(trust.label for trust in Trust),
    "source_class": tuple(SourceClass),
}
"""The words that a field can hold, for those whose words are known."""
MAX_DEPTH = 8
MAX_NODES = 200
MAX_OPTIONS = 1_000
_TAGS_SHAPE = '{"tags": {"contains": "red"}}'
_ORDERING = ("gt", "gte", "lt", "lte")
_INT64 = 1 << 63
_UNCLEAN = re.compile(r"[\x00\ud800-\udfff]")
_STEP = r"[^.\x00-\x1f\"\ud800-\udfff]{1,128}"
_PATH = re.compile(rf"{_STEP}(\.{_STEP}){{0,7}}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; ``field`` is a header field, or ``path`` leads into ``metadata``."""

    field: str
    op: str
    value: JsonValue
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class And:
    """True when every part is; an empty one is true."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when any part is."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when no part is."""

    parts: tuple["Filter", ...]


Filter = Condition | And | Or | Not


def parse_filter(raw: object) -> Filter:
    """Parse the JSON shape into a tree.

    Raises:
        InvalidFilter: not a mapping, unknown operator, wrong operand, more than ``MAX_NODES``
            conditions, ``MAX_DEPTH`` levels or ``MAX_OPTIONS`` values in a list.
    """
    budget = [MAX_NODES]
    return _parse(raw, 0, budget)


def _parse(raw: object, depth: int, budget: list[int]) -> Filter:
    _spend(budget, 1)
    if depth > MAX_DEPTH:
        raise InvalidFilter(f"filter exceeds {MAX_DEPTH} levels")
    if not isinstance(raw, Mapping):
        raise InvalidFilter(f"a filter must be an object, not {type(raw).__name__}")
    parts: list[Filter] = []
    for name, value in raw.items():
        if not isinstance(name, str):
            raise InvalidFilter(f"a filter's names must be strings, not {type(name).__name__}")
        joined = _LOGIC.get(name.lstrip("$").upper())
        if joined is None:
            _no_combinator(name, value)
            parts.extend(_leaf(name, value, budget))
            continue
        children = value if isinstance(value, list | tuple) else [value]
        if not children:
            raise InvalidFilter(f"{name} needs at least one part")
        parts.append(joined(tuple(_parse(child, depth + 1, budget) for child in children)))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _no_combinator(name: str, value: object) -> None:
    """Refuse what is written like AND, OR and NOT over parts and is none of them."""
    loud = len(name) > 1 and name.isalpha() and name.isupper()
    parts = isinstance(value, list | tuple) or (
        isinstance(value, Mapping) and not {str(op).lstrip("$") for op in value} & set(OPERATORS)
    )
    if name.startswith("$") or (loud and parts):
        raise InvalidFilter(
            f"{name!r:.100} joins nothing; use AND, OR or NOT, or "
            f"{'metadata.' + name!r:.100} for a key of the metadata"
        )


def _spend(budget: list[int], nodes: int) -> None:
    budget[0] -= nodes
    if budget[0] < 0:
        raise InvalidFilter(f"filter exceeds {MAX_NODES} nodes")


def holds_condition(filter: Filter) -> bool:
    """Tell whether every way to pass the filter goes through some condition on a field."""
    if isinstance(filter, Condition):
        return True
    if isinstance(filter, And):
        return any(holds_condition(part) for part in filter.parts)
    return bool(filter.parts) and all(holds_condition(part) for part in filter.parts)


_LOGIC: dict[str, Callable[[tuple[Filter, ...]], Filter]] = {"AND": And, "OR": Or, "NOT": Not}


def _leaf(name: str, value: object, budget: list[int]) -> list[Filter]:
    field, path = _locate(name)
    _spend(budget, len(value) if isinstance(value, Mapping) else 1)
    if not isinstance(value, Mapping):
        if value == "*":
            return [Condition(field, "present", True, path)]
        return [_condition(field, path, "in" if isinstance(value, list) else "eq", value)]
    if not value:
        raise InvalidFilter(f"filter on {name!r} names no operator; use one of {OPERATORS}")
    return [_condition(field, path, str(op).lstrip("$"), operand) for op, operand in value.items()]


def _locate(name: str) -> tuple[str, tuple[str, ...]]:
    name = {"run_id": "session_id"}.get(name, name)
    if name in HEADER_FIELDS:
        return name, ()
    path = name.removeprefix("metadata.")
    if not _PATH.fullmatch(path):
        raise InvalidFilter(f"{name!r} is no header field and no metadata path")
    return "metadata", tuple(path.split("."))


def _condition(field: str, path: tuple[str, ...], op: str, operand: object) -> Condition:
    if op not in OPERATORS:
        raise InvalidFilter(f"unknown operator {op!r}; use one of {', '.join(OPERATORS)}")
    if field == "tags" and op not in LIST_OPERATORS:
        raise InvalidFilter(f"tags is a list; use contains, such as {_TAGS_SHAPE}, not {op!r}")
    if op in _ORDERING and field in CLOSED_FIELDS:
        raise InvalidFilter(f"{field!r} has no order for {op!r}; use 'eq', 'ne', 'in' or 'nin'")
    name = ".".join((field, *path))
    if op in ("in", "nin"):
        if not isinstance(operand, list | tuple) or not 0 < len(operand) <= MAX_OPTIONS:
            raise InvalidFilter(f"{op!r} on {name!r} needs a list of 1 to {MAX_OPTIONS} values")
        return Condition(field, op, [_scalar(field, name, op, part) for part in operand], path)
    if op == "present" and not isinstance(operand, bool):
        raise InvalidFilter(f"'present' on {name!r} needs true or false")
    return Condition(field, op, _scalar(field, name, op, operand), path)


def _scalar(field: str, name: str, op: str, value: object) -> JsonValue:
    if op != "present" and value is not None:
        _fitting(field, op, value)
    if field in TIME_FIELDS and op in ("contains", "icontains"):
        raise InvalidFilter(f"{field!r} is a time; use 'gte' and 'lt' instead of {op!r}")
    if field in TIME_FIELDS and op != "present" and value is not None:
        return _time(field, value).isoformat()
    if value is None and op in ("eq", "ne", "in", "nin"):
        return None
    if op in _ORDERING and isinstance(value, bool):
        raise InvalidFilter(f"{op!r} on {name!r} cannot order true and false")
    if op == "icontains" and not isinstance(value, str):
        raise InvalidFilter(f"'icontains' on {name!r} needs a string")
    if isinstance(value, bool) or (isinstance(value, str) and not _UNCLEAN.search(value)):
        return value
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise InvalidFilter(f"{op!r} on {name!r} cannot compare with {value!r:.100}")


def _fitting(field: str, op: str, value: object) -> None:
    """Refuse what a header field never holds: it would find nothing, and nobody would know."""
    if field == "metadata" or field in TIME_FIELDS:
        return
    words = VOCABULARIES.get(field) if op in ("eq", "ne", "in", "nin") else None
    if field == "pinned":
        fits, wanted = isinstance(value, bool), "true or false"
    elif field in NUMBER_FIELDS:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        wanted = "a number"
    else:
        fits = isinstance(value, str) and (words is None or value in words)
        wanted = "a string" if words is None else f"one of {', '.join(words)}"
    if not fits:
        raise InvalidFilter(f"{field!r} is {wanted}, not {value!r:.100}")


def _time(field: str, value: object) -> datetime:
    try:
        return exact_moment(value)
    except InvalidInput as error:
        raise InvalidFilter(
            f"{field!r} needs an ISO 8601 time with a zone, such as 2026-03-01T12:00:00Z, "
            f"not {value!r:.100}"
        ) from error
