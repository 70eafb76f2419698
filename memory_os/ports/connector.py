"""Port: what stands behind ``connect``: the kernel in this process, or a service elsewhere."""

from typing import Protocol

from memory_os.domain.operations import (
    AddRequest,
    AddResult,
    ContextRequest,
    ContextResult,
    DeleteAllRequest,
    DeleteResult,
    HistoryResult,
    ListRequest,
    Memory,
    MemoryPage,
    SearchRequest,
    SearchResult,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.domain.operations.activation import (
    ActivationRequest,
    CheckRequest,
    PrefixRequest,
    PrefixResult,
    PromotionRequest,
    PromotionVerdict,
    RecodeRequest,
)
from memory_os.domain.operations.adapter import (
    AdapterRequest,
    GateRequest,
    TrainingRequest,
    TrainingVerdict,
)
from memory_os.domain.operations.audit import (
    AuditPage,
    AuditRequest,
    AuditVerification,
    SignedHead,
)
from memory_os.domain.operations.branch import (
    AdoptRequest,
    AdoptResult,
    BranchesRequest,
    BranchList,
    BranchRecord,
    BranchRequest,
)
from memory_os.domain.operations.erase import (
    EraseRequest,
    Receipt,
    Verification,
    VerificationRequest,
)
from memory_os.domain.operations.grant import (
    GrantList,
    GrantRecord,
    GrantRequest,
    GrantsRequest,
)
from memory_os.domain.operations.jobs import (
    JobChangeRequest,
    JobPage,
    JobRecord,
    JobsRequest,
    JobStartRequest,
)
from memory_os.domain.operations.merge import (
    DuplicatesRequest,
    DuplicatesResult,
    MergeRequest,
    MergeResult,
    UnmergeRequest,
    UnmergeResult,
)
from memory_os.domain.operations.past import (
    DiffRequest,
    DiffResult,
    RollbackRequest,
    RollbackResult,
    SnapshotList,
    SnapshotRecord,
    SnapshotRequest,
    SnapshotsRequest,
)
from memory_os.domain.operations.policies import (
    FeedbackRequest,
    FeedbackResult,
    LifecycleRunRequest,
    LifecycleRunResult,
    PolicyList,
    PolicyRecord,
    PolicySetRequest,
    SimulationRequest,
    SimulationResult,
)
from memory_os.domain.operations.quotas import QuotaList, QuotaRecord, QuotaRequest
from memory_os.domain.operations.review import AttestRequest, RejectRequest
from memory_os.domain.payload import Blob


class Connector(Protocol):
    """Answer requests for one caller. Safe to call from many threads.

    Every method raises a ``MemoryOSError`` of the same type and code, whatever stands behind.
    """

    def add(self, request: AddRequest) -> AddResult:
        """Store; durable when the call returns."""
        ...

    def add_many(self, requests: tuple[AddRequest, ...]) -> AddResult:
        """Store all requests in one transaction, or none."""
        ...

    def search(self, request: SearchRequest) -> SearchResult:
        """Find, ranked."""
        ...

    def context(self, request: ContextRequest) -> ContextResult:
        """Find and pack."""
        ...

    def get(
        self,
        memory_id: str,
        as_of: str | None = None,
        valid_at: str | None = None,
        branch: str | None = None,
    ) -> Memory:
        """Return a memory in any state; times in ISO 8601, or ``as_of`` a snapshot."""
        ...

    def get_all(self, request: ListRequest) -> MemoryPage:
        """Return a page of memories."""
        ...

    def update(self, memory_id: str, request: UpdateRequest) -> Memory:
        """Make a new version."""
        ...

    def transition(self, memory_id: str, request: TransitionRequest) -> Memory:
        """Move through the lifecycle."""
        ...

    def delete(self, memory_id: str, reason: str = "", branch: str | None = None) -> DeleteResult:
        """Delete, recoverable for 30 days."""
        ...

    def delete_all(self, request: DeleteAllRequest) -> DeleteResult:
        """Delete by scope."""
        ...

    def history(self, memory_id: str, branch: str | None = None) -> HistoryResult:
        """Return every version."""
        ...

    def diff(self, request: DiffRequest) -> DiffResult:
        """Return what changed between two times."""
        ...

    def snapshot(self, request: SnapshotRequest) -> SnapshotRecord:
        """Name this moment."""
        ...

    def snapshots(self, request: SnapshotsRequest) -> SnapshotList:
        """Return the named moments."""
        ...

    def delete_snapshot(self, name: str, request: SnapshotsRequest) -> SnapshotRecord:
        """Forget a named moment."""
        ...

    def rollback(self, request: RollbackRequest) -> RollbackResult:
        """Make a memory or a scope again what it was."""
        ...

    def create_branch(self, request: BranchRequest) -> BranchRecord:
        """Make a branch."""
        ...

    def branches(self, request: BranchesRequest) -> BranchList:
        """Return the branches."""
        ...

    def delete_branch(self, name: str, request: BranchesRequest) -> BranchRecord:
        """Forget a branch and what was written on it."""
        ...

    def adopt(self, name: str, request: AdoptRequest) -> AdoptResult:
        """Apply to main what was changed on a branch alone."""
        ...

    def merge(self, request: MergeRequest) -> MergeResult:
        """Make one memory of several, which stay behind it."""
        ...

    def unmerge(self, memory_id: str, request: UnmergeRequest) -> UnmergeResult:
        """Bring back the memories that this one was made of."""
        ...

    def duplicates(self, request: DuplicatesRequest) -> DuplicatesResult:
        """Return pairs that may be one memory, with verdicts."""
        ...

    def grant(self, request: GrantRequest) -> GrantRecord:
        """Give rights to others."""
        ...

    def grants(self, request: GrantsRequest) -> GrantList:
        """Return grants."""
        ...

    def revoke_grant(self, grant_id: str, reason: str = "") -> GrantRecord:
        """End a grant."""
        ...

    def policies(self) -> PolicyList:
        """Return the newest version of each policy set."""
        ...

    def policy(self, name: str, version: int | None = None) -> PolicyRecord:
        """Return a policy set, or one version of it."""
        ...

    def set_policy(self, name: str, request: PolicySetRequest) -> PolicyRecord:
        """Store the next version of a policy set."""
        ...

    def simulate(self, name: str, request: SimulationRequest) -> SimulationResult:
        """Play synthetic use against a policy set."""
        ...

    def feedback(self, memory_id: str, request: FeedbackRequest) -> FeedbackResult:
        """Say what a memory was good for."""
        ...

    def lifecycle_run(self, request: LifecycleRunRequest) -> LifecycleRunResult:
        """Carry policies out over a scope."""
        ...

    def attest(self, memory_id: str, request: AttestRequest) -> Memory:
        """Say how far a memory may be relied on, as its next version."""
        ...

    def reject(self, memory_id: str, request: RejectRequest) -> Memory:
        """End the time of a memory that is held for review."""
        ...

    def erase(self, request: EraseRequest) -> Receipt:
        """Erase for good, with everything made from it."""
        ...

    def erasure(self, erasure_id: str) -> Receipt:
        """Return the receipt of an erasure as it stands."""
        ...

    def verify_erasure(self, erasure_id: str, request: VerificationRequest) -> Verification:
        """Check a receipt and look everywhere again."""
        ...

    def jobs(self, request: JobsRequest) -> JobPage:
        """Return a page of the tenant's background jobs."""
        ...

    def job(self, job_id: str) -> JobRecord:
        """Return a job."""
        ...

    def start_job(self, request: JobStartRequest) -> JobRecord:
        """Queue a job."""
        ...

    def retry_job(self, job_id: str, request: JobChangeRequest) -> JobRecord:
        """Queue a dead or cancelled job again."""
        ...

    def cancel_job(self, job_id: str, request: JobChangeRequest) -> JobRecord:
        """Take a job out."""
        ...

    def audit(self, request: AuditRequest) -> AuditPage:
        """Return a page of the journal."""
        ...

    def verify_audit(self) -> AuditVerification:
        """Check the journal of the caller's tenant."""
        ...

    def audit_export(self) -> SignedHead:
        """Journal an export of the journal, and return the signed end of what to take."""
        ...

    def quotas(self) -> QuotaList:
        """Return the quotas of the caller's tenant."""
        ...

    def set_quota(self, request: QuotaRequest) -> QuotaRecord:
        """Set a limit, over one of the same holder and meter."""
        ...

    def remove_quota(self, quota_id: str) -> QuotaRecord:
        """Remove a quota."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...

    def store_activation(self, request: ActivationRequest, content: bytes | memoryview) -> Memory:
        """Keep the attention cache of a prefix, given as one safetensors file."""
        ...

    def check_activation(self, memory_id: str, request: CheckRequest) -> Memory:
        """Record how a cache compared with a full prefill."""
        ...

    def recode_activation(self, memory_id: str, request: RecodeRequest) -> Memory:
        """Keep a cache in another codec."""
        ...

    def find_prefix(self, request: PrefixRequest) -> PrefixResult:
        """Return the longest kept prefix of tokens that may be loaded."""
        ...

    def load_chunk(
        self, memory_id: str, number: int, *, unchecked: bool = False
    ) -> tuple[Blob, memoryview]:
        """Return the file of a chunk, verified; ``unchecked`` ones to who may write the cache."""
        ...

    def judge_prefix(self, request: PromotionRequest) -> PromotionVerdict:
        """Return whether keeping the cache of a prefix pays, by policy and measured times."""
        ...

    def may_train(self, request: TrainingRequest) -> TrainingVerdict:
        """Return whether memories may be trained into an adapter, with what they say."""
        ...

    def store_adapter(self, request: AdapterRequest, content: bytes | memoryview) -> Memory:
        """Keep an adapter, given as one safetensors file, as a draft."""
        ...

    def judge_adapter(self, memory_id: str, request: GateRequest) -> Memory:
        """Record what an adapter showed, and activate it if it passes the gate."""
        ...

    def load_adapter(self, memory_id: str, *, draft: bool = False) -> tuple[Blob, memoryview]:
        """Return the file of an adapter that may be attached; drafts to who may write them."""
        ...
