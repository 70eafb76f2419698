"""Sweeping: policies carried out over many memories, a few of them a transaction.

What may have to move is found by columns alone, read again, judged by the pure policies, planned by
the lifecycle table and written with what was seen, so that nothing is moved on old knowledge.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import RECALLED, Event, Right, State, transition, underlying
from memory_os.domain.operations.policies import (
    Kept,
    LifecycleRunRequest,
    LifecycleRunResult,
    Policy,
    PolicyMove,
)
from memory_os.domain.writing import Govern, Write
from memory_os.errors import IllegalTransition
from memory_os.governance.guard import admit, bound_scope
from memory_os.kernel.behind import following
from memory_os.kernel.crowding import Crowding
from memory_os.kernel.entries import expiry
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.judging import judged
from memory_os.kernel.moving import facts, governed
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Named, Policies
from memory_os.kernel.retrying import Turns
from memory_os.kernel.using import Using
from memory_os.policies.verdict import Verdict
from memory_os.ports.aging_store import Field
from memory_os.ports.recall_index import Change, Close, Restate

ORDER = (Policy.TTL, Policy.ARCHIVE, Policy.DECAY, Policy.EVICT)
_INDEXED = frozenset({State.GENERATED, State.ACTIVATED, State.ARCHIVED})


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One run: for whom, over what, since when, by which reason."""

    principal: Principal
    access: AccessFilter
    now: datetime
    request: LifecycleRunRequest
    where: Field


@dataclass(frozen=True, slots=True)
class _Step:
    """A cube, what a policy wants of it, and how it would stand afterwards."""

    cube: Cube
    verdict: Verdict
    event: Event
    after: Cube
    why: str


@dataclass(slots=True)
class _Tally:
    """What a run has done so far; ``left`` are those it took out of recall."""

    limit: int
    moves: list[PolicyMove] = field(default_factory=list)
    refused: list[Kept] = field(default_factory=list)
    moved: int = 0
    left: set[str] = field(default_factory=set)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, moves: Sequence[PolicyMove]) -> None:
        for move in moves:
            events = self.counts.setdefault(move.policy.value, {})
            events[move.event.value] = events.get(move.event.value, 0) + 1
            if move.to_state not in RECALLED:
                self.left.add(move.id)
        self.moved += len(moves)
        self.moves += moves[: max(0, self.limit - len(self.moves))]


