"""What a command is given: texts, JSON, scope, times."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from memory_os.domain.operations.common import Limits
from memory_os.errors import InvalidInput, TooLarge

STDIN = "-"
_MOST_BYTES = 4 * Limits.TEXT_CHARS

_VISIBLE = ("as_of", "valid_at", "since", "until", "branch")
_SCOPE = {"user": "user_id", "agent": "agent_id", "session": "session_id"}


def text_of(text: str | None, file: Path | None) -> str | None:
    """Return the text that was given as an argument, on standard input or in a file.

    Raises:
        InvalidInput: two of them, a file that cannot be read, or bytes that are no UTF-8.
    """
    if text is not None and file is not None:
        raise InvalidInput("give the text as an argument or as --file, not both")
    if file is not None:
        try:
            with file.open("rb") as stream:
                return _decoded(stream, str(file))
        except OSError as error:
            raise InvalidInput(f"{str(file)!r} cannot be read: {error.strerror}") from error
    if text == STDIN:
        return _decoded(sys.stdin.buffer, "standard input")
    return text


def _decoded(stream: BinaryIO, name: str) -> str:
    raw = stream.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise TooLarge(f"{name} holds more than {_MOST_BYTES} bytes; split it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{name} is no UTF-8: byte {error.start} is {raw[error.start]:#04x}; convert it first"
        ) from error


def json_object(text: str | None, option: str) -> dict[str, Any] | None:
    """Return the JSON object that an option holds.

    Raises:
        InvalidInput: it is something else.
    """
    if text is None:
        return None
    found = json_value(text, option)
    if not isinstance(found, dict):
        raise InvalidInput(f'{option} needs a JSON object, such as \'{{"city": "Oslo"}}\'')
    return found


def json_value(text: str, name: str) -> object:
    """Return the JSON value in ``text``.

    Raises:
        InvalidInput: it is no JSON.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{name} is no JSON: {error}") from error


def scope_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scope ids among a command's options, as the SDK names them."""
    found = {_SCOPE[name]: options[name] for name in _SCOPE if options.get(name) is not None}
    if options.get("namespace"):
        found["namespace"] = tuple(options["namespace"])
    return found


def visibility_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return scope, filter, states, types and times among a command's options."""
    found = scope_of(options)
    found |= {name: options[name] for name in _VISIBLE if options.get(name) is not None}
    found["scope_match"] = "exact" if options["exact"] else "inherit"
    filters = json_object(options.get("filter"), "--filter")
    if filters is not None:
        found["filters"] = filters
    for option, name in (("state", "states"), ("type", "semantic_types")):
        if options.get(option):
            found[name] = tuple(options[option])
    return found


def given(options: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return those of ``names`` that were given on the command line."""
    return {name: options[name] for name in names if options.get(name) is not None}
