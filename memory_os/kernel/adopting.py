"""Adopting a branch: what it alone changed becomes so on main, by new versions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import MAIN, Cube, Parent
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.operations.branch import Adopted, AdoptRequest, AdoptResult, Conflict
from memory_os.domain.operations.past import Refused
from memory_os.domain.operations.record import to_memory
from memory_os.domain.writing import Create, Record, Replay, Write, WriteOp
from memory_os.errors import AlreadyExists, VersionConflict
from memory_os.governance.guard import admit
from memory_os.kernel.branches import Branches
from memory_os.kernel.compensating import note_of, passages_of, plan_ops
from memory_os.kernel.differing import Differing, difference
from memory_os.kernel.expiring import overdue, swept
from memory_os.kernel.going_back import Plan, Planner, Refusal
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.overlay import Overlay
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns
from memory_os.kernel.rolling_back import INSTANT
from memory_os.kernel.veiling import Veil
from memory_os.policies.adoption import Adopt, Sides, judge

ACTION = "adopt"


@dataclass(slots=True)
class _Batch:
    """What one call is going to do, and what it leaves alone."""

    plans: list[Plan] = field(default_factory=list)
    fresh: list[tuple[Cube, Cube]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    sweeps: list[Cube] = field(default_factory=list)


class Adopting:
    """Adopt branches for any principal."""

    def __init__(
        self,
        parts: Parts,
        indexing: Indexing,
        turns: Turns,
        branches: Branches,
        differing: Differing,
    ) -> None:
        self._parts = parts
        self._indexing = indexing
        self._turns = turns
        self._branches = branches
        self._veil = Veil(parts)
        self._differing = differing

    def adopt(self, principal: Principal, name: str, request: AdoptRequest) -> AdoptResult:
        """Apply to main what was changed on the branch alone, in one transaction.

        What main alone changed stays; what both changed otherwise is a conflict and stays too,
        unless ``prefer`` says whose it is to be. The branch is left as it is.

        Raises:
            AccessDenied, NotFound, InvalidInput, IdempotencyConflict, StoreError.
        """
        key = request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"adopt:{principal.id}:{name}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=AdoptResult,
            act=lambda replay: self._turns.until_stored(
                principal.tenant_id, lambda: self._once(principal, name, request, replay)
            ),
        )

    def _once(
        self,
        principal: Principal,
        name: str,
        request: AdoptRequest,
        replay: Callable[[AdoptResult], Replay | None],
    ) -> AdoptResult:
        branch = self._branches.owned(principal, request.scope, name)
        access = admit(principal, Right.WRITE, request.scope)
        overlay = Overlay(self._parts, branch)
        now = self._parts.clock.now()
        batch = self._planned(principal, access, overlay, request, now)
        answer = AdoptResult(
            branch=branch.name,
            results=tuple(sorted(_told(batch, now), key=lambda adopted: adopted.id)),
            conflicts=tuple(batch.conflicts),
            refused=tuple(batch.refused),
            undo_to=now - INSTANT,
            dry_run=request.dry_run,
        )
        if not request.dry_run:
            reason = request.reason or f"{ACTION} {branch.name}"
            self._write(principal, overlay, batch, reason, now, replay(answer))
        return answer

    def _planned(
        self,
        principal: Principal,
        access: AccessFilter,
        overlay: Overlay,
        request: AdoptRequest,
        now: datetime,
    ) -> _Batch:
        batch, own = _Batch(), overlay.own()
        ids = sorted(own)
        base = self._differing.at(access, ids, overlay.branch.at, hidden=True)
        main = {cube.id: cube for cube in self._parts.store.get(access, ids)}
        above = {cube.id: cube for cube in overlay.get(access, ids) if not own[cube.id].withheld}
        reason = request.reason or f"{ACTION} {overlay.branch.name}"
        planner = Planner(principal, now, reason, self._parts.rules, self._parts.seal)
        for cube_id in ids:
            head = main.get(cube_id)
            if own[cube_id].withheld:
                if head is not None:
                    batch.refused.append(_refused(cube_id, _withheld(head)))
                continue
            was, is_ = base.get(cube_id), _here(head, now)
            there = _here(above.get(cube_id), now)
            sides = Sides(
                branch_changed=difference(was, there) is not None,
                main_changed=difference(was, is_) is not None,
                alike=difference(is_, there) is None,
            )
            verdict = judge(sides, request.prefer)
            if verdict.action is Adopt.KEEP:
                continue
            planned = self._plan(planner, head, there)
            if isinstance(planned, Refusal):
                batch.refused.append(_refused(cube_id, planned))
            elif verdict.action is Adopt.CONFLICT:
                sides_seen = (self._veil.cube(access, c) if c else None for c in (was, is_, there))
                batch.conflicts.append(_conflict(cube_id, *sides_seen))
            elif isinstance(planned, Plan):
                batch.plans.append(planned)
            elif planned is not None and there is not None:
                batch.fresh.append((there, planned))
        self._free(principal, batch, now)
        return batch

    def _plan(
        self, planner: Planner, head: Cube | None, there: Cube | None
    ) -> Plan | Cube | Refusal | None:
        """Return what makes main's cube that of the branch; a cube, where main has none."""
        if there is not None:
            there = replace(there, version=replace(there.version, branch=MAIN))
        if head is None:
            return None if there is None else self._new(planner, there)
        planned = planner.plan(head, there)
        if isinstance(planned, Plan) and planned.source is not None:
            edge = (Parent(head.id, head.version.number, "version"),)
            version = replace(planned.goal.version, parents=edge)
            planned = replace(planned, goal=replace(planned.goal, version=version))
        return planned

    def _new(self, planner: Planner, there: Cube) -> Cube:
        """Return the branch's cube as the first version of a cube of main."""
        said = there.version
        signature = planner.seal.signature(
            there.tenant_id,
            cube_id=there.id,
            version=1,
            content_hash=said.content_hash,
            source_class=said.origin.source_class,
            trust=said.trust,
        )
        version = replace(
            said,
            number=1,
            recorded_at=planner.now,
            superseded_at=None,
            signature=signature,
            parents=tuple(edge for edge in said.parents if edge.cube_id != there.id),
        )
        governance = replace(there.governance, state_since=planner.now)
        return replace(there, created_at=planner.now, version=version, governance=governance)

    def _free(self, principal: Principal, batch: _Batch, now: datetime) -> None:
        """Refuse what would need an external id that another memory of main holds."""
        access = AccessFilter(
            principal.tenant_id, principal.id, sees_private=True, sees_quarantined=True
        )
        going = {plan.cube.id for plan in batch.plans if plan.deletes}
        coming = [plan.cube for plan in batch.plans if plan.restores]
        for cube in (*coming, *(cube for _, cube in batch.fresh)):
            if cube.external_id is None:
                continue
            holder = self._parts.store.by_external_id(access, cube.scope, cube.external_id)
            if holder is None or holder.id in {*going, cube.id}:
                continue
            if overdue(holder, now):
                batch.sweeps.append(holder)
                continue
            batch.plans = [plan for plan in batch.plans if plan.cube.id != cube.id]
            batch.fresh = [pair for pair in batch.fresh if pair[1].id != cube.id]
            batch.refused.append(_refused(cube.id, _TAKEN))

    def _write(
        self,
        principal: Principal,
        overlay: Overlay,
        batch: _Batch,
        reason: str,
        now: datetime,
        replay: Replay | None,
    ) -> None:
        seal, branch = self._parts.seal, overlay.branch
        keys = [(p.cube.id, p.source.version.number) for p in batch.plans if p.source is not None]
        keys += [(there.id, there.version.number) for there, _ in batch.fresh]
        passages = passages_of(overlay, branch.tenant_id, keys)
        note = note_of(seal, principal.id, ACTION, reason)
        ops: list[WriteOp] = [
            swept(cube, now, self._parts.rules.purge_after, seal) for cube in batch.sweeps
        ]
        for plan in sorted(batch.plans, key=lambda plan: not plan.deletes):
            ops += plan_ops(plan, note, passages)
        for there, cube in batch.fresh:
            ops.append(Create(cube, passages[there.id, there.version.number], note(cube)))
        if ops:
            ops.append(Record(Note(principal.id, ACTION, (branch.id,))))
        if ops or replay is not None:
            self._stored(Write(branch.tenant_id, now, tuple(ops), replay), batch)
            self._indexing.current(branch.tenant_id)

    def _stored(self, write: Write, batch: _Batch) -> None:
        try:
            self._parts.store.write(write)
        except AlreadyExists as error:
            ids: Sequence[str] = [cube.id for _, cube in batch.fresh]
            everyone = AccessFilter(write.tenant_id, "", sees_private=True, sees_quarantined=True)
            if self._parts.store.get(everyone, ids):
                raise VersionConflict("another call adopted the same branch; plan again") from error
            raise


