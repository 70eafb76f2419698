"""From the SDK's arguments to checked requests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeGuard, TypeVar

from pydantic import BaseModel, ValidationError

from memory_os.clock import exact_moment
from memory_os.domain.operations import AddRequest, DocumentIn, MessageIn, TemplateIn
from memory_os.domain.operations.refusing import refused
from memory_os.domain.past import SNAPSHOT
from memory_os.errors import InvalidInput

Turn = Mapping[str, Any] | MessageIn
Content = str | DocumentIn | TemplateIn | Turn | Sequence[Turn]
Request = TypeVar("Request", bound=BaseModel)


def build(kind: type[Request], fields: Mapping[str, Any]) -> Request:
    """Return a checked request.

    Raises:
        InvalidInput: a field is wrong; the message names it and ``detail['errors']`` lists the
            first twenty.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise refused(error) from error


def of_item(error: InvalidInput, at: int) -> InvalidInput:
    """Return ``error`` as one of the item ``at`` of many, in message and facts."""
    field = str(error.detail.get("field", ""))
    said = error.message.removeprefix(f"{field}: ") if field else error.message
    facts: dict[str, object] = {**error.detail, "field": _of(at, field)}
    errors = error.detail.get("errors")
    if isinstance(errors, list):
        facts["errors"] = [{**each, "field": _of(at, each["field"])} for each in errors]
    return type(error)(f"{_of(at, field)}: {said}", **facts)


def _of(at: int, field: str) -> str:
    return f"items.{at}.{field}" if field else f"items.{at}"


def add_request(content: Content, options: Mapping[str, Any]) -> AddRequest:
    """Return the request to store ``content``, whichever form it has."""
    fields: dict[str, Any] = dict(options)
    if isinstance(content, str):
        fields["content"] = content
    elif isinstance(content, DocumentIn):
        fields["document"] = content
    elif isinstance(content, TemplateIn):
        fields["template"] = content
    elif isinstance(content, MessageIn | Mapping):
        fields["messages"] = (content,)
    else:
        fields["messages"] = _turns(content)
    return build(AddRequest, fields)


def _turns(content: object) -> tuple[object, ...]:
    if isinstance(content, Sequence) and not isinstance(content, bytes | bytearray | memoryview):
        return tuple(content)
    raise InvalidInput(
        f"cannot store a {type(content).__name__}; give a text, a list of messages, a Document "
        "or a Template",
        field="content",
    )


def moment_text(moment: datetime | str | None, field: str = "as_of") -> str | None:
    """Return a time as ISO 8601.

    Raises:
        InvalidInput: it is no time with a zone, and no snapshot's name for ``as_of``.
    """
    if moment is None or (field == "as_of" and _is_name(moment)):
        return moment
    try:
        exact = exact_moment(moment).isoformat()
    except InvalidInput as error:
        raise InvalidInput(f"{field}: {error.message}", field=field) from error
    return moment if isinstance(moment, str) else exact


def _is_name(moment: object) -> TypeGuard[str]:
    return isinstance(moment, str) and moment.startswith(SNAPSHOT)
