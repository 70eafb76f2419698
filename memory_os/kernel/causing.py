"""The background work that writes and recalls cause, where ``Rules.follow_up`` says so."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from threading import Lock

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.jobs import Chore, Job, JobPriority
from memory_os.domain.payload import Message
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Enqueue
from memory_os.errors import StoreBusy, StoreFull, StoreReadOnly
from memory_os.governance.guard import bound_scope
from memory_os.kernel.parts import Parts
from memory_os.policies.admission import deduplicates
from memory_os.policies.merging import POLICY

TARGETS = 1_000
"""How many memories one job names at most."""

_SESSIONS_KNOWN = 10_000


def after_storing(parts: Parts, cubes: Sequence[Cube], now: datetime) -> Iterator[Enqueue]:
    """Yield the jobs that new versions cause, to be part of the write that stores them.

    Texts are compared with others once they have settled; a later edit causes a job of its own.
    The first message of a session starts it.
    """
    if not parts.rules.follow_up:
        return
    alike = [cube for cube in cubes if cube.recallable and deduplicates(cube.payload)]
    for start in range(0, len(alike), TARGETS):
        some = alike[start : start + TARGETS]
        key = f"{Chore.DEDUP}:{some[0].id}:{some[0].version.number}:{POLICY}"
        ids = tuple(cube.id for cube in some)
        after = now + parts.rules.settled_after
        yield Enqueue(_job(parts, some[0].tenant_id, Chore.DEDUP, key, ids, now, after))
    begun = dict.fromkeys((cube.tenant_id, cube.scope) for cube in cubes if _begins(cube))
    for tenant_id, scope in begun:
        yield Enqueue(_preload(parts, tenant_id, scope, now))


def after_strengthening(
    parts: Parts, tenant_id: str, cube_ids: Iterable[str], now: datetime
) -> Iterator[Enqueue]:
    """Yield the jobs of memories that have grown strong enough to be activated."""
    if not parts.rules.follow_up:
        return
    for cube_id in cube_ids:
        key = f"{Chore.ACTIVATE}:{cube_id}:{now.isoformat()}"
        yield Enqueue(_job(parts, tenant_id, Chore.ACTIVATE, key, (cube_id,), now, now))


class Sessions:
    """Notice sessions that are recalled for the first time. Safe to call from many threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: OrderedDict[tuple[str, Scope, str], None] = OrderedDict()
        self._lock = Lock()

    def recalled(self, principal: Principal, scope: Scope) -> None:
        """Queue the preload of a session, once a day.

        The recall is answered though the store takes no writes at the moment; the next one of the
        session tries again.
        """
        scope = bound_scope(principal, scope)
        if not self._parts.rules.follow_up or scope.session_id is None:
            return
        now = self._parts.clock.now()
        place = (principal.tenant_id, scope, str(now.date()))
        with self._lock:
            if place in self._known:
                return
            self._known[place] = None
            if len(self._known) > _SESSIONS_KNOWN:
                self._known.popitem(last=False)
        job = _preload(self._parts, principal.tenant_id, scope, now)
        try:
            self._parts.jobs.enqueue(principal.tenant_id, [job])
        except (StoreBusy, StoreFull, StoreReadOnly):
            with self._lock:
                self._known.pop(place, None)


def scope_targets(scope: Scope) -> tuple[str, ...]:
    """Return a scope's ids as targets of a job."""
    ids = (("user", scope.user_id), ("agent", scope.agent_id), ("session", scope.session_id))
    return tuple(f"{name}:{value}" for name, value in ids if value is not None)


def target_scope(targets: Sequence[str]) -> Scope:
    """Return the scope that the targets of a job name."""
    named = dict(target.split(":", 1) for target in targets if ":" in target)
    return Scope(named.get("user"), named.get("agent"), named.get("session"))


def _begins(cube: Cube) -> bool:
    """Tell whether the cube is the first message of a session."""
    payload = cube.payload
    return isinstance(payload, Message) and payload.turn == 1 and cube.scope.session_id is not None


def _preload(parts: Parts, tenant_id: str, scope: Scope, now: datetime) -> Job:
    targets, key = scope_targets(scope), f"{Chore.PRELOAD}:{scope.key()}:{now.date()}"
    high = JobPriority.HIGH
    return _job(parts, tenant_id, Chore.PRELOAD, key, targets, now, now, priority=high)


def _job(
    parts: Parts,
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
        id=parts.ids.new("job"),
        tenant_id=tenant_id,
        kind=chore.value,
        key=key,
        run_after=after,
        created_at=now,
        targets=targets,
        priority=priority,
        by="platform",
    )
