"""The time machine: differences, named moments and going back; requests and answers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AliasChoices, Field, JsonValue, StringConstraints, model_validator

from memory_os.domain.journal import GENESIS
from memory_os.domain.lifecycle import State
from memory_os.domain.operations.common import (
    Border,
    BranchName,
    Id,
    Limits,
    Reason,
    ScopedRequest,
    When,
)
from memory_os.domain.operations.record import Memory
from memory_os.domain.past import Change, Snapshot
from memory_os.domain.scope import ScopeMatch

SnapshotName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=128)
]
Cursor = Annotated[str, Field(max_length=500)]


class DiffRequest(ScopedRequest):
    """What changed in a scope after ``start`` and up to ``end``; unset, until now.

    On a ``branch`` it is what changed there; without ``start``, what the branch has otherwise than
    main has now.
    """

    start: When | None = None
    end: When | None = None
    scope_match: ScopeMatch = ScopeMatch.EXACT
    branch: BranchName | None = None
    limit: int = Field(default=100, ge=1, le=Limits.PAGE)
    cursor: Cursor | None = None

    @model_validator(mode="after")
    def _two_ends(self) -> Self:
        if self.start is None and (self.branch is None or self.end is not None):
            raise ValueError("give start; only a branch is compared with main without it")
        return self


class FieldChange(Border):
    """A field of a memory whose value is another at the end than at the start."""

    name: str
    before: JsonValue
    after: JsonValue


class Difference(Border):
    """A memory that two times tell otherwise; one that is not there at a time is null."""

    id: str
    changes: tuple[Change, ...]
    fields: tuple[FieldChange, ...] = ()
    before: Memory | None = None
    after: Memory | None = None


class DiffResult(Border):
    """A page of differences by id, between ``start`` and ``end``."""

    results: tuple[Difference, ...]
    start: datetime
    end: datetime
    next_cursor: str | None = None


class SnapshotRequest(ScopedRequest):
    """Name the present moment of a scope."""

    name: SnapshotName
    reason: Reason = ""


class SnapshotsRequest(ScopedRequest):
    """Which snapshots: those of the scope, all of them if none is given."""


class SnapshotRecord(Border):
    """A named moment; ``seq`` and ``hash`` say where the journal stood."""

    name: str
    at: datetime
    seq: int = 0
    hash: str = GENESIS
    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None
    namespace: tuple[str, ...] = ()
    by: str = ""
    reason: str = ""


class SnapshotList(Border):
    """Snapshots, oldest first."""

    results: tuple[SnapshotRecord, ...]


class RollbackRequest(ScopedRequest):
    """Make a memory, or all of a scope, again what it was: at a time, or at a version.

    One call is one transaction over at most ``limit`` memories that changed since; ``cursor``
    goes on where the last call ended.
    """

    to: When | None = None
    memory_id: Id | None = Field(default=None, validation_alias=AliasChoices("memory_id", "id"))
    version: int | None = Field(default=None, ge=1)
    scope_match: ScopeMatch = ScopeMatch.EXACT
    reason: Reason = ""
    dry_run: bool = False
    limit: int = Field(default=Limits.ROLLBACK, ge=1, le=Limits.ROLLBACK)
    cursor: Id | None = None
    idempotency_key: Id | None = None

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        if (self.to is None) == (self.version is None):
            raise ValueError("give exactly one of to and version")
        if self.version is not None and self.memory_id is None:
            raise ValueError("a version is one memory's; give memory_id with it")
        if self.memory_id is None and not self.scope:
            raise ValueError("give memory_id or at least one scope id; nothing rolls back a tenant")
        if self.memory_id is not None and self.scope:
            raise ValueError("give memory_id or scope ids, not both")
        return self


class RolledBack(Border):
    """What going back did to a memory: ``changes`` as from the present to what it is again.

    ``version`` is its head afterwards, ``from_version`` the one whose content that repeats.
    """

    id: str
    changes: tuple[Change, ...]
    state: State
    version: int
    from_version: int | None = None


class Refused(Border):
    """A memory that stays as it is, with a stable reason and words."""

    id: str
    reason: str
    message: str


class RollbackResult(Border):
    """What a rollback did; another one to ``undo_to`` takes it back.

    ``skipped`` were erased: nothing brings them back.
    """

    results: tuple[RolledBack, ...]
    refused: tuple[Refused, ...] = ()
    skipped: tuple[str, ...] = ()
    to: datetime | None = None
    undo_to: datetime
    dry_run: bool = False
    next_cursor: str | None = None


def to_snapshot_record(snapshot: Snapshot) -> SnapshotRecord:
    """Return ``snapshot`` as callers see it."""
    scope = snapshot.scope
    return SnapshotRecord(
        name=snapshot.name,
        at=snapshot.at,
        seq=snapshot.seq,
        hash=snapshot.hash,
        user_id=scope.user_id,
        agent_id=scope.agent_id,
        session_id=scope.session_id,
        namespace=scope.namespace,
        by=snapshot.by,
        reason=snapshot.reason,
    )
