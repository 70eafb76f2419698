"""The memory cube: one header, one payload, immutable; a change is a new version."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from memory_os.domain.lifecycle import RECALLED, Position, State, underlying
from memory_os.domain.payload import Payload, text_of
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import (
    HALF_LIFE_DAYS,
    Kind,
    Priority,
    SemanticType,
    Sensitivity,
    SourceClass,
    Trust,
    Visibility,
)

PRIORITY_SCALE = {Priority.LOW: 0.5, Priority.NORMAL: 1.0, Priority.HIGH: 2.0}
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a statement comes from: a URI, a message, a span of characters in it."""

    uri: str | None = None
    message_id: str | None = None
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a version and what it was taken from."""

    source_class: SourceClass = SourceClass.USER_INPUT
    actor: str = ""
    extractor: str | None = None
    sources: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifespan:
    """How long a cube stays; ``retain_until`` is a floor that nothing but override passes.

    ``held_noted``: the journal has it that the cube is overdue and that frost keeps it.
    """

    ttl_seconds: int | None = None
    expires_at: datetime | None = None
    refresh_on_read: bool = False
    retain_until: datetime | None = None
    decay: bool = True
    purge_at: datetime | None = None
    held_noted: bool = False


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Into which result a cube was merged, and how it stood before, so that it can come back."""

    into: str
    state: State
    reason: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Governance:
    """The part of the header that changes in place, each time with a journal entry."""

    state: State = State.GENERATED
    state_reason: str = "created"
    state_since: datetime | None = None
    resume: tuple[State, ...] = ()
    visibility: Visibility = Visibility.SCOPE
    lifespan: Lifespan = field(default_factory=Lifespan)
    priority: Priority = Priority.NORMAL
    pinned: bool = False
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    compliance: tuple[str, ...] = ()
    absorbed: Absorbed | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters of use, written in batches and without a version; ``half_life`` in days."""

    strength: float = 1.0
    half_life: float = 60.0
    touched_at: datetime | None = None
    returned: int = 0
    in_context: int = 0
    cited: int = 0
    confirmed: int = 0
    unhelpful: int = 0
    last_at: datetime | None = None
    tokens_spent: int = 0
    money_spent: float = 0.0
    contexts: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Parent:
    """A derivation edge: this version was made from that one, in a role.

    ``score`` is how alike the two were when the edge was drawn: the cosine of a merge.
    """

    cube_id: str
    version: int
    role: Literal["version", "merge", "extract", "summary", "promote", "copy"] = "version"
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """The part of the header that is fixed for a version.

    ``recorded_at`` to ``superseded_at`` is when the system held it for true (half-open);
    ``valid_from`` to ``valid_to`` is when it holds in the world, unset meaning unbounded.
    """

    number: int
    recorded_at: datetime
    semantic_type: SemanticType
    content_hash: str
    signature: str = ""
    branch: str = MAIN
    tags: tuple[str, ...] = ()
    metadata: dict[str, JsonValue] = field(default_factory=dict)
    origin: Origin = field(default_factory=Origin)
    trust: Trust = Trust.STANDARD
    confidence: float = 1.0
    simhash: int = 0
    superseded_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    parents: tuple[Parent, ...] = ()
    merged_into: str | None = None
    superseded_by: str | None = None
    conflicts_with: tuple[str, ...] = ()

    def holds(self, at: datetime) -> bool:
        """Tell whether it is true in the world at ``at``."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class Cube:
    """One unit of memory at one version.

    ``made_by`` is who created the cube: it stays theirs when private, whoever revises it.
    """

    id: str
    tenant_id: str
    scope: Scope
    kind: Kind
    created_at: datetime
    payload: Payload
    version: Version
    governance: Governance = field(default_factory=Governance)
    usage: Usage = field(default_factory=Usage)
    external_id: str | None = None
    made_by: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """Return what a reader is shown."""
        return text_of(self.payload)

    @property
    def updated_at(self) -> datetime:
        """Return when this version was recorded."""
        return self.version.recorded_at

    @property
    def position(self) -> Position:
        """Return the place in the lifecycle."""
        return Position(self.governance.state, self.governance.resume)

    @property
    def recallable(self) -> bool:
        """Tell whether default recall sees this cube."""
        return underlying(self.position) in RECALLED

    def gone(self, now: datetime) -> bool:
        """Tell whether it was deleted or erased, or its time is over though nobody swept it."""
        state, expires = self.governance.state, self.governance.lifespan.expires_at
        if state in (State.EXPIRED, State.ERASED):
            return True
        held = state is State.FROZEN or State.FROZEN in self.governance.resume
        return expires is not None and expires <= now and not held

    def moved(self, governance: Governance) -> "Cube":
        """Return this cube with other governance."""
        return replace(self, governance=governance)


def initial_half_life(kind: SemanticType, priority: Priority) -> float:
    """Return the half-life in days that a new cube starts with."""
    return HALF_LIFE_DAYS[kind] * PRIORITY_SCALE[priority]
