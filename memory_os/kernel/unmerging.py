"""Taking a merge apart, in one transaction: the parents as they were, the edits kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube, Parent
from memory_os.domain.lifecycle import Event, Right, State, transition
from memory_os.domain.operations.merge import UnmergeRequest, UnmergeResult
from memory_os.domain.operations.record import to_memory
from memory_os.domain.writing import WriteOp
from memory_os.errors import IllegalTransition, NotFound
from memory_os.governance.guard import admit
from memory_os.kernel.joining import PLANNED, Action, Formed, Joining, allowed
from memory_os.kernel.merged import returned
from memory_os.kernel.moving import facts, governed, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns

_EDITED = ("tags", "metadata", "semantic_type", "valid_from", "valid_to", "confidence")


class Unmerging:
    """Unmerge for any principal."""

    def __init__(self, parts: Parts, joining: Joining, turns: Turns) -> None:
        self._parts = parts
        self._turns = turns
        self._joining = joining

    def unmerge(
        self, principal: Principal, memory_id: str, request: UnmergeRequest
    ) -> UnmergeResult:
        """Bring the parents of a merge back as they were, and archive its result.

        Raises:
            NotFound: no such memory, or it is no merge's result; IllegalTransition: a parent or
            the result has moved on since; AccessDenied, StoreError.
        """
        return self._turns.until_stored(
            principal.tenant_id, lambda: self._unmerge(principal, memory_id, request)
        )

    def _unmerge(
        self, principal: Principal, memory_id: str, request: UnmergeRequest
    ) -> UnmergeResult:
        admit(principal, Right.WRITE, principal.bindings)
        access = admit(principal, Right.READ, principal.bindings)
        now, veil = self._parts.clock.now(), self._joining.veil
        result = self._joining.found(access, memory_id)
        first, parents = self._made_of(access, memory_id)
        archived = self._archived(principal, result, request.reason, now)
        back = self._back(principal, parents, memory_id)
        kept = self._kept(first, result, dry_run=request.dry_run, now=now)
        if not request.dry_run:
            action = Action(principal, Event.UNMERGE.value, request.reason)
            ops: list[WriteOp] = []
            if kept is not None:
                ops.append(self._joining.create(kept, replace(action, name="keep"), memory_id))
            ops += self._joining.governs(parents, back, action, memory_id)
            ops += self._joining.governs([result], [archived], action, memory_id)
            self._joining.write(principal.tenant_id, now, ops, None)
        return UnmergeResult(
            results=tuple(map(to_memory, veil.cubes(access, back))),
            archived=to_memory(veil.cube(access, archived)),
            kept=to_memory(veil.cube(access, kept.cube)) if kept else None,
            dry_run=request.dry_run,
        )

    def _made_of(self, access: AccessFilter, memory_id: str) -> tuple[Cube, list[Cube]]:
        """Return the first version of a merge's result, and the heads of its parents."""
        first = self._parts.store.read(access, [(memory_id, 1)])[0]
        edges = [edge for edge in first.version.parents if edge.role == "merge"] if first else []
        if first is None or not edges:
            raise NotFound(f"no merge made {memory_id!r}; nothing to take apart", id=memory_id)
        parents = self._parts.store.get(access, [edge.cube_id for edge in edges])
        if len(parents) < len(edges):
            raise IllegalTransition(
                f"the merge behind {memory_id!r} cannot be taken apart: a parent was erased, or "
                "cannot be seen by this caller; legal moves: none",
                id=memory_id,
                reason="merge_undone",
                legal=[],
            )
        return first, parents

    def _back(self, principal: Principal, parents: Sequence[Cube], result: str) -> list[Cube]:
        """Return the parents as they stood before; what expired meanwhile comes back expired.

        A parent that has moved on is planned first, so that the refusal names it.
        """
        now, rules = self._parts.clock.now(), self._parts.rules
        intact = all(
            cube.governance.state is State.MERGED and _into(cube) == result for cube in parents
        )
        moving = [cube for cube in parents if cube.governance.state is not State.MERGED]
        back: list[Cube] = []
        for cube in (*moving, *parents):
            looked_at = replace(facts(cube, now, rules), merge_intact=intact)
            plan = partial(transition, cube.position, Event.UNMERGE, looked_at)
            back.append(cube.moved(returned(cube, allowed(principal, cube, plan))))
        return back

    def _archived(self, principal: Principal, cube: Cube, reason: str, now: datetime) -> Cube:
        """Return the result as it stands in the archive; pinning does not keep it out."""
        at = place(cube, now)
        if at.state is State.ARCHIVED:
            return cube
        looked_at = replace(facts(cube, now, self._parts.rules), pinned=False)
        planned = allowed(principal, cube, lambda: transition(at, Event.ARCHIVE, looked_at))
        return cube.moved(governed(cube, planned, reason or "unmerge", now, self._parts.rules))

    def _kept(self, first: Cube, head: Cube, *, dry_run: bool, now: datetime) -> Formed | None:
        """Return a new cube that says what was edited in the result, if anything was."""
        if first.payload == head.payload and _header(first) == _header(head):
            return None
        version = replace(
            head.version,
            number=1,
            recorded_at=now,
            superseded_at=None,
            parents=(Parent(head.id, head.version.number, "copy"),),
        )
        active = head.governance.state is State.ACTIVATED
        governance = replace(
            head.governance,
            state=State.ACTIVATED if active else State.GENERATED,
            state_reason="kept from a merge",
            state_since=now,
            resume=(),
        )
        cube = replace(
            head,
            id=PLANNED if dry_run else self._parts.ids.new("mem"),
            created_at=now,
            version=version,
            governance=governance,
            external_id=None,
        )
        return self._joining.sealed(cube)


def _header(cube: Cube) -> list[object]:
    return [getattr(cube.version, name) for name in _EDITED]


def _into(cube: Cube) -> str | None:
    return cube.governance.absorbed.into if cube.governance.absorbed else None
