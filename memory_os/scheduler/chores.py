"""What each kind of job does with the kernel, and when the timers want which."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pydantic import JsonValue

from memory_os.domain.access import access_filter
from memory_os.domain.erasure import Stage
from memory_os.domain.jobs import Chore
from memory_os.domain.lifecycle import Event, State
from memory_os.domain.operations import TransitionRequest
from memory_os.domain.operations.policies import (
    LifecycleRunRequest,
    LifecycleRunResult,
    Policy,
)
from memory_os.domain.scope import Scope
from memory_os.errors import IllegalTransition, NotFound
from memory_os.kernel.causing import target_scope
from memory_os.kernel.memory_os import MemoryOS
from memory_os.policies import activation
from memory_os.policies.decay import trace_of
from memory_os.policies.verdict import Action
from memory_os.ports.aging_store import Field
from memory_os.scheduler.dedup import dedup
from memory_os.scheduler.due import DAY, HOUR, MINUTE, Timer
from memory_os.scheduler.turn import Turn, platform

Doing = Callable[[Turn], dict[str, JsonValue]]
Idle = Callable[[MemoryOS, str, datetime], bool]

JOBS_KEPT = timedelta(days=7)
"""How long finished jobs can be looked at."""

TIMERS = (
    Timer("expire", Chore.EXPIRE, MINUTE),
    Timer("capacity", Chore.EVICT, MINUTE, growth=True),
    Timer("decay", Chore.DECAY, HOUR),
    Timer("tidy", Chore.TIDY, DAY),
    Timer("purge", Chore.PURGE, DAY),
    Timer("erase", Chore.ERASE, HOUR),
    Timer("checkpoint", Chore.CHECKPOINT, DAY),
    Timer("settle", Chore.SETTLE, HOUR),
)
"""What time brings; ``capacity`` only where something was written since."""


def expire(turn: Turn) -> dict[str, JsonValue]:
    """Take what is past its expiry out of recall."""
    return _sweep(turn, Policy.TTL)


def decay(turn: Turn) -> dict[str, JsonValue]:
    """Archive what has faded or holds no longer; activate and deactivate by strength."""
    return _sweep(turn, Policy.ARCHIVE, Policy.DECAY)


def evict(turn: Turn) -> dict[str, JsonValue]:
    """Archive what is worth least where a budget is almost used up."""
    return _sweep(turn, Policy.EVICT)


def activate(turn: Turn) -> dict[str, JsonValue]:
    """Activate the memories named, if they are as strong as their policy set asks."""
    kernel, now = turn.kernel, turn.kernel.parts.clock.now()
    assigned = kernel.aging.policies.assigned(turn.job.tenant_id)
    done: list[JsonValue] = []
    for cube in kernel.parts.store.get(access_filter(turn.principal), turn.job.targets):
        turn.check()
        state, trace = cube.governance.state, trace_of(cube.usage, cube.created_at)
        named = assigned.of(cube.scope.agent_id)
        verdict = activation.judge(state, trace, now, named.policies.activation)
        if verdict.action is Action.ACTIVATE and not cube.gone(now) and _moved(turn, cube.id):
            done.append(cube.id)
    return {"activated": done}


def preload(turn: Turn) -> dict[str, JsonValue]:
    """Have the tenant's index at hand and what is strong in the session's scope activated."""
    index = turn.kernel.indexing.current(turn.job.tenant_id)
    scope = target_scope(turn.job.targets)
    wider = Scope(scope.user_id) if scope.user_id else scope
    return {"indexed": index.applied, **_sweep(turn, Policy.DECAY, scope=wider)}


def tidy(turn: Turn) -> dict[str, JsonValue]:
    """Forget jobs that were done or cancelled long ago; dead letters stay."""
    before = turn.kernel.parts.clock.now() - JOBS_KEPT
    if turn.job.dry_run:
        return {"dropped": 0, "before": before.isoformat()}
    dropped = turn.kernel.parts.jobs.drop(turn.job.tenant_id, before)
    return {"dropped": dropped, "before": before.isoformat()}


def purge(turn: Turn) -> dict[str, JsonValue]:
    """Erase what was deleted or has expired and can no longer be restored."""
    tenant_id, erasing = turn.job.tenant_id, turn.kernel.erasing
    if turn.job.dry_run:
        return {"purged": len(erasing.due(tenant_id)), "partial": 0}
    receipts = erasing.purge_due(tenant_id, turn.check)
    partial = sum(receipt.status is not Stage.COMPLETE for receipt in receipts)
    return {"purged": sum(len(receipt.closure) for receipt in receipts), "partial": partial}


def erase(turn: Turn) -> dict[str, JsonValue]:
    """Go on with erasures that were interrupted, or that a probe kept from being complete."""
    tenant_id = turn.job.tenant_id
    pending = len(turn.kernel.parts.erasures.pending(tenant_id))
    turn.check()
    if not turn.job.dry_run:
        turn.kernel.resume_erasures(tenant_id)
    return {"resumed": pending, "left": len(turn.kernel.parts.erasures.pending(tenant_id))}


def checkpoint(turn: Turn) -> dict[str, JsonValue]:
    """Sign where the journal stands, so that what is cut off its end later is found out."""
    if turn.job.dry_run:
        return {"seq": turn.kernel.parts.store.head(turn.job.tenant_id)}
    head = turn.kernel.audit_checkpoint(turn.job.tenant_id)
    return {"seq": head.seq if head else 0}


def settle(turn: Turn) -> dict[str, JsonValue]:
    """Drop attention caches whose sources changed or that no longer pay, and files of nobody."""
    kernel, tenant_id = turn.kernel, turn.job.tenant_id
    if turn.job.dry_run:
        found = kernel.settling.everywhere(tenant_id, dry_run=True)
    else:
        turn.check()
        found = kernel.settling.everywhere(tenant_id)
    dropped = (found.cut, found.demoted, found.archived)
    names = ("cut", "demoted", "archived")
    return {
        **{name: len(each) for name, each in zip(names, dropped, strict=True)},
        "freed_bytes": found.freed_bytes,
    }


CHORES: Mapping[str, Doing] = {
    Chore.EXPIRE: expire,
    Chore.DECAY: decay,
    Chore.EVICT: evict,
    Chore.ACTIVATE: activate,
    Chore.PRELOAD: preload,
    Chore.DEDUP: dedup,
    Chore.TIDY: tidy,
    Chore.PURGE: purge,
    Chore.ERASE: erase,
    Chore.CHECKPOINT: checkpoint,
    Chore.SETTLE: settle,
}
"""Every chore, by the kind of its jobs."""


def _nothing_overdue(kernel: MemoryOS, tenant_id: str, now: datetime) -> bool:
    access = access_filter(platform(tenant_id))
    return not kernel.parts.aging.overdue(access, Field(), now)


def _no_budget(kernel: MemoryOS, tenant_id: str, now: datetime) -> bool:  # noqa: ARG001
    assigned = kernel.aging.policies.assigned(tenant_id)
    limits = [
        limit
        for named in (assigned.default, *assigned.others)
        for limit in (
            named.policies.eviction.text,
            named.policies.eviction.activation,
            named.policies.eviction.parametric,
        )
    ]
    return all(limit.max_count is None and limit.max_bytes is None for limit in limits)


def _nothing_to_purge(kernel: MemoryOS, tenant_id: str, now: datetime) -> bool:  # noqa: ARG001
    return not kernel.erasing.due(tenant_id)


def _no_erasure_left(kernel: MemoryOS, tenant_id: str, now: datetime) -> bool:  # noqa: ARG001
    return not kernel.parts.erasures.pending(tenant_id)


def _signed(kernel: MemoryOS, tenant_id: str, now: datetime) -> bool:  # noqa: ARG001
    heads = kernel.parts.audit.heads(tenant_id)
    return (heads[-1].seq if heads else 0) == kernel.parts.store.head(tenant_id)


def _no_tensors(kernel: MemoryOS, tenant_id: str, now: datetime) -> bool:  # noqa: ARG001
    return next(kernel.parts.blobs.paths(tenant_id), None) is None


IDLE: Mapping[str, Idle] = {
    "settle": _no_tensors,
    "expire": _nothing_overdue,
    "capacity": _no_budget,
    "purge": _nothing_to_purge,
    "erase": _no_erasure_left,
    "checkpoint": _signed,
}
"""How to see cheaply that a timer's chore would find nothing to do."""


def _sweep(turn: Turn, *policies: Policy, scope: Scope | None = None) -> dict[str, JsonValue]:
    turn.check()
    where = scope or Scope()
    request = LifecycleRunRequest(
        user_id=where.user_id,
        agent_id=where.agent_id,
        session_id=where.session_id,
        policies=policies,
        dry_run=turn.job.dry_run,
        reason=f"job {turn.job.id}",
        limit=0,
    )
    return _told(turn.kernel.aging.sweeping.run(turn.principal, request))


def _told(result: LifecycleRunResult) -> dict[str, JsonValue]:
    counts: dict[str, JsonValue] = {
        name: dict(events) for name, events in sorted(result.counts.items())
    }
    return {"moved": result.moved, "counts": counts, "refused": len(result.refused)}


def _moved(turn: Turn, cube_id: str) -> bool:
    """Activate a memory; false if it has been moved away meanwhile."""
    reason = f"strong, by job {turn.job.id}"
    request = TransitionRequest(event=Event.ACTIVATE, reason=reason, dry_run=turn.job.dry_run)
    try:
        moved = turn.kernel.transition(turn.principal, cube_id, request)
    except (IllegalTransition, NotFound):
        return False
    return moved.state is State.ACTIVATED
