"""Counting use: what a context took in, what was cited, confirmed or of no help.

A read writes nothing. Its counts wait in this process and are written together: when many
memories are among them, when the oldest has waited for long, when waiting longer would let a
memory expire that was used in time, and at the end. What a crash loses is these counts alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from memory_os.domain.access import Principal, access_filter
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right, State, underlying
from memory_os.domain.operations.policies import FeedbackRequest, FeedbackResult, Uses
from memory_os.domain.writing import Govern, Record, Use, Write, WriteOp
from memory_os.errors import NotFound, StoreBusy, StoreFull, StoreReadOnly, VersionConflict
from memory_os.governance.guard import admit
from memory_os.kernel.causing import after_strengthening
from memory_os.kernel.entries import expiry
from memory_os.kernel.expiring import ACTOR
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.lookup import gone, known
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.retrying import Turns
from memory_os.policies.decay import Use as Sort
from memory_os.policies.decay import counted, trace_of
from memory_os.policies.triggers import activates
from memory_os.policies.ttl import refreshed
from memory_os.ports.recall_index import Restate

_WAITING_AT_MOST = 20
"""How many times ``uses_together`` may wait while the store takes no writes."""

_READ = frozenset({State.GENERATED, State.ACTIVATED, State.ARCHIVED})
"""The states, below frost, that a read finds."""


@dataclass(slots=True)
class _Counts:
    """What happened to one memory since the last write; ``refreshes`` is that its time renews."""

    agent_id: str | None
    at: datetime
    refreshes: bool = False
    times: dict[Sort, int] = field(default_factory=dict)

    def add(self, use: Sort, times: int, at: datetime) -> None:
        self.times[use] = self.times.get(use, 0) + times
        self.at = max(self.at, at)


@dataclass(slots=True)
class _Waiting:
    """A tenant's counts, since when they wait, and when they must be written."""

    since: datetime
    until: datetime
    counts: dict[str, _Counts] = field(default_factory=dict)


