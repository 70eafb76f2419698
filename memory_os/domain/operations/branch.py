"""Branches: overlays of what memory holds, and their adoption; requests and answers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field

from memory_os.domain.branch import Branch
from memory_os.domain.lifecycle import State
from memory_os.domain.operations.common import (
    Border,
    BranchName,
    Id,
    Reason,
    ScopedRequest,
    When,
)
from memory_os.domain.operations.past import Refused
from memory_os.domain.operations.record import Memory
from memory_os.domain.past import Change


def _free(name: str) -> str:
    if name == "main" or name.startswith("br_"):
        raise ValueError("a branch is not named main, nor like an id that begins with br_")
    return name


class BranchRequest(ScopedRequest):
    """Make a branch of a scope; it starts from now, a time, or a snapshot."""

    name: Annotated[BranchName, AfterValidator(_free)]
    start: When | None = Field(default=None, validation_alias=AliasChoices("start", "from"))
    reason: Reason = ""


class BranchesRequest(ScopedRequest):
    """Which branches: those of the scope, all of them if none is given."""


class BranchRecord(Border):
    """A branch: the base as it was ``at``, under what was written on it since ``created_at``.

    ``id`` stands wherever a branch's name is expected, also where several scopes have the name.
    """

    name: str
    id: str
    at: datetime
    created_at: datetime
    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None
    namespace: tuple[str, ...] = ()
    by: str = ""
    reason: str = ""


class BranchList(Border):
    """Branches, oldest first."""

    results: tuple[BranchRecord, ...]


class AdoptRequest(ScopedRequest):
    """Apply to main what was changed on a branch alone; ``prefer`` settles what both changed.

    One call is one transaction; the scope ids only say which branch of the name is meant.
    """

    prefer: Literal["branch", "main"] | None = None
    reason: Reason = ""
    dry_run: bool = False
    idempotency_key: Id | None = None


class Adopted(Border):
    """What adopting did to a memory of main; ``version`` is its head afterwards."""

    id: str
    changes: tuple[Change, ...]
    state: State
    version: int


class Conflict(Border):
    """A memory that both sides changed: as it was at the branch point, and on each side now.

    One that is not there is null.
    """

    id: str
    base: Memory | None = None
    main: Memory | None = None
    branch: Memory | None = None


class AdoptResult(Border):
    """What an adoption did; a rollback to ``undo_to`` takes it back.

    ``conflicts`` were left as they are, ``refused`` too, each with its reason.
    """

    branch: str
    results: tuple[Adopted, ...]
    conflicts: tuple[Conflict, ...] = ()
    refused: tuple[Refused, ...] = ()
    undo_to: datetime
    dry_run: bool = False


def to_branch_record(branch: Branch) -> BranchRecord:
    """Return ``branch`` as callers see it."""
    scope = branch.scope
    return BranchRecord(
        name=branch.name,
        id=branch.id,
        at=branch.at,
        created_at=branch.created_at,
        user_id=scope.user_id,
        agent_id=scope.agent_id,
        session_id=scope.session_id,
        namespace=scope.namespace,
        by=branch.by,
        reason=branch.reason,
    )
