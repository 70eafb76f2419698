"""Rates of rare events with exact intervals."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from memory_os_evals.statistics import LEVEL, Interval

_STEPS = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many, with the exact 95 % interval of the rate."""

    count: int
    of: int
    interval: Interval

    @property
    def value(self) -> float:
        """Return the observed rate, 0 of nothing."""
        return self.count / self.of if self.of else 0.0


def rate(count: int, of: int) -> Rate:
    """Return a rate with its Clopper-Pearson interval (Biometrika 26, 1934), two-sided, 95 %.

    The ends are where the binomial tails at the observed count are 2.5 % each.
    """
    tail = (1 - LEVEL) / 2
    low = 0.0 if count == 0 else _root(lambda p: 1 - _below(count - 1, of, p) < tail)
    high = 1.0 if count == of else _root(lambda p: _below(count, of, p) > tail)
    return Rate(count, of, Interval(low, high))


def _root(still: Callable[[float], bool]) -> float:
    """Return where ``still`` turns false between 0 and 1, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if still(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _below(count: int, of: int, chance: float) -> float:
    """Return the probability of at most ``count`` events in ``of`` trials, 0 < ``chance`` < 1."""
    taken = np.arange(count + 1)
    logs = _choices(of)[: count + 1] + taken * math.log(chance) + (of - taken) * math.log1p(-chance)
    top = float(logs.max())
    return min(1.0, math.exp(top) * float(np.exp(logs - top).sum()))


@lru_cache(maxsize=64)
def _choices(of: int) -> npt.NDArray[np.float64]:
    """Return the logarithm of the number of ways to take each count of ``of``."""
    logs = np.array([math.lgamma(count + 1) for count in range(of + 1)])
    chosen: npt.NDArray[np.float64] = logs[of] - logs - logs[::-1]
    return chosen
