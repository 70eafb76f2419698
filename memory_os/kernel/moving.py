"""Lifecycle moves of a cube as it stands: what guards look at, and the governance afterwards."""

from dataclasses import replace
from datetime import datetime, timedelta

from memory_os.domain.cube import Cube, Governance, Lifespan
from memory_os.domain.erasure import ERASING
from memory_os.domain.lifecycle import Event, Facts, Position, State, Transition, transition
from memory_os.domain.payload import Activation, Adapter, Payload
from memory_os.kernel.expiring import overdue
from memory_os.kernel.parts import Rules


def place(cube: Cube, now: datetime) -> Position:
    """Return where the cube stands; one whose time is over counts as expired, swept or not."""
    if not overdue(cube, now):
        return cube.position
    swept = transition(cube.position, Event.EXPIRE)
    return Position(swept.target, swept.resume)


def recoverable_until(cube: Cube, now: datetime, rules: Rules) -> datetime | None:
    """Return when a cube that is gone can no longer be restored, nothing if it is not gone."""
    lifespan = cube.governance.lifespan
    if lifespan.purge_at is None and lifespan.expires_at is not None and overdue(cube, now):
        return lifespan.expires_at + rules.purge_after
    return lifespan.purge_at


def facts(cube: Cube, now: datetime, rules: Rules) -> Facts:
    """Return what the guards of the lifecycle look at."""
    lifespan = cube.governance.lifespan
    ends = recoverable_until(cube, now, rules)
    return Facts(
        kind=cube.kind,
        pinned=cube.governance.pinned,
        retained=lifespan.retain_until is not None and lifespan.retain_until > now,
        recoverable=ends is None or ends > now,
        purge_due=ends is not None and ends <= now,
        expiry_due=lifespan.expires_at is not None and lifespan.expires_at <= now,
        erasing=cube.governance.state_reason == ERASING,
        check_passed=_checked(cube.payload),
    )


def _checked(payload: Payload) -> bool:
    """Tell whether what a model is to load has passed its check; a text has nothing to pass."""
    if isinstance(payload, Activation):
        return bool(payload.chunks) and payload.check is not None and payload.check.passed
    return not isinstance(payload, Adapter) or payload.manifest.verdict == "passed"


def governed(
    cube: Cube, planned: Transition, reason: str, now: datetime, rules: Rules
) -> Governance:
    """Return the cube's governance after a planned move."""
    return replace(
        cube.governance,
        state=planned.target,
        state_reason=reason or planned.event.value,
        state_since=now,
        resume=planned.resume,
        absorbed=cube.governance.absorbed if _merged(planned) else None,
        lifespan=_lifespan(cube.governance.lifespan, planned, now, rules),
    )


def _merged(planned: Transition) -> bool:
    """Tell whether the cube still stands behind a merge after the move, or would on its return."""
    return State.MERGED in (planned.target, *planned.resume)


def _lifespan(lifespan: Lifespan, planned: Transition, now: datetime, rules: Rules) -> Lifespan:
    """Return how long the cube stays from here on.

    What was restored too late for its old expiry lives its time to live again, if it has one.
    """
    late = lifespan.expires_at is not None and lifespan.expires_at <= now
    if planned.target is State.EXPIRED:
        return replace(lifespan, purge_at=now + rules.purge_after)
    if planned.source is State.EXPIRED:
        ttl = lifespan.ttl_seconds
        again = None if ttl is None else now + timedelta(seconds=ttl)
        return replace(lifespan, purge_at=None, expires_at=again if late else lifespan.expires_at)
    if planned.event is Event.UNFREEZE and late:
        return replace(lifespan, expires_at=now + rules.thawed_grace, held_noted=False)
    return lifespan
