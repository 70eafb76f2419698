"""The background work that writes and recalls cause, where ``Rules.follow_up`` says so."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from threading import Lock

from memory_os.domain.cube import Cube
from memory_os.domain.jobs import Chore, Job, JobPriority
from memory_os.domain.payload import Message
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Enqueue
from memory_os.errors import StoreBusy, StoreFull, StoreReadOnly
from memory_os.kernel.parts import Parts
from memory_os.policies.admission import deduplicates
from memory_os.policies.merging import POLICY

TARGETS = 1_000
"""How many memories one job names at most."""

_SESSIONS_KNOWN = 10_000


class Causing:
    """Say which jobs follow. Safe to call from many threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: OrderedDict[tuple[str, Scope], None] = OrderedDict()
        self._lock = Lock()

    def stored(self, tenant_id: str, cubes: Sequence[Cube], now: datetime) -> Iterator[Enqueue]:
        """Yield the jobs of new versions, to be part of the write that stores them."""
        if not self._parts.rules.follow_up:
            return
        alike = [cube for cube in cubes if cube.recallable and deduplicates(cube.payload)]
        for some in _parted(alike, TARGETS):
            first = some[0]
            key = f"{Chore.DEDUP}:{first.id}:{first.version.number}:{POLICY}"
            ids = tuple(cube.id for cube in some)
            after = now + self._parts.rules.settled_after
            yield Enqueue(self._job(tenant_id, Chore.DEDUP, key, ids, now, after))
        begun = {cube.scope for cube in cubes if _begins(cube)}
        for scope in begun:
            self._note(tenant_id, scope)
            yield Enqueue(self._preload(tenant_id, scope, now))

    def recalled(self, tenant_id: str, scope: Scope) -> None:
        """Queue the preload of a session that is recalled for the first time.

        A recall is answered though the store takes no writes at the moment; the session's next
        one tries again.
        """
        if not self._parts.rules.follow_up or scope.session_id is None:
            return
        if not self._note(tenant_id, scope):
            return
        job = self._preload(tenant_id, scope, self._parts.clock.now())
        try:
            self._parts.jobs.enqueue(tenant_id, [job])
        except (StoreBusy, StoreFull, StoreReadOnly):
            with self._lock:
                self._known.pop((tenant_id, scope), None)

    def strengthened(self, tenant_id: str, cubes: Iterable[str], now: datetime) -> Iterator[Enqueue]:
        """Yield the jobs of memories whose strength rose to where they activate."""
        if not self._parts.rules.follow_up:
            return
        for cube_id in cubes:
            key = f"{Chore.ACTIVATE}:{cube_id}:{now.isoformat()}"
            job = self._job(tenant_id, Chore.ACTIVATE, key, (cube_id,), now, now)
            yield Enqueue(job)

    def _preload(self, tenant_id: str, scope: Scope, now: datetime) -> Job:
        targets = scope_targets(scope)
        key = f"{Chore.PRELOAD}:{scope.key()}:{now.date()}"
        high = JobPriority.HIGH
        return self._job(tenant_id, Chore.PRELOAD, key, targets, now, now, priority=high)

    def _job(
        self,
        tenant_id: str,
        chore: Chore,
        key: str,
        targets: tuple[str, ...],
        now: datetime,
        after: datetime,
        *,
        priority: JobPriority = JobPriority.NORMAL,
    ) -> Job:
        return Job(
            id=self._parts.ids.new("job"),
            tenant_id=tenant_id,
            kind=chore.value,
            key=key,
            run_after=after,
            created_at=now,
            targets=targets,
            priority=priority,
            by="platform",
        )

    def _note(self, tenant_id: str, scope: Scope) -> bool:
        """Remember a session; tell whether it is new to this process."""
        place = (tenant_id, scope)
        with self._lock:
            new = place not in self._known
            self._known[place] = None
            self._known.move_to_end(place)
            if len(self._known) > _SESSIONS_KNOWN:
                self._known.popitem(last=False)
        return new


def scope_targets(scope: Scope) -> tuple[str, ...]:
    """Return a scope's ids as targets of a job."""
    ids = (("user", scope.user_id), ("agent", scope.agent_id), ("session", scope.session_id))
    return tuple(f"{name}:{value}" for name, value in ids if value is not None)


def _begins(cube: Cube) -> bool:
    """Tell whether the cube is the first message of a session."""
    payload = cube.payload
    return isinstance(payload, Message) and payload.turn == 1 and cube.scope.session_id is not None


def _parted(cubes: Sequence[Cube], size: int) -> Iterator[Sequence[Cube]]:
    for start in range(0, len(cubes), size):
        yield cubes[start : start + size]
