"""Adding memories: the request and its answer."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from memory_os.domain.cube import Evidence
from memory_os.domain.lifecycle import State
from memory_os.domain.operations.common import (
    Border,
    BranchName,
    Cost,
    Id,
    Label,
    Limits,
    Metadata,
    Moment,
    ScopedRequest,
    Tags,
    Text,
    clean_json,
    clean_text,
    shallow,
)
from memory_os.domain.scope import MAX_ID
from memory_os.domain.vocabulary import (
    Priority,
    SemanticType,
    Sensitivity,
    SourceClass,
    Visibility,
)


class TextPart(Border):
    """A part of a message's content in OpenAI's shape; other parts than text are refused."""

    type: Literal["text"]
    text: Text


def _joined(value: object) -> object:
    """Return the texts of content parts as one, a line each; anything else as it is."""
    if not isinstance(value, list | tuple) or not value:
        return value
    texts = []
    for at, part in enumerate(value):
        given = part if isinstance(part, Mapping) else {}
        if given.get("type") != "text" or not isinstance(given.get("text"), str):
            raise ValueError(
                f"part {at} of the content is no text; give parts such as "
                '{"type": "text", "text": "…"} and nothing else'
            )
        texts.append(given["text"])
    return "\n".join(texts)


_PARTS = Annotated[list[TextPart], Field(min_length=1)]


class MessageIn(Border):
    """One turn of a conversation; ``timestamp`` is when it was said, ``name`` who said it.

    ``content`` may be a list of text parts in OpenAI's shape; they are joined by line breaks.
    """

    role: Label = "user"
    content: Annotated[Text, BeforeValidator(_joined, json_schema_input_type=Text | _PARTS)]
    name: Label | None = None
    timestamp: Moment | None = None
    tool_call_id: Label | None = None
    external_id: Id | None = None
    metadata: Metadata = Field(default_factory=dict)


class DocumentIn(Border):
    """A whole text; Markdown headings and sentences guide how it is chunked."""

    text: Text
    title: Annotated[str, Field(max_length=1_000), AfterValidator(clean_text)] | None = None
    uri: Annotated[str, Field(max_length=4_000), AfterValidator(clean_text)] | None = None
    media_type: Annotated[str, Field(max_length=128), AfterValidator(clean_text)] = "text/plain"


def _bounded_fields(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(clean_json(value)) > Limits.TEXT_CHARS:
        raise ValueError(f"fields exceeds {Limits.TEXT_CHARS} characters of JSON")
    return value


def _evidence(value: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    for source in value:
        clean_json([source.uri, source.message_id])
        if len(source.uri or "") > 4_000 or len(source.message_id or "") > MAX_ID:
            raise ValueError(f"a source's uri exceeds 4000 or its message_id {MAX_ID} characters")
        start, end = source.span or (0, 0)
        if not 0 <= start <= end < 1 << 63:
            raise ValueError(f"the span {source.span} of a source is no range of characters")
    return value


class TemplateIn(Border):
    """Structured memory of a role; its fields as JSON are bounded like a text."""

    schema_id: Label
    schema_version: int = Field(default=1, ge=1)
    fields: Annotated[
        dict[str, JsonValue],
        Field(min_length=1),
        BeforeValidator(shallow),
        AfterValidator(_bounded_fields),
    ]


class AddRequest(ScopedRequest):
    """Store something: exactly one of content, messages, document, template.

    ``infer`` extracts facts with their sources, by the configured language model; without one it
    is refused. Messages are stored one cube each, in order; their own ``external_id`` and
    ``metadata`` add to those of the call.

    ``resolve`` settles a fact with what is stored of the same subject and predicate: the later one
    supersedes, unless it is less trusted. It is off by default, for most predicates have many
    objects at once ("Ada likes tea", "Ada likes coffee").

    ``refresh_on_read`` starts ``ttl_seconds`` anew whenever the memory is used. Nothing expires or
    is purged before ``retain_until``.
    """

    branch: BranchName | None = None
    content: Text | None = None
    messages: Annotated[tuple[MessageIn, ...], Field(max_length=Limits.MESSAGES)] | None = None
    document: DocumentIn | None = None
    template: TemplateIn | None = None
    infer: bool = False
    semantic_type: SemanticType | None = None
    subject: Label | None = None
    predicate: Label | None = None
    object: Label | None = None
    resolve: bool = False
    tags: Tags = ()
    metadata: Metadata = Field(default_factory=dict)
    external_id: Id | None = None
    timestamp: Moment | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    ttl_seconds: int | None = Field(default=None, ge=1, le=10 * 365 * 86_400)
    expires_at: Moment | None = None
    refresh_on_read: bool = False
    retain_until: Moment | None = None
    priority: Priority = Priority.NORMAL
    pinned: bool = False
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    visibility: Visibility = Visibility.SCOPE
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    source_class: SourceClass | None = None
    sources: Annotated[tuple[Evidence, ...], Field(max_length=100), AfterValidator(_evidence)] = ()
    idempotency_key: Id | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = [self.content, self.messages, self.document, self.template]
        if sum(part is not None for part in given) != 1:
            raise ValueError("give exactly one of content, messages, document, template")
        if self.messages is not None and not self.messages:
            raise ValueError("messages is empty; give at least one")
        if self.messages and self.external_id and len(self.messages) > 1:
            raise ValueError("external_id names one memory; set it on each message instead")
        if self.ttl_seconds and self.expires_at:
            raise ValueError("give ttl_seconds or expires_at, not both")
        if self.refresh_on_read and self.expires_at:
            raise ValueError("refresh_on_read starts ttl_seconds anew; give that, not expires_at")
        told = self.content is not None and self.subject and self.predicate
        if self.resolve and not (told or self.infer):
            raise ValueError("resolve needs content with subject and predicate, or infer")
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must lie after valid_from")
        return self


class AddedEvent(StrEnum):
    """What storing amounted to."""

    ADD = "ADD"
    TOUCH = "TOUCH"
    SUPERSEDE = "SUPERSEDE"
    HOLD = "HOLD"
    REJECT = "REJECT"


class Added(Border):
    """What became of one text; ``TOUCH`` means that the very same was already there.

    ``HOLD`` is stored where only reviewers see it. ``REJECT`` is not stored: its ``id`` is empty
    and it has no state. ``reason`` says why, and what was redacted or labelled in what is stored.
    ``superseded`` are the facts that it put an end to, ``conflicts_with`` those that say something
    else and stay beside it.
    """

    id: str
    memory: str
    event: AddedEvent
    state: State | None
    version: int
    reason: str = ""
    superseded: tuple[str, ...] = ()
    conflicts_with: tuple[str, ...] = ()


class AddResult(Border):
    """What an add stored, in the order of the request."""

    results: tuple[Added, ...]
    cost: Cost = Cost()
