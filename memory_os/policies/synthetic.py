"""Synthetic use: what is remembered day by day, and when it is needed again.

Needs follow the power law of the environment that Anderson and Schooler (1991) found: a memory of
age t is needed at a rate of ``a · (t + 1)^−0.8``, where ``a`` differs from memory to memory by
orders of magnitude and is nothing for most. What is drawn does not depend on any policy, so that
two sets meet the same year.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from memory_os.domain.vocabulary import Priority, SemanticType
from memory_os.policies.decay import Use

Value = TypeVar("Value")

DECLINE = 0.8
"""How fast the rate of need falls with age."""

_KINDS = (
    (SemanticType.MESSAGE, 0.52),
    (SemanticType.FACT, 0.22),
    (SemanticType.EPISODE, 0.10),
    (SemanticType.PREFERENCE, 0.05),
    (SemanticType.SUMMARY, 0.04),
    (SemanticType.PROCEDURE, 0.03),
    (SemanticType.PROFILE, 0.02),
    (SemanticType.REFERENCE, 0.02),
)
_PRIORITIES = ((Priority.LOW, 0.1), (Priority.NORMAL, 0.8), (Priority.HIGH, 0.1))
_NEEDED = 0.4
_TYPICAL_RATE = 0.02
_SPREAD = 1.5
_PINNED = 0.01
_LIMITED = 0.02
_ENDING = 0.10
_CITED, _CONFIRMED, _UNHELPFUL = 0.40, 0.08, 0.05
_ASKED = 0.5


@dataclass(frozen=True, slots=True)
class Need:
    """A day, in days since the start, on which a memory would be of use.

    ``uses`` are what is said of it if recall finds it; ``asked`` is that somebody looks in the
    archive where recall does not.
    """

    day: float
    uses: tuple[Use, ...]
    asked: bool


@dataclass(frozen=True, slots=True)
class Seed:
    """A memory to be: what it is, how long it was said to live or hold, when it is needed."""

    day: float
    kind: SemanticType
    priority: Priority
    bytes: int
    pinned: bool
    ttl_days: float | None
    valid_days: float | None
    needs: tuple[Need, ...]


def seeds(days: int, daily: float, seed: int) -> Iterator[Seed]:
    """Yield what is remembered in so many days, ``daily`` a day on average, in order."""
    chance = Random(seed)
    day = chance.expovariate(daily)
    while day < days:
        yield _seed(chance, day, days)
        day += chance.expovariate(daily)


def _seed(chance: Random, day: float, days: int) -> Seed:
    kind = _drawn(chance, _KINDS)
    return Seed(
        day=day,
        kind=kind,
        priority=_drawn(chance, _PRIORITIES),
        bytes=int(chance.lognormvariate(math.log(300.0), 0.8)) + 40,
        pinned=chance.random() < _PINNED,
        ttl_days=chance.uniform(7, 90) if chance.random() < _LIMITED else None,
        valid_days=chance.uniform(20, 200) if chance.random() < _ENDING else None,
        needs=tuple(_needs(chance, day, days)),
    )


def _needs(chance: Random, born: float, days: int) -> Iterator[Need]:
    if chance.random() >= _NEEDED:
        return
    rate = chance.lognormvariate(math.log(_TYPICAL_RATE), _SPREAD)
    passed, left = 0.0, 1.0 - DECLINE
    while True:
        passed += chance.expovariate(rate)
        age = (passed * left + 1.0) ** (1.0 / left) - 1.0
        if born + age >= days:
            return
        yield Need(born + age, tuple(_uses(chance)), chance.random() < _ASKED)


def _uses(chance: Random) -> Iterator[Use]:
    yield Use.IN_CONTEXT
    drawn = chance.random()
    for use, share in (
        (Use.CITED, _CITED),
        (Use.CONFIRMED, _CONFIRMED),
        (Use.UNHELPFUL, _UNHELPFUL),
    ):
        drawn -= share
        if drawn < 0:
            yield use
            return


def _drawn(chance: Random, shares: tuple[tuple[Value, float], ...]) -> Value:
    left = chance.random()
    for value, share in shares:
        left -= share
        if left < 0:
            return value
    return shares[-1][0]
