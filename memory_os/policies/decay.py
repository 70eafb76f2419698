"""Decay: how strong a memory still is, and what using it does.

Strength halves every half-life and grows with use; a use after a long pause lengthens the
half-life more than one right after another. With Δ the days since the last use::

    s' = s · 2^(−Δ/h)          σ = s' / (1 + s')
    r  = 2^(−Δ/h)              s = max(0, s·r + w)
    h  = min(max, h · (1 + growth · (1 − r) · clamp(w, 0, 1)))

The exponential stands for ACT-R's sum of power-law traces (Anderson and Schooler 1991), so that a
state of three numbers is enough; the growth of the half-life follows half-life regression (Settles
and Meeder 2016); forgetting by disuse is Ebbinghaus's, in memory of agents MemoryBank's
(arXiv 2305.10250).
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from memory_os.domain.cube import Usage
from memory_os.domain.vocabulary import Priority, SemanticType
from memory_os.policies.policy_set import Decay

POLICY = "decay@1"

DAY = timedelta(days=1)


class Use(StrEnum):
    """What happened to a memory; each weighs as ``Decay.weights`` says."""

    RETURNED = "returned"
    IN_CONTEXT = "in_context"
    CITED = "cited"
    CONFIRMED = "confirmed"
    UNHELPFUL = "unhelpful"


@dataclass(frozen=True, slots=True)
class Trace:
    """The state of decay: strength at the last use, half-life in days, when that was."""

    strength: float
    half_life: float
    touched_at: datetime

    def at(self, now: datetime) -> float:
        """Return the strength that is left; a clock that went back changes nothing."""
        return self.strength * self.kept(now)

    def sigma(self, now: datetime) -> float:
        """Return the strength that is left as a share between 0 and 1."""
        left = self.at(now)
        return left / (1.0 + left)

    def reaches(self, sigma: float) -> datetime | None:
        """Return when σ has fallen to ``sigma``, in the past or not; never from no strength.

        At that moment it is ``sigma``, after it less.
        """
        level = sigma / (1.0 - sigma)
        if self.strength <= 0.0:
            return None
        return self.touched_at + DAY * (self.half_life * math.log2(self.strength / level))

    def kept(self, now: datetime) -> float:
        """Return which share of the strength is left."""
        elapsed = max(0.0, (now - self.touched_at) / DAY)
        return float(2.0 ** (-elapsed / self.half_life))


def weight(use: Use, settings: Decay) -> float:
    """Return how much a use of this sort adds."""
    return float(getattr(settings.weights, use.value))


def used(trace: Trace, weight: float, now: datetime, settings: Decay) -> Trace:
    """Return the state after a use of ``weight`` at ``now``."""
    kept = trace.kept(now)
    growth = 1.0 + settings.growth * (1.0 - kept) * min(max(weight, 0.0), 1.0)
    # A half-life above the cap, such as a reference's of high priority, is not cut by being used.
    cap = max(settings.max_half_life_days, trace.half_life)
    return Trace(
        strength=max(0.0, trace.strength * kept + weight),
        half_life=min(cap, trace.half_life * growth),
        touched_at=max(now, trace.touched_at),
    )


def initial_half_life(kind: SemanticType, priority: Priority, settings: Decay) -> float:
    """Return the half-life in days that a new memory starts with."""
    return settings.half_life_days[kind] * settings.priority_scale[priority]


def trace_of(usage: Usage, created_at: datetime) -> Trace:
    """Return the state of decay that usage counters hold."""
    return Trace(usage.strength, usage.half_life, usage.touched_at or created_at)


def counted(
    usage: Usage, created_at: datetime, uses: dict[Use, int], at: datetime, settings: Decay
) -> Usage:
    """Return the counters after ``uses``, all of them at ``at``.

    A use of no weight is counted and changes no strength.
    """
    trace = trace_of(usage, created_at)
    for use, times in uses.items():
        for _ in range(times if (step := weight(use, settings)) else 0):
            trace = used(trace, step, at, settings)
    counts = {use.value: getattr(usage, use.value) + times for use, times in uses.items()}
    last = at if usage.last_at is None else max(at, usage.last_at)
    return replace(
        usage,
        strength=trace.strength,
        half_life=trace.half_life,
        touched_at=trace.touched_at,
        last_at=last,
        **counts,
    )
