"""Filter trees as SQL conditions on ``cubes`` joined with ``versions``.

``memory_os.domain.filter_matching`` says what a filter means; this says the same in SQL, and no
condition is ever null. Columns compare as what they are. JSON values compare as their canonical
text, which tells types apart and keeps numbers exact; where text is not enough, the reference
itself is called.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import ColumnElement, and_, case, false, func, literal, not_, or_, true

from memory_os.clock import to_micros
from memory_os.domain.cube import MAIN, Governance, Origin
from memory_os.domain.filters import And, Condition, Filter, Not, Or
from memory_os.domain.vocabulary import Trust
from memory_os_stores.sql.json_values import among, json_condition, json_text
from memory_os_stores.sql.tables import cubes, versions

Clause = ColumnElement[bool]
Expression = ColumnElement[Any]

ORDER: dict[str, Callable[[Expression, Any], Clause]] = {
    "gt": lambda column, operand: column > operand,
    "gte": lambda column, operand: column >= operand,
    "lt": lambda column, operand: column < operand,
    "lte": lambda column, operand: column <= operand,
}
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Governed:
    """The columns that hold a cube's state and governance at the moment that is asked for."""

    state: Expression
    governance: Expression


TODAY = Governed(cubes.c.state, cubes.c.governance)


def filtered(filter: Filter, governed: Governed = TODAY) -> Clause:
    """Return the condition that ``filter`` means."""
    if isinstance(filter, And):
        return and_(true(), *(filtered(part, governed) for part in filter.parts))
    if isinstance(filter, Or):
        return or_(false(), *(filtered(part, governed) for part in filter.parts))
    if isinstance(filter, Not):
        return not_(or_(false(), *(filtered(part, governed) for part in filter.parts)))
    if filter.path:
        return json_condition(filter, json_text(versions.c.header, ("metadata", *filter.path)))
    if filter.field in _GOVERNED:
        return _GOVERNED[filter.field](governed)(filter)
    return _FIELDS[filter.field](filter)


def _text(column: Expression) -> Callable[[Condition], Clause]:
    def clause(condition: Condition) -> Clause:
        op, operand = condition.op, condition.value
        if op in ("eq", "ne", "in", "nin"):
            return _among(column, op, operand, lambda option: isinstance(option, str))
        if op == "present":
            return column.is_not(None) if operand else column.is_(None)
        if not isinstance(operand, str):
            return false()
        if op == "contains":
            return _sure(func.instr(column, operand) > 0)
        if op == "icontains":
            return _sure(func.instr(func.memory_lower(column), operand.lower()) > 0)
        return _sure(ORDER[op](column, operand))

    return clause


def _number(column: Expression) -> Callable[[Condition], Clause]:
    def clause(condition: Condition) -> Clause:
        op, operand = condition.op, condition.value
        if op in ("eq", "ne", "in", "nin"):
            return _among(column, op, operand, _storable)
        if op == "present":
            return column.is_not(None) if operand else column.is_(None)
        if op not in ORDER or isinstance(operand, bool) or not isinstance(operand, int | float):
            return false()
        return ORDER[op](column, operand if _storable(operand) else _far(operand))

    return clause


def _flag(column: Expression) -> Callable[[Condition], Clause]:
    def clause(condition: Condition) -> Clause:
        op, operand = condition.op, condition.value
        if op == "present":
            return true() if operand else false()
        if op in ("eq", "ne", "in", "nin"):
            return _among(column, op, operand, lambda option: isinstance(option, bool))
        return false()

    return clause


def _time(column: Expression) -> Callable[[Condition], Clause]:
    def clause(condition: Condition) -> Clause:
        op, operand = condition.op, condition.value
        if op == "present":
            return column.is_not(None) if operand else column.is_(None)
        if op in ("eq", "ne", "in", "nin"):
            options = operand if isinstance(operand, list) else [operand]
            moments = [_moment(option) if option is not None else None for option in options]
            known = [m for m, option in zip(moments, options, strict=True) if m or option is None]
            return _among(column, "in" if op in ("eq", "in") else "nin", known, _any)
        moment = _moment(operand)
        if moment is None or op not in ORDER:
            return false()
        return _sure(ORDER[op](column, moment))

    return clause


