"""What requests share: limits, scope ids, visibility, cost."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from memory_os.clock import exact_moment
from memory_os.domain.filters import Filter, parse_filter
from memory_os.domain.lifecycle import RECALLED, State
from memory_os.domain.operations.refusing import Refusing
from memory_os.domain.past import SNAPSHOT
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch, check_id
from memory_os.domain.vocabulary import Kind, SemanticType, Trust
from memory_os.errors import InvalidInput, TooLarge


class Limits:
    """Documented bounds of what one request may hold."""

    TEXT_CHARS: Final = 10_000_000
    QUERY_CHARS: Final = 10_000
    METADATA_BYTES: Final = 16 * 1024
    NESTING: Final = 100
    BATCH: Final = 1_000
    MESSAGES: Final = 10_000
    TAGS: Final = 64
    TOP_K: Final = 1_000
    PAGE: Final = 1_000
    ROLLBACK: Final = 10_000
    CONTEXT_TOKENS: Final = 1_000_000


_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Border(BaseModel, metaclass=Refusing):
    """A value at the border: immutable, unknown names refused, by ``InvalidInput`` when made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __getitem__(self, name: str) -> Any:
        """Return a field, as of a dictionary: ``answer["results"]`` is ``answer.results``.

        Raises:
            KeyError: there is no such field.
        """
        if name in type(self).model_fields:
            return getattr(self, name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a field."""
        return name in type(self).model_fields

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field, or ``default`` where there is no such one."""
        return getattr(self, name) if name in type(self).model_fields else default

    @classmethod
    def trusted(cls, fields: dict[str, Any]) -> Self:
        """Return an instance of fields that this process made itself, every one given.

        ``model_construct`` would fill in defaults and aliases field by field, which costs more
        than the ranking of a small scope.
        """
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", fields)
        object.__setattr__(made, "__pydantic_fields_set__", set(fields))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


def clean_text(value: str) -> str:
    """Return ``value`` if every store can keep it.

    Raises:
        ValueError: it holds a NUL character or a lone surrogate.
    """
    if "\x00" in value:
        raise ValueError("text holds a NUL character; remove it")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("text holds a lone surrogate, which is no valid Unicode") from error
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("text holds nothing but blank space")
    return value


def clean_json(value: JsonValue) -> str:
    """Return ``value`` as JSON text, if every store can keep it.

    Raises:
        ValueError: it holds NaN, infinity, a NUL character or a lone surrogate.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ValueError("a number is NaN or infinite, which JSON has no form for") from error
    if _ESCAPED_NUL.search(text):
        raise ValueError("text holds a NUL character; remove it")
    return clean_text(text)


def shallow(value: object) -> object:
    """Return ``value`` if its lists and objects nest at most 100 deep, as JSON readers allow.

    Raises:
        TooLarge: they nest deeper. Pydantic lets it through, as its own limit tells no reason.
    """
    level = {id(value): value}
    for _ in range(Limits.NESTING):
        inner = [each for held in level.values() for each in _held(held)]
        level = {id(each): each for each in inner if isinstance(each, dict | list | tuple)}
        if not level:
            return value
    raise TooLarge(f"lists and objects nest deeper than {Limits.NESTING} levels", field="nesting")


def _held(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _bounded_metadata(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(clean_json(value).encode()) > Limits.METADATA_BYTES:
        raise ValueError(f"metadata exceeds {Limits.METADATA_BYTES} bytes of JSON")
    return value


def _moment(value: object) -> datetime:
    try:
        return exact_moment(value)
    except InvalidInput as error:
        raise PydanticCustomError("time", "{problem}", {"problem": error.message}) from error


def reason_text(reason: str) -> str:
    """Return ``reason`` if it may be journalled: at most 1,000 characters of valid text.

    Raises:
        InvalidInput: it may not.
    """
    try:
        return _REASON.validate_python(reason)
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InvalidInput(f"reason: {problem}", field="reason") from error


def _id(value: str) -> str:
    try:
        return check_id("id", value)
    except InvalidInput as error:
        raise ValueError(error.message.removeprefix("id ")) from error


def _labels(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _filterable(value: dict[str, Any] | None) -> dict[str, Any] | None:
    if value is not None:
        try:
            parse_filter(value)
        except InvalidInput as error:
            raise ValueError(error.message) from error
    return value


Text = Annotated[
    str,
    Field(min_length=1, max_length=Limits.TEXT_CHARS),
    AfterValidator(clean_text),
    AfterValidator(_not_blank),
]
Id = Annotated[str, AfterValidator(_id)]
Label = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(clean_text)]
Tags = Annotated[tuple[Label, ...], Field(max_length=Limits.TAGS)]
Metadata = Annotated[
    dict[str, JsonValue], BeforeValidator(shallow), AfterValidator(_bounded_metadata)
]
Question = Annotated[
    str,
    Field(min_length=1, max_length=Limits.QUERY_CHARS),
    AfterValidator(clean_text),
    AfterValidator(_not_blank),
]
Reason = Annotated[str, Field(max_length=1_000), AfterValidator(clean_text)]
_REASON: TypeAdapter[str] = TypeAdapter(Reason)
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A ``datetime`` with a zone, or a full ISO 8601 time with one; the only type of a time given."""

_NAMED = re.compile(rf"{SNAPSHOT}[A-Za-z0-9][A-Za-z0-9._-]{{0,127}}")


def _when(value: object) -> datetime | str:
    if isinstance(value, str) and value.startswith(SNAPSHOT):
        if not _NAMED.fullmatch(value):
            raise ValueError("a snapshot's name has 1 to 128 letters, digits, dots, '_' or '-'")
        return value
    return _moment(value)


When = Annotated[
    datetime | str,
    PlainValidator(_when),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "pattern": f"^{_NAMED.pattern}$"},
            ]
        }
    ),
]
"""A time with its zone, or ``snapshot:`` and the name of one."""

