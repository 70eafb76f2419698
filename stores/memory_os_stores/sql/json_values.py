"""Conditions on JSON values by their canonical text.

Every value was written by one encoder, so two scalars are equal exactly when their texts are, and
the first character tells the type.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue
from pydantic_core import to_json
from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.types import BigInteger

from memory_os.domain.filters import Condition

Clause = ColumnElement[bool]
Expression = ColumnElement[Any]

_BOUND_SINGLY = 20
_SHORT_INTEGER = 18
"""An integer of so many characters fits 64 bits."""


def json_text(column: Expression, path: tuple[str, ...]) -> Expression:
    """Return the JSON text at ``path`` in a JSON column, null where there is none."""
    steps = "".join(f".{_dump(step)}" for step in path)
    return column.op("->", return_type=Text())(f"${steps}")


def among(column: Expression, options: Sequence[str]) -> Clause:
    """Match a text column with any of ``options``; many are bound as one JSON array."""
    if len(options) <= _BOUND_SINGLY:
        return column.in_(options)
    listed = func.json_each(literal(_dump(list(options)))).table_valued("value")
    return column.in_(select(listed.c.value))


def json_condition(condition: Condition, text: Expression) -> Clause:
    """Return the meaning of ``condition`` for the value whose JSON text is ``text``."""
    op, operand = condition.op, condition.value
    if op == "present":
        present = func.coalesce(text, "null") != "null"
        return present if operand else not_(present)
    if op in ("eq", "ne", "in", "nin"):
        options = operand if isinstance(operand, list) else [operand]
        texts = sorted({spelling for option in options for spelling in _spellings(option)})
        found = among(func.coalesce(text, "null"), texts)
        return found if op in ("eq", "in") else not_(found)
    if op in ("contains", "icontains"):
        return _contains(op, operand, text)
    return _ordered(op, operand, text)


def _spellings(option: JsonValue) -> list[str]:
    """Return the JSON texts of every value that equals ``option``."""
    if isinstance(option, bool) or not isinstance(option, int | float):
        return [_dump(option)]
    texts = [_dump(option)]
    if option == 0:
        return ["0", "0.0", "-0.0"]
    try:
        if float(option) == option:
            texts.append(_dump(float(option)))
        if int(option) == option:
            texts.append(_dump(int(option)))
    except OverflowError:
        pass
    return texts


def _contains(op: str, operand: JsonValue, text: Expression) -> Clause:
    first = func.substr(text, 1, 1)
    reference = _by_reference(op, text, operand)
    if not isinstance(operand, str):
        return case((first == "[", reference), else_=false())
    if op == "icontains":
        return case((first.in_(["[", '"']), reference), else_=false())
    in_list = case((func.instr(text, _dump(operand)) > 0, reference), else_=false())
    in_text = case((_plain(text), func.instr(_inside(text), operand) > 0), else_=reference)
    return case((first == "[", in_list), (first == '"', in_text), else_=false())


def _ordered(op: str, operand: JsonValue, text: Expression) -> Clause:
    reference = _by_reference(op, text, operand)
    first = func.substr(text, 1, 1)
    if isinstance(operand, str):
        plain = case((_plain(text), _compared(op, _inside(text), operand)), else_=reference)
        return case((first == '"', plain), else_=false())
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        return false()
    number = or_(first == "-", first.between("0", "9"))
    if isinstance(operand, float) or abs(operand) >= 10**_SHORT_INTEGER:
        return case((number, reference), else_=false())
    whole = and_(
        func.length(text) <= _SHORT_INTEGER, func.instr(text, ".") == 0, func.instr(text, "e") == 0
    )
    return case(
        (and_(number, whole), _compared(op, cast(text, BigInteger), operand)),
        (number, reference),
        else_=false(),
    )


def _compared(op: str, left: Expression, right: JsonValue) -> Clause:
    symbol = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[op]
    return left.bool_op(symbol)(right)


def _plain(text: Expression) -> Clause:
    """Match a JSON string without escapes: its inside is the string itself."""
    return func.instr(text, "\\") == 0


def _inside(text: Expression) -> Expression:
    return func.substr(text, 2, func.length(text) - 2)


def _by_reference(op: str, text: Expression, operand: JsonValue) -> Clause:
    return func.memory_compare(literal(op), text, literal(_dump(operand)))


def _dump(value: JsonValue) -> str:
    return to_json(value).decode()
