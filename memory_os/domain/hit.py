"""What a recall found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """Why a recall answered as it did: empty answers are told apart.

    ``no_room`` is a context whose budget does not hold one line of what was found.
    """

    FOUND = "found"
    BELOW_THRESHOLD = "below_threshold"
    EMPTY = "empty"
    NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One chunk in the ranking, before its cube is read.

    ``score`` orders hits of one query; ``confidence`` in [0, 1] compares across queries.
    ``filler`` says that it fills a place which nothing better takes: hardly any confidence beside
    the best hit's, and nothing else that speaks for it. ``stages`` holds each stage's contribution
    when an explanation was asked for.
    """

    chunk: int
    score: float
    confidence: float
    filler: bool = False
    stages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ordered answer of the pipeline, best first."""

    hits: tuple[Ranked, ...]
    outcome: Outcome
    visible: int
    rounds: int = 1
    stages: Mapping[str, object] = field(default_factory=dict)