def _json(text: Expression) -> Callable[[Condition], Clause]:
    return lambda condition: json_condition(condition, text)


def _among(column: Expression, op: str, operand: object, fits: Callable[[Any], bool]) -> Clause:
    options: Sequence[Any] = operand if isinstance(operand, list) else [operand]
    fitting = [option for option in options if option is not None and fits(option)]
    found: Clause = false()
    if fitting and all(isinstance(option, str) for option in fitting):
        found = _sure(among(column, fitting))
    elif fitting:
        found = _sure(column.in_(fitting))
    if None in options:
        found = or_(column.is_(None), found)
    return found if op in ("eq", "in") else not_(found)


def _any(_option: object) -> bool:
    return True


def _storable(option: JsonValue) -> bool:
    if isinstance(option, bool):
        return False
    if isinstance(option, int):
        return -_LARGEST <= option < _LARGEST
    return isinstance(option, float)


def _far(operand: float) -> float:
    """Return a number on the same side of every column as one too large to bind."""
    return float("inf") if operand > 0 else float("-inf")


def _moment(operand: JsonValue) -> int | None:
    """Return the microseconds of a time as ``parse_filter`` writes it, nothing for others."""
    if not isinstance(operand, str):
        return None
    try:
        moment = datetime.fromisoformat(operand)
    except ValueError:
        return None
    if moment.tzinfo is None or moment.astimezone(UTC).isoformat() != operand:
        return None
    return to_micros(moment)


def _sure(clause: Clause) -> Clause:
    return func.coalesce(clause, false())


def _left_out(column: Expression, path: tuple[str, ...], default: Any) -> Expression:
    dotted = ".".join(path)
    return func.coalesce(func.json_extract(column, f"$.{dotted}"), literal(default))


_ID = case(
    (cubes.c.branch == MAIN, cubes.c.cube_id),
    else_=func.substr(
        cubes.c.cube_id, 1, func.length(cubes.c.cube_id) - func.length(cubes.c.branch) - 1
    ),
)
"""The id that readers know; see ``memory_os.domain.branch``."""

_TRUST = case({int(t): t.label for t in Trust}, value=versions.c.trust)
_PLAIN = Governance()

_GOVERNED: dict[str, Callable[[Governed], Callable[[Condition], Clause]]] = {
    "state": lambda g: _text(g.state),
    "priority": lambda g: _text(_left_out(g.governance, ("priority",), _PLAIN.priority.value)),
    "pinned": lambda g: _flag(_left_out(g.governance, ("pinned",), _PLAIN.pinned)),
    "sensitivity": lambda g: _text(
        _left_out(g.governance, ("sensitivity",), _PLAIN.sensitivity.value)
    ),
    "expires_at": lambda g: _time(
        func.memory_micros(func.json_extract(g.governance, "$.lifespan.expires_at"))
    ),
}

_FIELDS: dict[str, Callable[[Condition], Clause]] = {
    "id": _text(_ID),
    "external_id": _text(cubes.c.external_id),
    "kind": _text(cubes.c.kind),
    "semantic_type": _text(versions.c.semantic_type),
    "tags": _json(func.coalesce(json_text(versions.c.header, ("tags",)), "[]")),
    "visibility": _text(cubes.c.visibility),
    "trust": _text(_TRUST),
    "confidence": _number(versions.c.confidence),
    "version": _number(versions.c.version),
    "source_class": _text(
        _left_out(versions.c.header, ("origin", "source_class"), Origin().source_class.value)
    ),
    "created_at": _time(cubes.c.created_at),
    "updated_at": _time(versions.c.recorded_at),
    "valid_from": _time(versions.c.valid_from),
    "valid_to": _time(versions.c.valid_to),
    "role": _json(json_text(versions.c.payload, ("role",))),
    "name": _json(json_text(versions.c.payload, ("name",))),
    "user_id": _text(cubes.c.user_id),
    "agent_id": _text(cubes.c.agent_id),
    "session_id": _text(cubes.c.session_id),
}