class Sweeping:
    """Carry policies out for any principal."""

    def __init__(
        self, parts: Parts, indexing: Indexing, turns: Turns, policies: Policies, using: Using
    ) -> None:
        self._parts = parts
        self._indexing = indexing
        self._turns = turns
        self._policies = policies
        self._using = using
        self._crowding = Crowding(parts)

    def run(self, principal: Principal, request: LifecycleRunRequest) -> LifecycleRunResult:
        """Let the asked policies move what they would move, or with ``dry_run`` only say it.

        What is frozen stays whatever a policy wants, what is pinned is neither weakened, archived
        nor evicted, and nothing expires before its ``retain_until``.

        Raises:
            AccessDenied, StoreError.
        """
        access = admit(principal, Right.WRITE, request.scope, purpose=None)
        scope = bound_scope(principal, request.scope)
        self._using.flush(principal.tenant_id)
        now = self._parts.clock.now()
        sweep = _Sweep(principal, access, now, request, Field(scope))
        tally = _Tally(request.limit)
        wanted = [policy for policy in ORDER if policy in request.policies]
        for named, where in self._fields(sweep):
            for policy in wanted:
                self._carry_out(sweep, policy, named, where, tally)
        return LifecycleRunResult(
            results=tuple(tally.moves),
            refused=tuple(tally.refused),
            moved=tally.moved,
            counts=tally.counts,
            dry_run=request.dry_run,
        )

    def _fields(self, sweep: _Sweep) -> Iterator[tuple[Named, Field]]:
        """Return each policy set with the part of the scope that it is for."""
        assigned = self._policies.assigned(sweep.principal.tenant_id)
        agents = frozenset[str]().union(*(named.agents for named in assigned.others))
        for named in assigned.others:
            yield named, replace(sweep.where, agents=named.agents)
        yield assigned.default, replace(sweep.where, others=agents)

    def _carry_out(
        self, sweep: _Sweep, policy: Policy, named: Named, where: Field, tally: _Tally
    ) -> None:
        verdicts: dict[str, Verdict | None]
        if policy is Policy.EVICT:
            limits = named.policies.eviction
            verdicts = dict(
                self._crowding.chosen(sweep.access, where, limits, sweep.now, tally.left)
            )
        else:
            found = self._candidates(sweep, policy, named, where)
            verdicts = dict.fromkeys(cube_id for cube_id in found if cube_id not in tally.left)
        for ids in _together(verdicts, self._parts.rules.sweep_together):
            batch = {cube_id: verdicts[cube_id] for cube_id in ids}
            self._turned(sweep, policy, named, batch, tally)
        if policy is Policy.TTL and not sweep.request.dry_run:
            self._note_held(sweep, where)

    def _candidates(self, sweep: _Sweep, policy: Policy, named: Named, where: Field) -> list[str]:
        """Return the ids that columns say may have to move."""
        aging, access, now = self._parts.aging, sweep.access, sweep.now
        recalled = (State.GENERATED, State.ACTIVATED)
        if policy is Policy.TTL:
            return aging.overdue(access, where, now)
        if policy is Policy.ARCHIVE:
            limits = named.policies.archive
            ended = aging.ended(access, where, now - timedelta(days=limits.after_valid_days))
            return [*aging.weaker(access, where, recalled, limits.below, now), *ended]
        limits_ = named.policies.activation
        return [
            *aging.stronger(access, where, recalled[:1], limits_.at, now),
            *aging.weaker(access, where, recalled[1:], limits_.below, now),
        ]

    def _turned(
        self,
        sweep: _Sweep,
        policy: Policy,
        named: Named,
        batch: dict[str, Verdict | None],
        tally: _Tally,
    ) -> None:
        def act() -> tuple[list[PolicyMove], list[Kept]]:
            cubes = self._parts.store.get(sweep.access, list(batch))
            steps, refused = self._steps(sweep, policy, named, cubes, batch)
            if steps and not sweep.request.dry_run:
                self._write(sweep, policy, steps)
            return [_move(step, policy, named) for step in steps], refused

        moves, refused = self._turns.until_stored(sweep.principal.tenant_id, act)
        tally.add(moves)
        tally.refused += refused[: max(0, sweep.request.limit - len(tally.refused))]

    def _steps(
        self,
        sweep: _Sweep,
        policy: Policy,
        named: Named,
        cubes: Sequence[Cube],
        batch: dict[str, Verdict | None],
    ) -> tuple[list[_Step], list[Kept]]:
        """Judge and plan; what the lifecycle refuses is told, not done."""
        steps, refused = list[_Step](), list[Kept]()
        rules, now = self._parts.rules, sweep.now
        for cube in cubes:
            verdict = batch[cube.id] or judged(policy, cube, named.policies, now)
            event = verdict.action.event
            if event is None:
                continue
            try:
                planned = transition(cube.position, event, facts(cube, now, rules))
            except IllegalTransition as error:
                refused.append(_kept(cube, policy, event, error))
                continue
            why = _said(policy, named, verdict, sweep.request.reason)
            after = cube.moved(governed(cube, planned, why, now, rules))
            steps.append(_Step(cube, verdict, event, after, why))
        return steps, refused

    def _write(self, sweep: _Sweep, policy: Policy, steps: Sequence[_Step]) -> None:
        """Write the moves, and those of merged parents that follow, in one transaction."""
        moves = [(step.cube, step.after) for step in steps]
        own = {step.cube.id for step in steps}
        behind = []
        if policy is Policy.TTL:
            behind = following(self._parts, sweep.access, moves, sweep.now)
        pairs = [*moves, *(pair for pair in behind if pair[0].id not in own)]
        reasons = {step.cube.id: step.why for step in steps}
        actor, action = sweep.principal.id, steps[0].verdict.action
        ops = tuple(
            self._govern(actor, before, after.governance, reasons.get(before.id), action)
            for before, after in pairs
        )
        self._store(sweep, ops, [_change(before, after, sweep.now) for before, after in pairs])

    def _store(self, sweep: _Sweep, ops: tuple[Govern, ...], changes: list[Change]) -> None:
        tenant = sweep.principal.tenant_id
        written = self._parts.store.write(Write(tenant, sweep.now, ops))
        self._indexing.committed(tenant, written, changes)

    def _note_held(self, sweep: _Sweep, where: Field) -> None:
        """Journal, once each, that frost keeps what is overdue."""
        ids = self._parts.aging.held_overdue(sweep.access, where, sweep.now)
        for some in _together(ids, self._parts.rules.sweep_together):
            act = partial(self._hold, sweep, some)
            self._turns.until_stored(sweep.principal.tenant_id, act)

    def _hold(self, sweep: _Sweep, ids: Sequence[str]) -> None:
        cubes = self._parts.store.get(sweep.access, ids)
        held = [cube for cube in cubes if not cube.governance.lifespan.held_noted]
        ops = []
        for cube in held:
            lifespan = replace(cube.governance.lifespan, held_noted=True)
            after = replace(cube.governance, lifespan=lifespan)
            ops.append(self._govern(sweep.principal.id, cube, after, "overdue, but frozen"))
        if ops:
            self._store(sweep, tuple(ops), [_change(cube, cube, sweep.now) for cube in held])

    def _govern(
        self, actor: str, cube: Cube, after: Governance, reason: str | None, action: str = "hold"
    ) -> Govern:
        version = cube.version
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        note = Note(actor, str(action), (cube.id,), reason or after.state_reason, salted)
        return Govern(cube.id, version.number, after, note, cube.governance)


def _said(policy: Policy, named: Named, verdict: Verdict, reason: str) -> str:
    """Return the journal's reason: the policy, its set, the verdict, and why somebody ran it."""
    said = f"{policy.value} by {named.label}: {verdict.reason}"
    return f"{said}; {reason}"[:1_000] if reason else said


def _kept(cube: Cube, policy: Policy, event: Event, error: IllegalTransition) -> Kept:
    reason = str(error.detail["reason"])
    return Kept(id=cube.id, policy=policy, event=event, reason=reason, message=error.message)


def _move(step: _Step, policy: Policy, named: Named) -> PolicyMove:
    return PolicyMove(
        id=step.cube.id,
        policy=policy,
        event=step.event,
        from_state=step.cube.governance.state,
        to_state=step.after.governance.state,
        reason=step.verdict.reason,
        policies=named.label,
        inputs=dict(step.verdict.inputs),
    )


def _change(before: Cube, after: Cube, at: datetime) -> Change:
    """Return what a move asks of the index."""
    state = underlying(after.position)
    if state in _INDEXED and underlying(before.position) in _INDEXED:
        return Restate(after.id, state, at, expiry(after))
    return Close(after.id, 0, at)


def _together(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some
