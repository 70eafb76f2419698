"""Branches as the kernel offers them: kept, worked on, adopted."""

from collections.abc import Callable

from memory_os.domain.access import Principal
from memory_os.domain.operations.branch import (
    AdoptRequest,
    AdoptResult,
    BranchesRequest,
    BranchList,
    BranchRecord,
    BranchRequest,
)
from memory_os.domain.operations.past import DiffRequest, DiffResult
from memory_os.domain.scope import Scope
from memory_os.kernel.adopting import Adopting
from memory_os.kernel.aging import Aging
from memory_os.kernel.branches import Branches
from memory_os.kernel.comparing import Comparing
from memory_os.kernel.echoing import Echoes
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns
from memory_os.kernel.services import Services, services, services_on
from memory_os.kernel.settling import Settling
from memory_os.kernel.time_machine import TimeMachine


class Branching:
    """Main and its branches, for any principal."""

    def __init__(
        self,
        parts: Parts,
        indexing: Indexing,
        turns: Turns,
        past: TimeMachine,
        aging: Aging,
        echoes: Echoes,
    ) -> None:
        self._parts = parts
        self._indexing = indexing
        self._turns = turns
        self._policies = aging.policies
        self._main = services(
            parts, indexing, turns, aging.policies, aging.using, echoes, Settling(parts)
        )
        self._echoes = echoes
        self.branches = Branches(parts, indexing, turns, past.moments)
        self.adopting = Adopting(parts, indexing, turns, self.branches, past.differing)
        self._comparing = Comparing(parts, past.moments)

    def on(self, principal: Principal, branch: str | None, scope: Scope | None = None) -> Services:
        """Return what works on the branch of this name or id, on main for none.

        Raises:
            NotFound: there is none that the caller may see; InvalidInput: there are several.
        """
        if branch is None:
            return self._main
        found = self.branches.find(principal, scope or principal.bindings, branch)
        return services_on(
            found, self._parts, self._indexing, self._turns, self._policies, self._echoes
        )

    def diff(self, principal: Principal, request: DiffRequest) -> DiffResult:
        """Compare two times of main or of a branch, or without a start a branch with main."""
        if request.branch is not None and request.start is None:
            branch = self.branches.find(principal, request.scope, request.branch)
            return self._comparing.compare(principal, branch, request)
        differing = self.on(principal, request.branch, request.scope).differing
        return differing.diff(principal, request)


class BranchConnector:
    """The branches' part of the connector port, for whoever ``caller`` says calls."""

    def __init__(self, branching: Branching, caller: Callable[[], Principal]) -> None:
        self._branching = branching
        self._brancher = caller

    def diff(self, request: DiffRequest) -> DiffResult:
        """Return what changed between two times, or what a branch has otherwise than main."""
        return self._branching.diff(self._brancher(), request)

    def create_branch(self, request: BranchRequest) -> BranchRecord:
        """Make a branch."""
        return self._branching.branches.create(self._brancher(), request)

    def branches(self, request: BranchesRequest) -> BranchList:
        """Return the branches."""
        return self._branching.branches.list(self._brancher(), request)

    def delete_branch(self, name: str, request: BranchesRequest) -> BranchRecord:
        """Forget a branch and what was written on it."""
        return self._branching.branches.delete(self._brancher(), name, request)

    def adopt(self, name: str, request: AdoptRequest) -> AdoptResult:
        """Apply a branch to main."""
        return self._branching.adopting.adopt(self._brancher(), name, request)
