"""The kernel: one object over writing, reading, recalling and changing."""

from dataclasses import dataclass, field, replace

from memory_os.domain.access import Principal, access_filter
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import Position
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
from memory_os.domain.operations.audit import SignedHead
from memory_os.domain.operations.erase import Receipt
from memory_os.domain.operations.merge import (
    DuplicatesRequest,
    DuplicatesResult,
    MergeRequest,
    MergeResult,
    UnmergeRequest,
    UnmergeResult,
)
from memory_os.domain.operations.policies import LifecycleRunRequest, LifecycleRunResult
from memory_os.errors import InvalidInput
from memory_os.kernel.activation_connector import ActivationConnector
from memory_os.kernel.activations import Activations
from memory_os.kernel.adapter_connector import AdapterConnector
from memory_os.kernel.adapters import Adapters
from memory_os.kernel.aging import Aging, AgingConnector
from memory_os.kernel.allowing import Allowing
from memory_os.kernel.branching import BranchConnector, Branching
from memory_os.kernel.causing import Sessions
from memory_os.kernel.duplicates import Duplicates
from memory_os.kernel.echoing import Echoes
from memory_os.kernel.erasing import Erasing
from memory_os.kernel.erasure_connector import ErasureConnector
from memory_os.kernel.granting import Granting
from memory_os.kernel.granting_connector import GrantingConnector
from memory_os.kernel.hot import Hot
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.jobs import Jobs, JobsConnector
from memory_os.kernel.joining import Joining
from memory_os.kernel.merging import Merging
from memory_os.kernel.oversight import Oversight, OversightConnector
from memory_os.kernel.parts import Parts
from memory_os.kernel.prefixes import Prefixes
from memory_os.kernel.promoting import Promoting, Wanting
from memory_os.kernel.reasons import screened_reason, screening_reasons
from memory_os.kernel.releasing import Releasing
from memory_os.kernel.retrying import Turns
from memory_os.kernel.reviewing import Reviewing, ReviewingConnector
from memory_os.kernel.settling import Settling
from memory_os.kernel.time_machine import TimeMachine, TimeMachineConnector
from memory_os.kernel.unmerging import Unmerging


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the kernel can serve, and what it stands on."""

    ok: bool
    embedder: str
    tenants: int
    indexes: dict[str, int] = field(default_factory=dict)


class MemoryOS:
    """Everything that can be done with memory, for any principal. Safe to share by threads."""

    def __init__(self, parts: Parts) -> None:
        hot = Hot(parts.rules.hot_bytes)
        parts = replace(parts, erasables=(*parts.erasables, Releasing(parts, hot)))
        self.parts = parts
        self.indexing = Indexing(parts)
        self.allowing = Allowing(parts)
        self.granting = Granting(parts, self.allowing)
        turns = Turns()
        self.aging = Aging(parts, self.indexing, turns)
        self.activations = Activations(parts, self.indexing, turns)
        self.adapters = Adapters(parts, self.indexing, turns, self.aging.policies)
        self._wanting = Wanting(parts)
        self.prefixes = Prefixes(parts, self.aging.using, self._wanting, hot)
        self.promoting = Promoting(parts, self.aging.policies, self._wanting)
        self.settling = Settling(parts, self.promoting)
        self.reviewing = Reviewing(parts, self.indexing, turns)
        joining = Joining(parts, self.indexing)
        self._merging = Merging(parts, joining, turns, self.aging.policies)
        self._unmerging = Unmerging(parts, joining, turns)
        self._duplicates = Duplicates(parts, self.aging.policies)
        self.time_machine = TimeMachine(parts, self.indexing, turns)
        echoes = Echoes()
        self.erasing = Erasing(parts, self.indexing, turns, echoes)
        self.branching = Branching(
            parts, self.indexing, turns, self.time_machine, self.aging, echoes
        )
        self.jobs = Jobs(parts)
        self._sessions = Sessions(parts)
        self.oversight = Oversight(parts)
        self._closed = False

    def connector(self, principal: Principal) -> "KernelConnector":
        """Return the same kernel as one caller sees it."""
        return KernelConnector(self, principal)

    def health(self) -> Health:
        """Ask the store for a sign of life.

        Raises:
            StoreError: there is none.
        """
        tenants = self.parts.store.tenants()
        return Health(True, self.parts.embedder.name, len(tenants), self.indexing.opened())

    def stats(self, principal: Principal) -> dict[str, object]:
        """Return counts of the caller's tenant."""
        tenant = principal.tenant_id
        index = self.indexing.current(tenant)
        return {
            "tenant": tenant,
            "journal": self.parts.store.head(tenant),
            "indexed": index.applied,
            "embedder": self.parts.embedder.name,
        }

    def close(self) -> None:
        """Save what is derived and release the store; calling it twice does nothing more."""
        if self._closed:
            return
        self._closed = True
        try:
            try:
                self._wanting.flush()
                self.aging.using.close()
                self.oversight.auditing.checkpoint_written()
            finally:
                self.indexing.save()
        finally:
            self.parts.indexes.close()
            self.parts.store.close()

    def audit_checkpoint(self, tenant_id: str) -> SignedHead | None:
        """Sign where a tenant's journal stands; see ``Auditing.checkpoint``."""
        return self.oversight.auditing.checkpoint(tenant_id)

    def add(self, principal: Principal, requests: tuple[AddRequest, ...]) -> AddResult:
        """Store, durably, on the one branch that all requests name; see ``Adding.add``."""
        named = {request.branch for request in requests}
        if len(named) > 1:
            raise InvalidInput(
                f"one transaction writes on one branch, not {len(named)}", field="branch"
            )
        scope = requests[0].scope if requests else None
        on = self.branching.on(principal, next(iter(named), None), scope)
        return on.adding.add(principal, requests)

    def search(self, principal: Principal, request: SearchRequest) -> SearchResult:
        """Find, ranked; see ``Recalling.search``."""
        on = self.branching.on(principal, request.branch, request.scope)
        answer = on.recalling.search(principal, request)
        self._sessions.recalled(principal, request.scope)
        return answer

    def context(self, principal: Principal, request: ContextRequest) -> ContextResult:
        """Find and pack; see ``Recalling.context``."""
        on = self.branching.on(principal, request.branch, request.scope)
        answer = on.recalling.context(principal, request)
        self._sessions.recalled(principal, request.scope)
        return answer

    def get(
        self,
        principal: Principal,
        memory_id: str,
        as_of: str | None = None,
        valid_at: str | None = None,
        branch: str | None = None,
    ) -> Memory:
        """Read one; see ``Reading.get``."""
        reading = self.branching.on(principal, branch).reading
        return reading.get(principal, memory_id, as_of, valid_at)

    def get_all(self, principal: Principal, request: ListRequest) -> MemoryPage:
        """Read a page; see ``Reading.get_all``."""
        on = self.branching.on(principal, request.branch, request.scope)
        return on.reading.get_all(principal, request)

    def history(
        self, principal: Principal, memory_id: str, branch: str | None = None
    ) -> HistoryResult:
        """Read every version; see ``Reading.history``."""
        return self.branching.on(principal, branch).reading.history(principal, memory_id)

    def update(self, principal: Principal, memory_id: str, request: UpdateRequest) -> Memory:
        """Record a version; see ``Changing.update``."""
        on = self.branching.on(principal, request.branch)
        return on.changing.update(principal, memory_id, request)

    def transition(
        self, principal: Principal, memory_id: str, request: TransitionRequest
    ) -> Memory:
        """Move through the lifecycle; see ``Changing.transition``."""
        on = self.branching.on(principal, request.branch)
        return on.changing.transition(principal, memory_id, request)

    def delete(
        self, principal: Principal, memory_id: str, reason: str = "", branch: str | None = None
    ) -> DeleteResult:
        """Delete one; see ``Changing.delete``."""
        return self.branching.on(principal, branch).changing.delete(principal, memory_id, reason)

    def delete_all(self, principal: Principal, request: DeleteAllRequest) -> DeleteResult:
        """Delete by scope; see ``Changing.delete_all``."""
        on = self.branching.on(principal, request.branch, request.scope)
        return on.changing.delete_all(principal, request)

    def merge(self, principal: Principal, request: MergeRequest) -> MergeResult:
        """Make one of several; see ``Merging.merge``."""
        return self._merging.merge(principal, request)

    def unmerge(
        self, principal: Principal, memory_id: str, request: UnmergeRequest
    ) -> UnmergeResult:
        """Take a merge apart; see ``Unmerging.unmerge``."""
        return self._unmerging.unmerge(principal, memory_id, request)

    def duplicates(self, principal: Principal, request: DuplicatesRequest) -> DuplicatesResult:
        """Find pairs that may be one; see ``Duplicates.find``."""
        return self._duplicates.find(principal, request)

    def resume_erasures(self, tenant_id: str | None = None) -> int:
        """Go on with erasures that were interrupted; return how many were not complete."""
        return len(self.erasing.resume(tenant_id))

    def purge_due(self, tenant_id: str) -> list[Receipt]:
        """Erase what can no longer be restored; see ``Erasing.purge_due``."""
        return self.erasing.purge_due(tenant_id)

    def lifecycle_run(
        self, principal: Principal, request: LifecycleRunRequest
    ) -> LifecycleRunResult:
        """Carry policies out over a scope; see ``Sweeping.run``."""
        return self.aging.sweeping.run(principal, request)

    def sweep_all(self, tenant_id: str) -> LifecycleRunResult:
        """Carry every policy out over a tenant; see ``Aging.sweep_all`` and ``Settling``."""
        self._wanting.flush()
        done = self.aging.sweep_all(tenant_id)
        self.settling.everywhere(tenant_id)
        return done

    def nearest(self, principal: Principal, cube: Cube, limit: int) -> list[Cube]:
        """Return the memories that recall finds for what ``cube`` says; see ``Recalling``."""
        on = self.branching.on(principal, None)
        return on.recalling.nearest(access_filter(principal), cube, limit)

    def position(self, principal: Principal, memory_id: str) -> Position:
        """Return the place in the lifecycle; see ``Changing.position``."""
        armed = self.allowing.arm(principal)
        return self.branching.on(armed, None).changing.position(armed, memory_id)