_TAKEN = Refusal(
    "external_id_taken", "another memory of its scope holds its external id; delete that one first"
)


def _withheld(head: Cube) -> Refusal:
    state = head.governance.state
    if state is State.ERASED:
        return Refusal("erased", "it was erased on main; nothing brings it back")
    return Refusal(state.value, "it is quarantined on main; release it first")


def _refused(cube_id: str, refusal: Refusal) -> Refused:
    return Refused(id=cube_id, reason=refusal.reason, message=refusal.message)


def _here(cube: Cube | None, now: datetime) -> Cube | None:
    return None if cube is None or cube.gone(now) else cube


def _conflict(cube_id: str, was: Cube | None, is_: Cube | None, there: Cube | None) -> Conflict:
    base, main, branch = (to_memory(cube) if cube else None for cube in (was, is_, there))
    return Conflict(id=cube_id, base=base, main=main, branch=branch)


def _told(batch: _Batch, now: datetime) -> list[Adopted]:
    ends = [(_here(p.cube, now), None if p.deletes else p.goal, p.goal) for p in batch.plans]
    ends += [(None, cube, cube) for _, cube in batch.fresh]
    told = []
    for before, after, goal in ends:
        differing = difference(before, after)
        told.append(
            Adopted(
                id=goal.id,
                changes=differing.changes if differing else (),
                state=goal.governance.state,
                version=goal.version.number,
            )
        )
    return told
