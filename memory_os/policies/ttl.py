"""Time to live: when a memory expires, and whether that time has come."""

from dataclasses import replace
from datetime import datetime, timedelta

from memory_os.domain.cube import Lifespan
from memory_os.domain.vocabulary import SemanticType
from memory_os.policies.policy_set import Ttl
from memory_os.policies.verdict import Action, Verdict

POLICY = "ttl@1"


def given_life(lifespan: Lifespan, kind: SemanticType, now: datetime, settings: Ttl) -> Lifespan:
    """Return the lifespan of a memory made at ``now``: what was asked for, else the default.

    No expiry lies further ahead than the cap; memories that would never expire get the cap.
    """
    ttl, expires = lifespan.ttl_seconds, lifespan.expires_at
    if ttl is None and expires is None:
        ttl = settings.default_seconds.get(kind, settings.max_seconds)
    cap = settings.max_seconds
    if cap is not None:
        ttl = None if ttl is None else min(ttl, cap)
        expires = None if expires is None else min(expires, now + timedelta(seconds=cap))
    if ttl is not None:
        expires = now + timedelta(seconds=ttl)
    refreshed = ttl is not None and (lifespan.refresh_on_read or settings.refresh_on_read)
    return replace(lifespan, ttl_seconds=ttl, expires_at=expires, refresh_on_read=refreshed)


def refreshed(lifespan: Lifespan, used_at: datetime) -> Lifespan:
    """Return the lifespan after a use: base + ttl, where the base is the last use."""
    if not lifespan.refresh_on_read or lifespan.ttl_seconds is None:
        return lifespan
    again = used_at + timedelta(seconds=lifespan.ttl_seconds)
    ends = lifespan.expires_at
    return replace(lifespan, expires_at=again if ends is None else max(again, ends))


def judge(lifespan: Lifespan, now: datetime) -> Verdict:
    """Decide whether a memory's time is over; ``retain_until`` is a floor."""
    expires, floor = lifespan.expires_at, lifespan.retain_until
    inputs = {
        "expires_at": None if expires is None else expires.isoformat(),
        "retain_until": None if floor is None else floor.isoformat(),
    }
    if expires is None:
        return Verdict(Action.KEEP, "no_expiry", inputs)
    if expires > now:
        return Verdict(Action.KEEP, "not_due", inputs)
    if floor is not None and floor > now:
        return Verdict(Action.KEEP, "retained", inputs)
    return Verdict(Action.EXPIRE, "ttl_due", inputs)
