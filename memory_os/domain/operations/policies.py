"""Policy sets, feedback, sweeps and simulations: requests and answers."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, JsonValue, StringConstraints, model_validator
from pydantic_core import from_json

from memory_os.domain.lifecycle import Event, State
from memory_os.domain.operations.common import (
    Border,
    Id,
    Limits,
    Reason,
    ScopedRequest,
    clean_json,
    shallow,
)

_SIMULATED = 100_000

PolicyName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=128)
]


def read_settings(given: object) -> object:
    """Return settings as a mapping, of TOML or JSON text if they are a text.

    Raises:
        ValueError: the text is neither, or holds what JSON has no form for.
    """
    if isinstance(given, str):
        given = _parsed(given)
    if isinstance(given, Mapping):
        clean_json(dict(given))
    return shallow(given)


def _parsed(text: str) -> object:
    if text.lstrip().startswith("{"):
        try:
            return from_json(text, allow_inf_nan=False)
        except ValueError as error:
            raise ValueError(f"it is no JSON: {error}") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is no TOML: {error}") from error


SettingsIn = Annotated[dict[str, JsonValue], BeforeValidator(read_settings)]
"""Settings as a mapping, or as TOML or JSON text."""


class PolicySetRequest(Border):
    """Set a policy set: its settings, the agents it is for, or both; what is left out stays.

    What the settings do not name has its default. ``agents`` leave the sets they had.
    """

    settings: SettingsIn | None = None
    agents: Annotated[tuple[Id, ...], Field(max_length=1_000)] | None = None
    reason: Reason = ""
    expected_version: int | None = Field(default=None, ge=0)
    dry_run: bool = False

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.settings is None and self.agents is None:
            raise ValueError("give settings, agents or both")
        return self


class PolicyRecord(Border):
    """A version of a policy set, every setting spelled out.

    ``agents`` are those it is for now, or was for when an older version was set. Version 0 is
    built in.
    """

    name: str
    version: int
    settings: dict[str, JsonValue]
    agents: tuple[str, ...] = ()
    at: datetime | None = None
    by: str = ""
    reason: str = ""
    dry_run: bool = False


class PolicyList(Border):
    """The newest version of each policy set, by name."""

    results: tuple[PolicyRecord, ...]


class Signal(StrEnum):
    """What became of a memory that was used."""

    CITED = "cited"
    CONFIRMED = "confirmed"
    UNHELPFUL = "unhelpful"


class FeedbackRequest(Border):
    """Say what a memory was good for."""

    signal: Signal
    reason: Reason = ""


class Uses(Border):
    """How often a memory was used, by sort of use."""

    returned: int = 0
    in_context: int = 0
    cited: int = 0
    confirmed: int = 0
    unhelpful: int = 0
    last_at: datetime | None = None


class FeedbackResult(Border):
    """How strong a memory is now: ``sigma`` from 0 to 1, its half-life in days, its uses."""

    id: str
    state: State
    sigma: float
    strength: float
    half_life_days: float
    uses: Uses
    expires_at: datetime | None = None


class Policy(StrEnum):
    """A policy that a sweep carries out."""

    TTL = "ttl"
    DECAY = "decay"
    ARCHIVE = "archive"
    EVICT = "evict"


class LifecycleRunRequest(ScopedRequest):
    """Carry policies out over the memories of a scope, all of the tenant's if none is given.

    ``policies`` run in the order ttl, archive, decay, evict, whatever order they are given in.
    ``limit`` bounds how many moves the answer lists; all are counted.
    """

    policies: Annotated[tuple[Policy, ...], Field(min_length=1)] = tuple(Policy)
    dry_run: bool = False
    reason: Reason = ""
    limit: int = Field(default=Limits.PAGE, ge=0, le=10_000)


class PolicyMove(Border):
    """A move that a policy made or would make.

    ``reason`` is the policy's code, ``inputs`` what it was taken from, ``policies`` the name and
    version of the set.
    """

    id: str
    policy: Policy
    event: Event
    from_state: State
    to_state: State
    reason: str
    policies: str
    inputs: dict[str, JsonValue] = Field(default_factory=dict)


class Kept(Border):
    """A memory that a policy would have moved and may not, and why."""

    id: str
    policy: Policy
    event: Event
    reason: str
    message: str


class LifecycleRunResult(Border):
    """What a sweep did: the first moves, and how many there were of each policy and event."""

    results: tuple[PolicyMove, ...]
    refused: tuple[Kept, ...] = ()
    moved: int = 0
    counts: dict[str, dict[str, int]] = Field(default_factory=dict)
    dry_run: bool = False


class SimulationRequest(Border):
    """Play synthetic use against a policy set, stored or given, without touching any memory.

    ``daily`` is how many memories come a day on average. The same seed gives the same answer.
    """

    settings: SettingsIn | None = None
    days: int = Field(default=365, ge=1, le=3_650)
    seed: int = Field(default=0, ge=0, lt=2**63)
    daily: float = Field(default=20.0, gt=0, le=1_000)
    plot: bool = False

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.days * self.daily > _SIMULATED:
            raise ValueError(f"days times daily must not exceed {_SIMULATED:,} memories")
        return self


class SimulatedDay(Border):
    """How many memories stood where at the end of a day, and what happened up to it."""

    day: int
    generated: int
    activated: int
    archived: int
    expired: int
    created: int
    archivals: int
    expiries: int
    evictions: int
    reactivations: int
    activations: int
    uses: int
    misses: int


class SimulationResult(Border):
    """A simulated span, day by day; ``svg`` is the plot if it was asked for."""

    name: str
    version: int
    days: int
    seed: int
    results: tuple[SimulatedDay, ...]
    svg: str | None = None