class Using:
    """Count what is used. Safe to call from many threads."""

    def __init__(self, parts: Parts, indexing: Indexing, turns: Turns, policies: Policies) -> None:
        self._parts = parts
        self._indexing = indexing
        self._turns = turns
        self._policies = policies
        self._waiting: dict[str, _Waiting] = {}
        self._lock = Lock()

    def count(self, tenant_id: str, cubes: Iterable[Cube], use: Sort) -> None:
        """Note that these were used, each as often as it is among ``cubes``; write when due."""
        now = self._parts.clock.now()
        with self._lock:
            waiting = self._of(tenant_id, now)
            for cube in cubes:
                self._note(waiting, cube, use, now)
            full = len(waiting.counts) >= self._parts.rules.uses_together
        if full:
            self._settle(tenant_id)

    def renewed(self, tenant_id: str, cubes: Iterable[Cube]) -> None:
        """Note that these were found: it starts the time to live of those anew that say so.

        Being found reinforces nothing, so for all others there is nothing to write.
        """
        found = {cube.id: cube for cube in cubes if cube.governance.lifespan.refresh_on_read}
        if found:
            self.count(tenant_id, found.values(), Sort.RETURNED)

    def settle_due(self, tenant_id: str) -> None:
        """Write what waits if it has waited for as long as it may; a read calls this first."""
        waiting = self._waiting.get(tenant_id)
        if waiting is not None and waiting.until <= self._parts.clock.now():
            self._settle(tenant_id)

    def flush(self, tenant_id: str) -> None:
        """Write what waits of a tenant.

        Raises:
            StoreError: it could not be written; it waits on. Of a store that is read only nothing
                is counted, and nothing raised.
        """
        with self._lock:
            waiting = self._waiting.pop(tenant_id, None)
        if waiting is None or not waiting.counts:
            return
        try:
            self._write(tenant_id, waiting.counts)
        except StoreReadOnly:
            return
        except BaseException:
            self._put_back(tenant_id, waiting)
            raise

    def close(self) -> None:
        """Write everything that waits."""
        for tenant_id in list(self._waiting):
            self.flush(tenant_id)

    def feedback(
        self, principal: Principal, memory_id: str, request: FeedbackRequest
    ) -> FeedbackResult:
        """Strengthen or weaken a memory by what it was good for; durable when it returns.

        Raises:
            AccessDenied; NotFound: unknown, foreign, deleted or expired; StoreError.
        """
        access = admit(principal, Right.WRITE, principal.bindings)
        tenant, now = principal.tenant_id, self._parts.clock.now()
        self.settle_due(tenant)
        cube = known(self._parts, access, memory_id)
        refusal = gone(self._parts, cube)
        if refusal is not None:
            raise refusal
        sort = Sort(request.signal.value)
        said = f"{sort.value}: {request.reason}" if request.reason else sort.value
        noted = Record(self._note_of(principal.id, "feedback", cube, said))
        counts = _Counts(cube.scope.agent_id, now, cube.governance.lifespan.refresh_on_read)
        counts.add(sort, 1, now)
        self.flush(tenant)
        self._write(tenant, {cube.id: counts}, noted)
        return self._told(known(self._parts, access, memory_id), now)

    def _told(self, cube: Cube, now: datetime) -> FeedbackResult:
        usage = cube.usage
        trace = trace_of(usage, cube.created_at)
        uses = {name: getattr(usage, name) for name in Uses.model_fields}
        return FeedbackResult(
            id=cube.id,
            state=cube.governance.state,
            sigma=round(trace.sigma(now), 6),
            strength=round(trace.at(now), 6),
            half_life_days=round(trace.half_life, 6),
            uses=Uses(**uses),
            expires_at=cube.governance.lifespan.expires_at,
        )

    def _of(self, tenant_id: str, now: datetime) -> _Waiting:
        waiting = self._waiting.get(tenant_id)
        if waiting is None:
            waiting = _Waiting(now, now + self._parts.rules.uses_within)
            self._waiting[tenant_id] = waiting
        return waiting

    def _note(self, waiting: _Waiting, cube: Cube, use: Sort, now: datetime) -> None:
        counts = waiting.counts.get(cube.id)
        if counts is None:
            if len(waiting.counts) >= self._parts.rules.uses_together * _WAITING_AT_MOST:
                return
            lifespan = cube.governance.lifespan
            counts = _Counts(cube.scope.agent_id, now, lifespan.refresh_on_read)
            waiting.counts[cube.id] = counts
            if counts.refreshes and lifespan.expires_at is not None:
                waiting.until = min(waiting.until, lifespan.expires_at)
        counts.add(use, 1, now)

    def _settle(self, tenant_id: str) -> None:
        """Write what waits, or let it wait on where the store takes no writes at the moment."""
        try:
            self.flush(tenant_id)
        except (StoreBusy, StoreFull, VersionConflict):
            with self._lock:
                waiting = self._waiting.get(tenant_id)
                if waiting is not None:
                    waiting.until = self._parts.clock.now() + self._parts.rules.uses_within

    def _put_back(self, tenant_id: str, old: _Waiting) -> None:
        with self._lock:
            new = self._waiting.setdefault(tenant_id, old)
            if new is old:
                return
            for cube_id, counts in old.counts.items():
                held = new.counts.setdefault(cube_id, counts)
                if held is not counts:
                    for use, times in counts.times.items():
                        held.add(use, times, counts.at)

    def _write(self, tenant_id: str, counts: Mapping[str, _Counts], *noted: Record) -> None:
        self._turns.until_stored(tenant_id, lambda: self._once(tenant_id, counts, noted))

    def _once(
        self, tenant_id: str, counts: Mapping[str, _Counts], noted: tuple[Record, ...]
    ) -> None:
        parts, now = self._parts, self._parts.clock.now()
        assigned = self._policies.assigned(tenant_id)
        stored = parts.aging.usages(tenant_id, list(counts))
        ops: list[WriteOp] = list(noted)
        strong: list[str] = []
        for cube_id, (usage, created_at) in stored.items():
            new = counts[cube_id]
            policies = assigned.of(new.agent_id).policies
            after = counted(usage, created_at, new.times, new.at, policies.decay)
            ops.append(Use(cube_id, after, usage))
            traces = trace_of(usage, created_at), trace_of(after, created_at)
            if activates(*traces, now, policies.activation):
                strong.append(cube_id)
        ops += after_strengthening(parts, tenant_id, strong, now)
        moved = list(self._renewed(tenant_id, counts))
        ops += [
            Govern(
                cube.id,
                cube.version.number,
                renewed,
                self._note_of(ACTOR, "refresh", cube, "used: its time to live starts anew"),
                cube.governance,
            )
            for cube, renewed in moved
        ]
        try:
            written = parts.store.write(Write(tenant_id, now, tuple(ops)))
        except NotFound as error:
            raise VersionConflict("a used memory is gone meanwhile; count again") from error
        if written.upto > written.before:
            changes = [
                Restate(cube.id, underlying(cube.position), now, expiry(cube.moved(renewed)))
                for cube, renewed in moved
            ]
            self._indexing.committed(tenant_id, written, changes)

    def _renewed(
        self, tenant_id: str, counts: Mapping[str, _Counts]
    ) -> Iterable[tuple[Cube, Governance]]:
        """Return the governance of those whose use starts their time to live anew."""
        ids = [cube_id for cube_id, each in counts.items() if each.refreshes]
        if not ids:
            return
        access = access_filter(Principal(tenant_id, ACTOR))
        for cube in self._parts.store.get(access, ids):
            lifespan, at = cube.governance.lifespan, counts[cube.id].at
            if underlying(cube.position) not in _READ:
                continue
            if lifespan.expires_at is not None and lifespan.expires_at <= at:
                continue
            after = refreshed(lifespan, at)
            if after != lifespan:
                yield cube, replace(cube.governance, lifespan=after)

    def _note_of(self, actor: str, action: str, cube: Cube, reason: str) -> Note:
        version = cube.version
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        return Note(actor, action, (cube.id,), reason, salted)
