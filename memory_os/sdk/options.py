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

    branch: str | None
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

    branch: str | None
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
    include_untrusted: bool
    system: str | None
    standing_tokens: int | None


class ActivationOptions(ScopeOptions, total=False):
    """How a cache is kept; see ``ActivationRequest``."""

    codec: str
    tags: Sequence[str]
    metadata: dict[str, Any]
    visibility: str
    ttl_seconds: int | None
    expires_at: datetime | str | None
    reason: str
    dry_run: bool
    idempotency_key: str | None


class AdapterOptions(ScopeOptions, total=False):
    """How an adapter is kept; see ``AdapterRequest``."""

    semantic_type: str
    method: str
    data_hash: str
    seed: int
    training: dict[str, Any]
    replaces: str | None
    tags: Sequence[str]
    metadata: dict[str, Any]
    visibility: str
    reason: str
    dry_run: bool
    idempotency_key: str | None


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

    branch: str | None
    scope_match: str
    limit: int
    cursor: str | None


class AttestOptions(TypedDict, total=False):
    """How to vouch; see ``AttestRequest``."""

    expected_version: int | None
    dry_run: bool
    idempotency_key: str | None


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


class AdoptOptions(ScopeOptions, total=False):
    """How to adopt; see ``AdoptRequest``."""

    prefer: str | None
    reason: str
    dry_run: bool
    idempotency_key: str | None


class UpdateOptions(TypedDict, total=False):
    """What may change with or without the text; see ``UpdateRequest``."""

    branch: str | None
    semantic_type: str
    tags: Sequence[str]
    metadata: dict[str, Any]
    valid_from: datetime | str | None
    valid_to: datetime | str | None
    confidence: float
    pinned: bool
    priority: str
    sensitivity: str
    visibility: str
    expires_at: datetime | str | None
    expected_version: int
    reason: str
    idempotency_key: str


class GrantOptions(ScopeOptions, total=False):
    """What is granted, and until when; see ``GrantRequest``."""

    memory_id: str | None
    role: str | None
    rights: Sequence[str]
    purposes: Sequence[str]
    until: datetime | str | None
    ttl_seconds: int | None
    reason: str
    idempotency_key: str | None


class GrantsOptions(ScopeOptions, total=False):
    """Which grants; see ``GrantsRequest``."""

    memory_id: str | None
    ended: bool
    limit: int
    cursor: str | None


class DeleteAllOptions(SeeOptions, total=False):
    """What to delete; see ``DeleteAllRequest``."""

    reason: str
    dry_run: bool


class MergeOptions(TypedDict, total=False):
    """How to merge; see ``MergeRequest``."""

    content: str | None
    dry_run: bool
    idempotency_key: str | None


class EraseOptions(ScopeOptions, total=False):
    """What is erased, and how; see ``EraseRequest``."""

    subject: str | None
    override: str | None
    dry_run: bool


class DuplicatesOptions(ScopeOptions, total=False):
    """Which memories to compare; see ``DuplicatesRequest``."""

    scope_match: str
    action: str | None
    limit: int


class PolicySetOptions(TypedDict, total=False):
    """Whom a policy set is for, and how it is set; see ``PolicySetRequest``."""

    agents: Sequence[str]
    reason: str
    expected_version: int | None
    dry_run: bool


class SimulationOptions(TypedDict, total=False):
    """What is simulated; see ``SimulationRequest``."""

    days: int
    seed: int
    daily: float
    plot: bool


class SweepOptions(ScopeOptions, total=False):
    """Where policies are carried out, and how; see ``LifecycleRunRequest``."""

    dry_run: bool
    reason: str
    limit: int


class JobsOptions(TypedDict, total=False):
    """Which jobs; see ``JobsRequest``."""

    states: Sequence[str] | None
    kind: str | None
    limit: int
    cursor: str | None


class StartJobOptions(TypedDict, total=False):
    """How to start a job; see ``JobStartRequest``."""

    targets: Sequence[str]
    priority: str
    run_after: datetime | str | None
    dry_run: bool
    reason: str
    idempotency_key: str | None


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
