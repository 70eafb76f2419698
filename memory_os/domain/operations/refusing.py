"""From what a model refuses to the errors of the tree."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic._internal._model_construction import ModelMetaclass

from memory_os.errors import InvalidFilter, InvalidInput, TooLarge

_LISTED = 20
_STEPS = 8


class Refusing(ModelMetaclass):
    """Let a model whose fields are wrong be refused with ``InvalidInput`` when it is made.

    Validation of data, by ``model_validate`` or inside another model, raises as pydantic does, so
    that each error keeps its place.
    """

    def __call__(cls, *args: Any, **fields: Any) -> Any:  # noqa: N805
        """Return an instance.

        Raises:
            InvalidInput: a field is wrong; the message names it.
        """
        try:
            return super().__call__(*args, **fields)
        except ValidationError as error:
            raise refused(error) from error


def refused(error: ValidationError) -> InvalidInput:
    """Return the error of the tree for what pydantic found wrong."""
    parts = error.errors(include_url=False, include_context=False, include_input=False)
    found = [
        {"field": _place(part["loc"]), "problem": part["msg"], "type": part["type"]}
        for part in parts[:_LISTED]
    ]
    first = found[0]
    place = f"{first['field']}: " if first["field"] else ""
    message = f"{place}{first['problem'].removeprefix('Value error, ')}"
    return kind_of(first)(message, field=first["field"], errors=found)


def kind_of(first: Mapping[str, str]) -> type[InvalidInput]:
    """Return the kind of error for what was found wrong first."""
    if first["field"].startswith("filters"):
        return InvalidFilter
    long = first["type"] in ("string_too_long", "too_long") or "exceeds" in first["problem"]
    return TooLarge if long else InvalidInput


def _place(steps: Sequence[int | str]) -> str:
    deep = ("…",) if len(steps) > _STEPS else ()
    return ".".join(map(str, (*steps[:_STEPS], *deep)))
