"""Going back: a cube or a scope made again what it was, by writing what compensates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.operations.past import (
    Refused,
    RollbackRequest,
    RollbackResult,
    RolledBack,
)
from memory_os.domain.writing import Replay, Write, WriteOp
from memory_os.errors import NotFound
from memory_os.governance.guard import admit, bound_scope
from memory_os.kernel.compensating import note_of, passages_of, plan_ops
from memory_os.kernel.differing import Differing, difference
from memory_os.kernel.expiring import overdue, swept
from memory_os.kernel.going_back import Plan, Planner, Refusal
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.lookup import hidden
from memory_os.kernel.moments import Moments
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns
from memory_os.ports.cube_store import Span

INSTANT = timedelta(microseconds=1)
ACTION = "rollback"


@dataclass(slots=True)
class _Batch:
    """What one call is going to do, and what it leaves alone."""

    plans: list[Plan] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    sweeps: list[Cube] = field(default_factory=list)
    cursor: str | None = None


class RollingBack:
    """Roll back for any principal."""

    def __init__(
        self,
        parts: Parts,
        indexing: Indexing,
        turns: Turns,
        moments: Moments,
        differing: Differing,
    ) -> None:
        self._parts = parts
        self._turns = turns
        self._indexing = indexing
        self._moments = moments
        self._differing = differing

    def rollback(self, principal: Principal, request: RollbackRequest) -> RollbackResult:
        """Make a memory or a scope what it was, in one transaction; nothing of history is lost.

        What was changed gets a version that repeats the earlier one, what was deleted is restored,
        what came later is deleted and can be restored. What is frozen, quarantined or merged
        stays, and the answer names it.

        Raises:
            AccessDenied, NotFound, InvalidInput, IdempotencyConflict, StoreError.
        """
        key = request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"rollback:{principal.id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=RollbackResult,
            act=lambda replay: self._turns.until_stored(
                principal.tenant_id, lambda: self._once(principal, request, replay)
            ),
        )

    def _once(
        self,
        principal: Principal,
        request: RollbackRequest,
        replay: Callable[[RollbackResult], Replay | None],
    ) -> RollbackResult:
        scope = principal.bindings if request.memory_id else request.scope
        admit(principal, Right.WRITE, scope)
        access = admit(principal, Right.READ, scope)
        now = self._parts.clock.now()
        to = self._moments.moment(principal, scope, request.to) if request.to else None
        batch = self._planned(principal, access, request, to, now)
        answer = RollbackResult(
            results=tuple(_told(plan, now) for plan in batch.plans),
            refused=tuple(batch.refused),
            skipped=tuple(batch.skipped),
            to=to,
            undo_to=now - INSTANT,
            dry_run=request.dry_run,
            next_cursor=batch.cursor,
        )
        if not request.dry_run:
            self._write(principal, batch, request.reason, now, replay(answer))
        return answer

    def _planned(
        self,
        principal: Principal,
        access: AccessFilter,
        request: RollbackRequest,
        to: datetime | None,
        now: datetime,
    ) -> _Batch:
        batch = _Batch()
        ids = self._ids(principal, access, request, to, now, batch)
        today = {cube.id: cube for cube in self._parts.store.get(access, ids)}
        if request.memory_id is not None and request.memory_id not in today:
            raise hidden(self._parts, access, request.memory_id)
        then = self._then(access, request, ids, to)
        reason = request.reason or ACTION
        rules, seal = self._parts.rules, self._parts.seal
        planner = Planner(principal, now, reason, rules, seal)
        for cube in today.values():
            if cube.governance.state is State.ERASED:
                batch.skipped.append(cube.id)
                continue
            planned = planner.plan(cube, then.get(cube.id))
            if isinstance(planned, Refusal):
                refused = Refused(id=cube.id, reason=planned.reason, message=planned.message)
                batch.refused.append(refused)
            elif planned is not None:
                batch.plans.append(planned)
        self._free(principal, batch, now)
        return batch

    def _ids(
        self,
        principal: Principal,
        access: AccessFilter,
        request: RollbackRequest,
        to: datetime | None,
        now: datetime,
        batch: _Batch,
    ) -> list[str]:
        if request.memory_id is not None or to is None:
            return [request.memory_id or ""]
        scope, after = bound_scope(principal, request.scope), request.cursor or ""
        span = Span(to, now, scope, request.scope_match, request.limit, after)
        ids = self._parts.store.touched(access, span)
        batch.cursor = ids[-1] if len(ids) == request.limit else None
        return ids

    def _then(
        self,
        access: AccessFilter,
        request: RollbackRequest,
        ids: Sequence[str],
        to: datetime | None,
    ) -> dict[str, Cube]:
        """Return the cubes as they were, without those that were not there."""
        if to is not None:
            return self._differing.at(access, ids, to, hidden=True)
        (found,) = self._parts.store.read(access, [(ids[0], request.version or 0)])
        if found is None:
            raise NotFound(
                f"memory {ids[0]!r} has no version {request.version}; its history names them",
                id=ids[0],
            )
        gone = found.gone(self._parts.clock.now())
        return {
            found.id: found.moved(replace(found.governance, state=State.GENERATED, resume=()))
            if gone
            else found
        }

    def _free(self, principal: Principal, batch: _Batch, now: datetime) -> None:
        """Refuse to restore what another cube took the external id of meanwhile."""
        anyone = AccessFilter(
            principal.tenant_id, principal.id, sees_private=True, sees_quarantined=True
        )
        going = {plan.cube.id for plan in batch.plans if plan.deletes}
        for plan in [plan for plan in batch.plans if plan.restores and plan.cube.external_id]:
            cube = plan.cube
            holder = self._parts.store.by_external_id(anyone, cube.scope, cube.external_id or "")
            if holder is None or holder.id in {*going, cube.id}:
                continue
            if overdue(holder, now):
                batch.sweeps.append(holder)
                continue
            batch.plans.remove(plan)
            message = "another memory of its scope holds its external id; delete that one first"
            refused = Refused(id=cube.id, reason="external_id_taken", message=message)
            batch.refused.append(refused)

    def _write(
        self,
        principal: Principal,
        batch: _Batch,
        reason: str,
        now: datetime,
        replay: Replay | None,
    ) -> None:
        purge_after, seal = self._parts.rules.purge_after, self._parts.seal
        ops: list[WriteOp] = [swept(cube, now, purge_after, seal) for cube in batch.sweeps]
        keys = [(p.cube.id, p.source.version.number) for p in batch.plans if p.source is not None]
        passages = passages_of(self._parts.store, principal.tenant_id, keys)
        note = note_of(seal, principal.id, ACTION, reason)
        for plan in sorted(batch.plans, key=lambda plan: not plan.deletes):
            ops += plan_ops(plan, note, passages)
        if ops or replay is not None:
            self._parts.store.write(Write(principal.tenant_id, now, tuple(ops), replay))
            self._indexing.current(principal.tenant_id)


def _told(plan: Plan, now: datetime) -> RolledBack:
    before = None if plan.cube.gone(now) else plan.cube
    after = None if plan.deletes else plan.goal
    told = difference(before, after)
    return RolledBack(
        id=plan.cube.id,
        changes=told.changes if told else (),
        state=plan.goal.governance.state,
        version=plan.goal.version.number,
        from_version=plan.source.version.number if plan.source else None,
    )