@screening_reasons
class KernelConnector(
    TimeMachineConnector,
    ErasureConnector,
    BranchConnector,
    GrantingConnector,
    AgingConnector,
    JobsConnector,
    OversightConnector,
    ReviewingConnector,
    ActivationConnector,
    AdapterConnector,
):
    """The kernel behind the connector port, for one principal."""

    def __init__(self, kernel: MemoryOS, principal: Principal, *, owns: bool = False) -> None:
        TimeMachineConnector.__init__(self, kernel.time_machine, lambda: self.principal)
        BranchConnector.__init__(self, kernel.branching, lambda: self.principal)
        GrantingConnector.__init__(self, kernel.granting, lambda: self.principal)
        OversightConnector.__init__(self, kernel.oversight, lambda: self.principal)
        AgingConnector.__init__(self, kernel.aging, lambda: self.principal)
        ReviewingConnector.__init__(self, kernel.reviewing, lambda: self.principal)
        ActivationConnector.__init__(
            self,
            kernel.activations,
            kernel.prefixes,
            kernel.promoting,
            lambda: self.principal,
        )
        AdapterConnector.__init__(self, kernel.adapters, lambda: self.principal)
        ErasureConnector.__init__(self, kernel.erasing, lambda: self.principal)
        JobsConnector.__init__(self, kernel.jobs, lambda: self.principal)
        self.kernel = kernel
        self._principal = principal
        self._owns = owns

    @property
    def principal(self) -> Principal:
        """Return who calls, with what grants allow it at this moment: ask once a call."""
        return self.kernel.allowing.arm(self._principal)

    def screened(self, reason: str) -> str:
        """Return what may be kept of a reason that the caller gives."""
        return screened_reason(self.kernel.parts.seal, self._principal.tenant_id, reason)

    def add(self, request: AddRequest) -> AddResult:
        """Store; durable when the call returns."""
        return self.kernel.add(self.principal, (request,))

    def add_many(self, requests: tuple[AddRequest, ...]) -> AddResult:
        """Store all requests in one transaction, or none."""
        return self.kernel.add(self.principal, requests)

    def search(self, request: SearchRequest) -> SearchResult:
        """Find, ranked."""
        return self.kernel.search(self.principal, request)

    def context(self, request: ContextRequest) -> ContextResult:
        """Find and pack."""
        return self.kernel.context(self.principal, request)

    def get(
        self,
        memory_id: str,
        as_of: str | None = None,
        valid_at: str | None = None,
        branch: str | None = None,
    ) -> Memory:
        """Return a memory."""
        return self.kernel.get(self.principal, memory_id, as_of, valid_at, branch)

    def get_all(self, request: ListRequest) -> MemoryPage:
        """Return a page of memories."""
        return self.kernel.get_all(self.principal, request)

    def update(self, memory_id: str, request: UpdateRequest) -> Memory:
        """Make a new version."""
        return self.kernel.update(self.principal, memory_id, request)

    def transition(self, memory_id: str, request: TransitionRequest) -> Memory:
        """Move through the lifecycle."""
        return self.kernel.transition(self.principal, memory_id, request)

    def delete(self, memory_id: str, reason: str = "", branch: str | None = None) -> DeleteResult:
        """Delete, recoverable."""
        return self.kernel.delete(self.principal, memory_id, reason, branch)

    def delete_all(self, request: DeleteAllRequest) -> DeleteResult:
        """Delete by scope."""
        return self.kernel.delete_all(self.principal, request)

    def history(self, memory_id: str, branch: str | None = None) -> HistoryResult:
        """Return every version."""
        return self.kernel.history(self.principal, memory_id, branch)

    def merge(self, request: MergeRequest) -> MergeResult:
        """Make one memory of several."""
        return self.kernel.merge(self.principal, request)

    def unmerge(self, memory_id: str, request: UnmergeRequest) -> UnmergeResult:
        """Take a merge apart."""
        return self.kernel.unmerge(self.principal, memory_id, request)

    def duplicates(self, request: DuplicatesRequest) -> DuplicatesResult:
        """Return pairs that may be one."""
        return self.kernel.duplicates(self.principal, request)

    def close(self) -> None:
        """Close the kernel if this connector owns it."""
        if self._owns:
            self.kernel.close()
