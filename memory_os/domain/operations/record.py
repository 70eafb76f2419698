"""A memory as callers see it."""

from datetime import datetime
from typing import Any

from pydantic import Field, JsonValue

from memory_os.domain.cube import Cube, Evidence, Parent
from memory_os.domain.lifecycle import State
from memory_os.domain.operations.common import Border
from memory_os.domain.payload import Payload
from memory_os.domain.vocabulary import Kind, SemanticType, SourceClass


class Memory(Border):
    """A cube at one version, flattened; ``memory`` is its text, ``payload`` the whole of it.

    ``parents`` are what this version was made from, ``merged_into`` the memory that absorbed it.
    ``superseded_by`` and ``conflicts_with`` name facts that say something else of the same.
    ``compliance`` labels what it holds: ``pii``, ``pci``, ``secret``, ``suspect`` and so on.
    """

    id: str
    memory: str
    kind: Kind
    semantic_type: SemanticType
    state: State
    state_reason: str
    version: int
    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None
    namespace: tuple[str, ...] = ()
    external_id: str | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    created_at: datetime
    updated_at: datetime
    superseded_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    expires_at: datetime | None = None
    purge_at: datetime | None = None
    trust: str
    confidence: float
    priority: str
    pinned: bool
    sensitivity: str
    compliance: tuple[str, ...] = ()
    visibility: str
    source_class: SourceClass
    actor: str
    sources: tuple[Evidence, ...] = ()
    parents: tuple[Parent, ...] = ()
    merged_into: str | None = None
    superseded_by: str | None = None
    conflicts_with: tuple[str, ...] = ()
    payload: Payload


class Revision(Memory):
    """A version in a history; ``change`` says what made it."""

    change: str


class HistoryResult(Border):
    """Every version of a memory, oldest first."""

    results: tuple[Revision, ...]


def to_memory(cube: Cube) -> Memory:
    """Return ``cube`` as callers see it."""
    return Memory.trusted(record_fields(cube))


def to_revision(cube: Cube) -> Revision:
    """Return ``cube`` as an entry of its history."""
    roles = {parent.role for parent in cube.version.parents}
    change = "created" if cube.version.number == 1 else "revised"
    change = {"merge": "merged", "copy": "copied"}.get(next(iter(roles), ""), change)
    return Revision.trusted(record_fields(cube) | {"change": change})


def record_fields(cube: Cube) -> dict[str, Any]:
    """Return the fields of a ``Memory`` for ``cube``."""
    version, governance = cube.version, cube.governance
    return {
        "id": cube.id,
        "memory": cube.text,
        "kind": cube.kind,
        "semantic_type": version.semantic_type,
        "state": governance.state,
        "state_reason": governance.state_reason,
        "version": version.number,
        "user_id": cube.scope.user_id,
        "agent_id": cube.scope.agent_id,
        "session_id": cube.scope.session_id,
        "namespace": cube.scope.namespace,
        "external_id": cube.external_id,
        "tags": version.tags,
        "metadata": version.metadata,
        "created_at": cube.created_at,
        "updated_at": cube.updated_at,
        "superseded_at": version.superseded_at,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "expires_at": governance.lifespan.expires_at,
        "purge_at": governance.lifespan.purge_at,
        "trust": version.trust.label,
        "confidence": version.confidence,
        "priority": governance.priority.value,
        "pinned": governance.pinned,
        "sensitivity": governance.sensitivity.value,
        "compliance": governance.compliance,
        "visibility": governance.visibility.value,
        "source_class": version.origin.source_class,
        "actor": version.origin.actor,
        "sources": version.origin.sources,
        "parents": version.parents,
        "merged_into": governance.absorbed.into if governance.absorbed else version.merged_into,
        "superseded_by": version.superseded_by,
        "conflicts_with": version.conflicts_with,
        "payload": cube.payload,
    }
