"""Snapshots: moments named, listed, forgotten."""

from memory_os.domain.access import Principal
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.past import (
    SnapshotList,
    SnapshotRecord,
    SnapshotRequest,
    SnapshotsRequest,
    to_snapshot_record,
)
from memory_os.domain.past import Snapshot
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.errors import NotFound
from memory_os.governance.guard import admit, bound_scope, require_in
from memory_os.kernel.moments import sees
from memory_os.kernel.parts import Parts

MADE = "snapshot"
DELETED = "delete_snapshot"


class Snapshots:
    """Keep snapshots for any principal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def snapshot(self, principal: Principal, request: SnapshotRequest) -> SnapshotRecord:
        """Name this moment; nothing is copied, so it takes no longer for more memory.

        Raises:
            AccessDenied; AlreadyExists: the scope has a snapshot of this name.
        """
        admit(principal, Right.WRITE, request.scope)
        scope = bound_scope(principal, request.scope)
        require_in(principal, Right.WRITE, scope)
        made = Snapshot(
            tenant_id=principal.tenant_id,
            name=request.name,
            at=self._parts.clock.now(),
            scope=scope,
            by=principal.id,
            reason=request.reason,
        )
        note = self._note(principal, MADE, scope, named(request.name, request.reason))
        return to_snapshot_record(self._parts.snapshots.add_snapshot(made, note))

    def snapshots(self, principal: Principal, request: SnapshotsRequest) -> SnapshotList:
        """Return the snapshots of a scope, those of wider scopes left out, oldest first."""
        admit(principal, Right.READ, request.scope)
        found = self._parts.snapshots.list_snapshots(principal.tenant_id)
        return SnapshotList(
            results=tuple(
                to_snapshot_record(each)
                for each in found
                if sees(principal, each) and request.scope.reaches(each.scope, ScopeMatch.EXACT)
            )
        )

    def delete_snapshot(
        self, principal: Principal, name: str, request: SnapshotsRequest
    ) -> SnapshotRecord:
        """Forget a name, not the memory of that moment; return what it stood for.

        Raises:
            AccessDenied; NotFound: exactly this scope has none of this name.
        """
        admit(principal, Right.WRITE, request.scope)
        scope = bound_scope(principal, request.scope)
        require_in(principal, Right.WRITE, scope)
        named = self._parts.snapshots.list_snapshots(principal.tenant_id, name)
        held = next((each for each in named if each.scope == scope), None)
        note, now = self._note(principal, DELETED, scope, name), self._parts.clock.now()
        if held is None or not self._parts.snapshots.drop_snapshot(
            principal.tenant_id, scope, name, now, note
        ):
            raise NotFound(f"no snapshot {name!r} of exactly this scope", name=name)
        return to_snapshot_record(held)

    def _note(self, principal: Principal, action: str, scope: Scope, reason: str) -> Note:
        whose = self._parts.seal.subjects(principal.tenant_id, scope.user_id)
        return Note(principal.id, action, whose, reason)


def named(name: str, reason: str) -> str:
    """Return why something was made, behind its name."""
    return f"{name}: {reason}" if reason else name
