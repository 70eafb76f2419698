"""Changing and removing memories: requests and answers."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from memory_os.domain.filters import holds_condition, parse_filter
from memory_os.domain.lifecycle import Event
from memory_os.domain.operations.common import (
    Border,
    BranchName,
    Id,
    Metadata,
    Moment,
    Reason,
    Tags,
    Text,
    VisibleRequest,
)
from memory_os.domain.vocabulary import Priority, SemanticType, Sensitivity, Visibility

_OTHERS = {"expected_version", "branch", "reason", "idempotency_key"}
_UNSETTABLE = ("valid_from", "valid_to", "expires_at")


class UpdateRequest(Border):
    """Make a new version; what is left out stays. ``expected_version`` guards against a race."""

    content: Text | None = None
    semantic_type: SemanticType | None = None
    tags: Tags | None = None
    metadata: Metadata | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    pinned: bool | None = None
    priority: Priority | None = None
    sensitivity: Sensitivity | None = None
    visibility: Visibility | None = None
    expires_at: Moment | None = None
    expected_version: int | None = Field(default=None, ge=1)
    branch: BranchName | None = None
    reason: Reason = ""
    idempotency_key: Id | None = None

    @property
    def changes(self) -> frozenset[str]:
        """Return the names of what is to change; a null only unsets a time."""
        given = self.model_fields_set - _OTHERS
        return frozenset(n for n in given if getattr(self, n) is not None or n in _UNSETTABLE)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.changes:
            raise ValueError("nothing to change; give content, tags, metadata or another field")
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must lie after valid_from")
        return self


class TransitionRequest(Border):
    """Move a cube through its lifecycle; with ``dry_run`` only say what would happen."""

    event: Event
    reason: Annotated[Reason, Field(min_length=1)]
    dry_run: bool = False
    branch: BranchName | None = None
    expected_version: int | None = Field(default=None, ge=1)
    idempotency_key: Id | None = None


class DeleteAllRequest(VisibleRequest):
    """Delete every memory of a scope, recoverable; the scope match is exact by default."""

    reason: Reason = ""
    dry_run: bool = False

    @model_validator(mode="after")
    def _scoped(self) -> Self:
        if not self.scope and not _conditions(self.filters):
            raise ValueError("give at least one scope id or a filter; nothing deletes a tenant")
        if self.as_of is not None:
            raise ValueError("as_of reads the past; what is deleted is what is there now")
        return self


class DeleteResult(Border):
    """How many memories were deleted, or would be; they stay recoverable until ``purge_at``."""

    deleted: int
    ids: tuple[str, ...] = ()
    purge_at: Moment | None = None
    dry_run: bool = False


def _conditions(raw: dict[str, Any] | None) -> bool:
    """Tell whether a filter holds any condition at all; an empty AND lets everything through."""
    return raw is not None and holds_condition(parse_filter(raw))
