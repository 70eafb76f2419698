"""Branches: made, listed, found by name, deleted, compared with main."""

from collections.abc import Iterator

from memory_os.domain.access import Principal
from memory_os.domain.branch import PREFIX, Branch
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.branch import (
    BranchesRequest,
    BranchList,
    BranchRecord,
    BranchRequest,
    to_branch_record,
)
from memory_os.domain.past import choose
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.writing import Discard, DropBranch, Write, WriteOp
from memory_os.errors import AccessDenied, InvalidInput, NotFound
from memory_os.governance.guard import admit, bound_scope
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.moments import Moments
from memory_os.kernel.overlay import Overlay
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns
from memory_os.kernel.snapshots import named

MADE = "branch"
DELETED = "delete_branch"


class Branches:
    """Keep branches for any principal."""

    def __init__(self, parts: Parts, indexing: Indexing, turns: Turns, moments: Moments) -> None:
        self._parts = parts
        self._indexing = indexing
        self._turns = turns
        self._moments = moments

    def create(self, principal: Principal, request: BranchRequest) -> BranchRecord:
        """Make a branch; nothing is copied, so it takes no longer for more memory.

        Raises:
            AccessDenied; AlreadyExists: the scope has a branch of this name; NotFound: no such
                snapshot; InvalidInput: it would start in the future.
        """
        admit(principal, Right.WRITE, request.scope)
        now = self._parts.clock.now()
        at = now
        if request.start is not None:
            at = self._moments.moment(principal, request.scope, request.start)
        if at > now:
            raise InvalidInput("a branch cannot start in the future", field="start")
        made = Branch(
            tenant_id=principal.tenant_id,
            name=request.name,
            id=self._parts.ids.new(PREFIX),
            at=at,
            created_at=now,
            scope=bound_scope(principal, request.scope),
            by=principal.id,
            reason=request.reason,
        )
        note = self._note(principal, MADE, made, named(made.name, made.reason))
        return to_branch_record(self._parts.branches.add_branch(made, note))

    def list(self, principal: Principal, request: BranchesRequest) -> BranchList:
        """Return the branches of a scope, those of wider scopes left out, oldest first."""
        admit(principal, Right.READ, request.scope)
        return BranchList(
            results=tuple(
                to_branch_record(branch)
                for branch in self._parts.branches.list_branches(principal.tenant_id)
                if _sees(principal, branch) and request.scope.reaches(branch.scope, _EXACT)
            )
        )

    def find(self, principal: Principal, scope: Scope, name: str) -> Branch:
        """Return the branch that a name or an id means for a call in ``scope``.

        Raises:
            NotFound: there is none that the caller may see.
            InvalidInput: the name stands for several.
        """
        known = self._parts.branches.list_branches(principal.tenant_id)
        seen = [branch for branch in known if _sees(principal, branch)]
        by_id = [branch for branch in seen if branch.id == name]
        named = [branch for branch in seen if branch.name == name]
        found = by_id or choose(named, bound_scope(principal, scope))
        if not found:
            raise NotFound(f"no branch {name[:128]!r}; list those there are", name=name[:128])
        if len(found) > 1:
            raise InvalidInput(
                f"{len(found)} scopes have a branch {name!r}; name the scope ids of one, or give "
                "its id instead of its name",
                field="branch",
            )
        return found[0]

    def owned(self, principal: Principal, scope: Scope, name: str) -> Branch:
        """Return the branch if the caller may adopt or delete it.

        Raises:
            AccessDenied: it is of a wider scope than the credential is bound to.
        """
        admit(principal, Right.WRITE, scope)
        branch = self.find(principal, scope, name)
        if not principal.bindings.reaches(branch.scope, _EXACT):
            raise AccessDenied(
                f"branch {name!r} is of a wider scope than this credential is bound to: it may be "
                "read, not adopted or deleted",
                name=name,
            )
        return branch

    def delete(self, principal: Principal, name: str, request: BranchesRequest) -> BranchRecord:
        """Forget a branch and, for good, what was written on it alone; return what it was.

        Raises:
            AccessDenied, NotFound, InvalidInput.
        """

        def act() -> BranchRecord:
            branch = self.owned(principal, request.scope, name)
            ops = tuple(self._dropping(principal, branch))
            self._parts.store.write(Write(principal.tenant_id, self._parts.clock.now(), ops))
            self._indexing.current(principal.tenant_id)
            return to_branch_record(branch)

        return self._turns.until_stored(principal.tenant_id, act)

    def _dropping(self, principal: Principal, branch: Branch) -> Iterator[WriteOp]:
        overlay = Overlay(self._parts, branch)
        for stored in overlay.stored(overlay.own()):
            yield Discard(stored, Note(principal.id, DELETED, (stored,), branch.name))
        yield DropBranch(branch.id, self._note(principal, DELETED, branch, branch.name))

    def _note(self, principal: Principal, action: str, branch: Branch, reason: str) -> Note:
        whose = self._parts.seal.subjects(branch.tenant_id, branch.scope.user_id)
        return Note(principal.id, action, (branch.id, *whose), reason)


_EXACT = ScopeMatch.EXACT


def _sees(principal: Principal, branch: Branch) -> bool:
    return principal.bindings.reaches(branch.scope, ScopeMatch.INHERIT)
