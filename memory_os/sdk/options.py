"""The keyword arguments of the SDK's methods, typed once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from memory_os.domain.cube import Evidence


class ScopeOptions(TypedDict, total=False):
    """Whose memory; ``run_id`` is accepted for ``session_id``."""

    user_id: str | None
    agent_id: str | None
    session_id: str | None
    run_id: str | None
    namespace: Sequence[str] | str


class AddOptions(ScopeOptions, total=False):
    """What may be said of a memory when it is stored; see ``AddRequest``."""

    infer: bool
    semantic_type: str | None
    subject: str | None
    predicate: str | None
    object: str | None
    resolve: bool
    tags: Sequence[str]
    metadata: dict[str, Any]
    external_id: str | None
    timestamp: datetime | str | None
    valid_from: datetime | str | None
    valid_to: datetime | str | None
    ttl_seconds: int | None
    expires_at: datetime | str | None
    refresh_on_read: bool
    retain_until: datetime | str | None
    priority: str
    pinned: bool
    sensitivity: str
    visibility: str
    confidence: float
    source_class: str | None
    sources: Sequence[Evidence]
    idempotency_key: str | None


class SeeOptions(ScopeOptions, total=False):
    """Which memories a call sees; see ``VisibleRequest``."""

    scope_match: str | None
    filters: dict[str, Any] | None
    as_of: datetime | str | None
    valid_at: datetime | str | None
    since: datetime | str | None
    until: datetime | str | None
    kinds: Sequence[str] | None
    states: Sequence[str] | None
    semantic_types: Sequence[str] | None
    min_trust: str | None


class SearchOptions(SeeOptions, total=False):
    """How to search; see ``SearchRequest``."""

    top_k: int
    threshold: float | None
    max_tokens: int | None
    rerank: bool
    rounds: int | None
    explain: bool


class ContextOptions(SeeOptions, total=False):
    """How to pack; see ``ContextRequest``."""

    max_tokens: int
    top_k: int
    threshold: float | None
    repeat: bool


class ListOptions(SeeOptions, total=False):
    """Which page; see ``ListRequest``."""

    limit: int
    cursor: str | None
    newest_first: bool
    any_validity: bool


class SnapshotOptions(ScopeOptions, total=False):
    """Whose moment is named, and why; see ``SnapshotRequest``."""

    reason: str


class DiffOptions(ScopeOptions, total=False):
    """Where to look for changes, and which page; see ``DiffRequest``."""

    scope_match: str
    limit: int
    cursor: str | None


class RollbackOptions(ScopeOptions, total=False):
    """What goes back, and how much at once; see ``RollbackRequest``."""

    memory_id: str | None
    version: int | None
    scope_match: str
    reason: str
    dry_run: bool
    limit: int
    cursor: str | None
    idempotency_key: str | None


class UpdateOptions(TypedDict, total=False):
    """What may change with or without the text; see ``UpdateRequest``."""

    semantic_type: str
    tags: Sequence[str]
    metadata: dict[str, Any]
    valid_from: datetime | str | None
    valid_to: datetime | str | None
    confidence: float
    pinned: bool
    priority: str
    sensitivity: str
    expires_at: datetime | str | None
    expected_version: int
    reason: str
    idempotency_key: str


class DeleteAllOptions(SeeOptions, total=False):
    """What to delete; see ``DeleteAllRequest``."""

    reason: str
    dry_run: bool


class MergeOptions(TypedDict, total=False):
    """How to merge; see ``MergeRequest``."""

    content: str | None
    dry_run: bool
    idempotency_key: str | None


class DuplicatesOptions(ScopeOptions, total=False):
    """Which memories to compare; see ``DuplicatesRequest``."""

    scope_match: str
    action: str | None
    limit: int


class AuditOptions(TypedDict, total=False):
    """Which events of the journal, and which page; see ``AuditRequest``."""

    actor: str | None
    action: str | None
    target: str | None
    since: datetime | str | None
    until: datetime | str | None
    limit: int
    cursor: str | None


class HolderOptions(TypedDict, total=False):
    """Whose quota it is; of neither, the tenant's."""

    user_id: str | None
    agent_id: str | None