BranchName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=128), AfterValidator(clean_text)
]
"""The name of a branch, or its id."""

Namespace = Annotated[tuple[Id, ...], BeforeValidator(_labels), Field(max_length=16)]
FilterIn = Annotated[dict[str, Any] | None, AfterValidator(_filterable)]


class Cost(Border):
    """What answering spent on a language model; 0 unless one is configured and was asked.

    ``tokens`` are those that the model reports, else an estimate over what went in and came out.
    ``money`` is in US dollars, 0 where the model does not report it. Failed calls are not counted.
    """

    tokens: int = 0
    money: float = 0.0


def _one_session(given: object) -> object:
    """Return the fields with ``run_id`` as the other name of ``session_id`` that it is."""
    if not isinstance(given, Mapping) or "run_id" not in given or "session_id" not in given:
        return given
    run, session = given["run_id"], given["session_id"]
    if run is not None and session is not None and run != session:
        raise PydanticCustomError("session", "session_id and run_id are one; give the same, or one")
    rest = {name: value for name, value in given.items() if name != "run_id"}
    return {**rest, "session_id": run if session is None else session}


class ScopedRequest(Border):
    """Whose memory the call is about; ``run_id`` is accepted for ``session_id``."""

    _sessions = model_validator(mode="before")(_one_session)

    user_id: Id | None = None
    agent_id: Id | None = None
    session_id: Id | None = Field(
        default=None, validation_alias=AliasChoices("session_id", "run_id")
    )
    namespace: Namespace = ()

    @property
    def scope(self) -> Scope:
        """Return the ids as a scope."""
        return Scope(self.user_id, self.agent_id, self.session_id, self.namespace)


class VisibleRequest(ScopedRequest):
    """Which memories the call sees, before any ranking.

    ``as_of`` is what was recorded by then, or when a snapshot was made, ``valid_at`` what held in
    the world then; ``since`` and ``until`` bound when it was said. ``filters`` is mem0's filter
    language. ``branch`` reads a branch instead of main.
    """

    branch: BranchName | None = None
    scope_match: ScopeMatch | None = None
    filters: FilterIn = None
    as_of: When | None = None
    valid_at: Moment | None = None
    since: Moment | None = None
    until: Moment | None = None
    kinds: tuple[Kind, ...] | None = None
    states: tuple[State, ...] | None = None
    semantic_types: tuple[SemanticType, ...] | None = None
    min_trust: str | None = Field(default=None, pattern="^(untrusted|low|standard|verified)$")

    def visibility(self, match: ScopeMatch) -> Visibility:
        """Return the visibility; ``match`` is the default of the calling operation."""
        if isinstance(self.as_of, str):
            raise InvalidInput(f"{self.as_of!r} was not looked up", field="as_of")
        condition: Filter | None = parse_filter(self.filters) if self.filters else None
        trust = Trust[self.min_trust.upper()] if self.min_trust else Trust.UNTRUSTED
        return Visibility(
            scope=self.scope,
            match=self.scope_match or match,
            as_of=self.as_of,
            valid_at=self.valid_at,
            since=self.since,
            until=self.until,
            kinds=frozenset(self.kinds) if self.kinds else frozenset({Kind.TEXT}),
            states=frozenset(self.states) if self.states else RECALLED,
            semantic_types=frozenset(self.semantic_types) if self.semantic_types else None,
            min_trust=trust,
            filter=condition,
        )


def iso(moment: datetime | None) -> str | None:
    """Return ISO 8601 in UTC with microseconds, or nothing."""
    return None if moment is None else moment.isoformat(timespec="microseconds")
