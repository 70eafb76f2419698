"""What the kernel is made of, handed in once by the composition root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from memory_os.clock import Clock
from memory_os.domain.tokens import TokenCounter, count_tokens
from memory_os.governance.seal import Seal
from memory_os.ids import IdSource
from memory_os.policies.merging import TAUS
from memory_os.ports.aging_store import AgingStore
from memory_os.ports.audit_store import AuditStore
from memory_os.ports.blob_store import BlobStore
from memory_os.ports.branch_store import BranchStore
from memory_os.ports.cube_store import CubeStore
from memory_os.ports.embedder import Embedder
from memory_os.ports.erasable_store import ErasableStore
from memory_os.ports.erasure_store import ErasureStore
from memory_os.ports.grant_store import GrantStore
from memory_os.ports.job_queue import JobQueue
from memory_os.ports.language_model import LanguageModel
from memory_os.ports.policy_store import PolicyStore
from memory_os.ports.quota_store import QuotaStore
from memory_os.ports.recall_indexes import RecallIndexes
from memory_os.ports.snapshot_store import SnapshotStore
from memory_os.ports.tensor_store import TensorStore
from memory_os.retrieval.profile import RetrievalProfile

Progress = Callable[[str, int, int], None]


RESIDUALS: Mapping[str, timedelta] = {
    "disk blocks of unlinked and overwritten files": timedelta(days=30),
    "backups and replicas of the database": timedelta(days=30),
    "archived write-ahead logs": timedelta(days=30),
    "exports handed out": timedelta(days=365),
}
"""How long copies that no database reaches are taken to live, where nothing else is set."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Numbers that steer writing.

    ``passage_tokens`` bounds an index entry's text. ``purge_after`` is how long a deleted memory
    can be restored, ``thawed_grace`` how long an overdue one stays when it is unfrozen.
    ``index_together`` committed chunks at most wait for the next reader before they are put into
    the index. ``snapshot_every`` changes, the index is written to disk. ``open_indexes`` tenants'
    indexes at most stay in memory, those used last; one that comes back starts from its snapshot,
    or from the rows where the store has no place for one. ``answer_tokens`` of a quota are
    reserved for what a language model will answer. ``merge_taus`` are the cosines from which
    memories may merge unseen, by embedder fingerprint; others never do. ``uses_together``
    memories at most whose use is counted wait to be written, ``uses_within`` at the longest.
    ``hot_bytes`` of attention caches at most stay in memory, those read last.
    ``sweep_together`` memories at most a sweep moves in one transaction. With ``follow_up`` a
    write queues the background work that it causes, which a worker then does; what needs text
    that has settled waits for ``settled_after`` without an edit.
    ``residuals`` says how long what no database reaches keeps what was erased from it.
    """

    passage_tokens: int = 220
    purge_after: timedelta = timedelta(days=30)
    thawed_grace: timedelta = timedelta(hours=24)
    embed_batch: int = 512
    outbox_page: int = 2_000
    index_together: int = 64
    snapshot_every: int = 50_000
    open_indexes: int = 256
    answer_tokens: int = 1_024
    merge_taus: Mapping[str, float] = field(default_factory=lambda: TAUS)
    residuals: Mapping[str, timedelta] = field(default_factory=lambda: RESIDUALS)
    follow_up: bool = False
    settled_after: timedelta = timedelta(seconds=60)
    uses_together: int = 200
    uses_within: timedelta = timedelta(seconds=30)
    sweep_together: int = 100
    hot_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """Adapters and sources of time, identity and secrets behind one kernel."""

    store: CubeStore
    indexes: RecallIndexes
    embedder: Embedder
    clock: Clock
    ids: IdSource
    seal: Seal
    snapshots: SnapshotStore
    erasures: ErasureStore
    grants: GrantStore
    branches: BranchStore
    jobs: JobQueue
    audit: AuditStore
    quotas: QuotaStore
    policies: PolicyStore
    aging: AgingStore
    blobs: BlobStore
    tensors: TensorStore
    profile: RetrievalProfile = field(default_factory=RetrievalProfile)
    language_model: LanguageModel | None = None
    counter: TokenCounter = count_tokens
    rules: Rules = field(default_factory=Rules)
    progress: Progress = silent
    erasables: tuple[ErasableStore, ...] = ()
