"""What a filter means: the reference that every adapter's translation is tested against.

A field that is absent is null. Values of different types are unequal and never ordered, except
that whole numbers and fractions compare by value. ``contains`` is membership in a list and
substring in a string; ``icontains`` the same in lower case.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import JsonValue

from memory_os.domain.branch import plain_id
from memory_os.domain.cube import Cube
from memory_os.domain.filters import TIME_FIELDS, And, Condition, Filter, Not, Or
from memory_os.domain.payload import Message


def matches(filter: Filter, cube: Cube) -> bool:
    """Tell whether ``cube`` passes ``filter``."""
    if isinstance(filter, And):
        return all(matches(part, cube) for part in filter.parts)
    if isinstance(filter, Or):
        return any(matches(part, cube) for part in filter.parts)
    if isinstance(filter, Not):
        return not any(matches(part, cube) for part in filter.parts)
    return compare(filter, field_value(cube, filter))


def field_value(cube: Cube, condition: Condition) -> JsonValue:
    """Return what ``condition`` looks at in ``cube``; null when it is not there."""
    if condition.path:
        found: JsonValue = cube.version.metadata
        for step in condition.path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found
    value = _READERS[condition.field](cube)
    if isinstance(value, datetime):
        return value.isoformat()
    return value  # type: ignore[return-value]


def compare(condition: Condition, value: JsonValue) -> bool:
    """Apply the operator of ``condition`` to ``value``."""
    op, operand = condition.op, condition.value
    if op == "present":
        return (value is not None) is operand
    if op in ("in", "nin"):
        options = operand if isinstance(operand, list) else [operand]
        return any(_same(value, option) for option in options) is (op == "in")
    if op in ("eq", "ne"):
        return _same(value, operand) is (op == "eq")
    if op in ("contains", "icontains"):
        return _contains(value, operand, fold=op == "icontains")
    return _ordered(op, condition.field, value, operand)


def _same(left: JsonValue, right: JsonValue) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    return type(left) is type(right) and left == right


def _contains(value: JsonValue, operand: JsonValue, *, fold: bool) -> bool:
    if isinstance(value, list):
        if fold and isinstance(operand, str):
            return any(isinstance(x, str) and x.lower() == operand.lower() for x in value)
        return any(_same(item, operand) for item in value)
    if isinstance(value, str) and isinstance(operand, str):
        return operand.lower() in value.lower() if fold else operand in value
    return False


def _ordered(op: str, field: str, value: JsonValue, operand: JsonValue) -> bool:
    if field in TIME_FIELDS and isinstance(value, str) and isinstance(operand, str):
        return _ORDER[op](datetime.fromisoformat(value), datetime.fromisoformat(operand))
    numbers = isinstance(value, int | float) and isinstance(operand, int | float)
    if isinstance(value, bool) or isinstance(operand, bool):
        return False
    if numbers or (isinstance(value, str) and isinstance(operand, str)):
        return _ORDER[op](value, operand)
    return False


_ORDER: dict[str, Callable[..., bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}

_READERS: dict[str, Callable[[Cube], object]] = {
    "id": lambda c: plain_id(c.id),
    "external_id": lambda c: c.external_id,
    "kind": lambda c: c.kind.value,
    "semantic_type": lambda c: c.version.semantic_type.value,
    "state": lambda c: c.governance.state.value,
    "tags": lambda c: list(c.version.tags),
    "visibility": lambda c: c.governance.visibility.value,
    "priority": lambda c: c.governance.priority.value,
    "pinned": lambda c: c.governance.pinned,
    "sensitivity": lambda c: c.governance.sensitivity.value,
    "trust": lambda c: c.version.trust.label,
    "confidence": lambda c: c.version.confidence,
    "version": lambda c: c.version.number,
    "source_class": lambda c: c.version.origin.source_class.value,
    "created_at": lambda c: c.created_at,
    "updated_at": lambda c: c.updated_at,
    "valid_from": lambda c: c.version.valid_from,
    "valid_to": lambda c: c.version.valid_to,
    "expires_at": lambda c: c.governance.lifespan.expires_at,
    "role": lambda c: c.payload.role if isinstance(c.payload, Message) else None,
    "name": lambda c: c.payload.name if isinstance(c.payload, Message) else None,
    "user_id": lambda c: c.scope.user_id,
    "agent_id": lambda c: c.scope.agent_id,
    "session_id": lambda c: c.scope.session_id,
}
