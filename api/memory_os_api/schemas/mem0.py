"""The shapes that clients of mem0 send and expect, over the same operations."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, Field, JsonValue, ValidationError, model_validator

from memory_os.domain.lifecycle import State
from memory_os.domain.operations import (
    Added,
    AddedEvent,
    AddRequest,
    Hit,
    Limits,
    Memory,
    Revision,
    SearchRequest,
    UpdateRequest,
)
from memory_os.domain.operations.common import Border, Label, Metadata, Text
from memory_os_api.problems import invalid

Request = TypeVar("Request", bound=BaseModel)
Mem0Event = Literal["ADD", "UPDATE", "DELETE", "NONE"]
_EVENTS: dict[AddedEvent, Mem0Event] = {
    AddedEvent.ADD: "ADD",
    AddedEvent.TOUCH: "NONE",
    AddedEvent.SUPERSEDE: "UPDATE",
    AddedEvent.HOLD: "NONE",
    AddedEvent.REJECT: "NONE",
}
_GONE = frozenset({State.EXPIRED, State.ERASED})


class Mem0Ids(Border):
    """Whose memory; ``run_id`` is what the rest of this service calls a session."""

    user_id: str | None = None
    agent_id: str | None = None
    run_id: str | None = None


class Mem0Message(Border):
    """One turn."""

    role: Label = "user"
    content: Text
    name: Label | None = None


class Mem0Add(Mem0Ids):
    """Messages to store: a string or a list of turns. Stored as said, unless ``infer``.

    ``version``, ``output_format`` and ``async_mode`` are taken and change nothing: the answer
    always has its newest shape and the write is always done when it comes.
    """

    messages: Text | Annotated[list[Mem0Message], Field(min_length=1, max_length=Limits.MESSAGES)]
    metadata: Metadata | None = None
    infer: bool = False
    expiration_date: date | None = None
    timestamp: Annotated[int, Field(ge=0, le=4_102_444_800)] | None = None
    version: str | None = None
    output_format: str | None = None
    async_mode: bool | None = None

    def request(self) -> AddRequest:
        """Return the same as a request of this service."""
        fields: dict[str, Any] = {**_ids(self), "metadata": self.metadata or {}}
        if isinstance(self.messages, str):
            fields["content"] = self.messages
        else:
            fields["messages"] = [each.model_dump() for each in self.messages]
        if self.timestamp is not None:
            fields["timestamp"] = datetime.fromtimestamp(self.timestamp, UTC)
        if self.expiration_date is not None:
            fields["expires_at"] = datetime.combine(self.expiration_date, time.min, UTC)
        return _fitting(AddRequest, {**fields, "infer": self.infer})


class Mem0Search(Mem0Ids):
    """A question. ``limit`` is another name of ``top_k``; ids may stand in ``filters`` too."""

    query: str
    top_k: int | None = None
    limit: int | None = None
    filters: dict[str, Any] | None = None
    threshold: float | None = None
    rerank: bool = True
    version: str | None = None
    output_format: str | None = None

    def request(self) -> SearchRequest:
        """Return the same as a request of this service."""
        count = self.top_k if self.top_k is not None else self.limit
        fields: dict[str, Any] = {**_ids(self), "query": self.query, "rerank": self.rerank}
        fields |= {"filters": self.filters or None, "threshold": self.threshold}
        return _fitting(SearchRequest, fields | ({} if count is None else {"top_k": count}))


class Mem0Update(Border):
    """The new text under any of the names that mem0 gave it, or new metadata."""

    text: Text | None = None
    data: Text | None = None
    content: Text | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if sum(part is not None for part in (self.text, self.data, self.content)) > 1:
            raise ValueError("give one of text, data, content")
        return self

    def request(self) -> UpdateRequest:
        """Return the same as a request of this service."""
        text = self.text or self.data or self.content
        fields = {"content": text, "metadata": self.metadata}
        return _fitting(UpdateRequest, {k: v for k, v in fields.items() if v is not None})


class Mem0Added(BaseModel):
    """One stored memory; the very same text once more is ``NONE``."""

    id: str
    memory: str
    event: Mem0Event


class Mem0AddResult(BaseModel):
    """What was stored, in order."""

    results: list[Mem0Added]


class Mem0Memory(BaseModel):
    """A memory as mem0 shows it. ``score`` of a hit is its relevance, from 0 to 1."""

    id: str
    memory: str
    user_id: str | None
    agent_id: str | None
    run_id: str | None
    metadata: dict[str, JsonValue]
    created_at: datetime
    updated_at: datetime
    score: float | None = None


class Mem0Page(BaseModel):
    """Memories; ``next_cursor`` leads to the next page, if there is one."""

    results: list[Mem0Memory]
    next_cursor: str | None = None


class Mem0Done(BaseModel):
    """A deletion that was done."""

    message: str
    deleted: int


class Mem0Change(BaseModel):
    """One entry of a memory's history."""

    id: str
    memory_id: str
    old_memory: str | None
    new_memory: str
    event: Mem0Event
    created_at: datetime
    updated_at: datetime
    is_deleted: bool


def to_mem0(memory: Memory) -> Mem0Memory:
    """Return ``memory``, or a hit, in mem0's shape."""
    return Mem0Memory(
        id=memory.id,
        memory=memory.memory,
        user_id=memory.user_id,
        agent_id=memory.agent_id,
        run_id=memory.session_id,
        metadata=memory.metadata,
        created_at=memory.created_at,
        updated_at=memory.updated_at,
        score=memory.relevance if isinstance(memory, Hit) else None,
    )


def to_mem0_added(added: Sequence[Added]) -> Mem0AddResult:
    """Return what an add stored in mem0's shape."""
    return Mem0AddResult(
        results=[
            Mem0Added(id=each.id, memory=each.memory, event=_EVENTS[each.event]) for each in added
        ]
    )


def to_mem0_history(revisions: Sequence[Revision]) -> list[Mem0Change]:
    """Return every version in mem0's shape, oldest first."""
    before: list[str | None] = [None, *(revision.memory for revision in revisions)]
    return [
        Mem0Change(
            id=f"{revision.id}:{revision.version}",
            memory_id=revision.id,
            old_memory=old,
            new_memory=revision.memory,
            event="ADD" if old is None else "UPDATE",
            created_at=revision.created_at,
            updated_at=revision.updated_at,
            is_deleted=revision.state in _GONE,
        )
        for revision, old in zip(revisions, before, strict=False)
    ]


def _ids(given: Mem0Ids) -> dict[str, str | None]:
    return {"user_id": given.user_id, "agent_id": given.agent_id, "session_id": given.run_id}


def _fitting(kind: type[Request], fields: dict[str, Any]) -> Request:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise invalid(error, "body") from error
