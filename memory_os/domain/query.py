"""What a recall asks for."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from memory_os.domain.filters import Filter
from memory_os.domain.lifecycle import RECALLED, State
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind, SemanticType, Trust

MAX_TOP_K = 1000


@dataclass(frozen=True, slots=True)
class Visibility:
    """Which cubes count as stored for one call, before any ranking.

    ``as_of`` is recorded time (unset: now), ``valid_at`` is validity time (unset: ``as_of``).
    With ``any_validity``, what holds at no time or another one passes too. ``lapse_at`` is when a
    time to live is judged (unset: ``as_of``): on a branch the clock goes on.
    ``since`` and ``until`` bound when something was said or recorded, half-open.
    """

    scope: Scope = field(default_factory=Scope)
    match: ScopeMatch = ScopeMatch.INHERIT
    as_of: datetime | None = None
    valid_at: datetime | None = None
    any_validity: bool = False
    lapse_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    kinds: frozenset[Kind] = frozenset({Kind.TEXT})
    states: frozenset[State] = RECALLED
    semantic_types: frozenset[SemanticType] | None = None
    min_trust: Trust = Trust.UNTRUSTED
    filter: Filter | None = None


def beneath(wanted: Visibility, at: datetime, now: datetime) -> Visibility:
    """Return what a call on a branch that starts ``at`` sees of the base under it.

    What was recorded stays as it was then; the clock goes on for what holds or lapses.
    """
    as_of = wanted.as_of or now
    return replace(
        wanted,
        as_of=min(at, as_of),
        valid_at=wanted.valid_at or as_of,
        lapse_at=wanted.lapse_at or as_of,
    )


@dataclass(frozen=True, slots=True)
class Query:
    """A question put to memory, and how much of an answer is wanted.

    ``threshold`` in [0, 1] applies to the calibrated confidence after fusion; unset, the
    profile's own abstention applies. ``rounds`` is the number of interleaving rounds at most;
    unset, the pipeline decides. ``passages`` is how many passages of one cube may be among the
    ``top_k``.
    """

    text: str
    visibility: Visibility = field(default_factory=Visibility)
    top_k: int = 10
    passages: int = 1
    threshold: float | None = None
    rounds: int | None = None
    rerank: bool = True
    explain: bool = False
