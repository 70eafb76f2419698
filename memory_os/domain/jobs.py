"""Jobs: background work as values, what became of it, and who holds it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from pydantic import JsonValue

HISTORY = 50
"""How many events of a job are kept, the newest."""

MOST_ATTEMPTS = 5
"""How often a job is begun before it becomes a dead letter."""


class Chore(StrEnum):
    """What a job does; ``docs/scheduler.md`` says what starts each."""

    EXPIRE = "expire"
    DECAY = "decay"
    EVICT = "evict"
    ACTIVATE = "activate"
    PRELOAD = "preload"
    DEDUP = "dedup"
    TIDY = "tidy"
    PURGE = "purge"
    ERASE = "erase"
    CHECKPOINT = "checkpoint"
    SETTLE = "settle"


class JobState(StrEnum):
    """Where a job stands: waiting, held by a worker, or over."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


OVER = frozenset({JobState.DONE, JobState.DEAD, JobState.CANCELLED})
"""The states in which nothing happens to a job by itself any more."""


class JobPriority(IntEnum):
    """Which of the jobs that are due goes first."""

    LOW = 0
    NORMAL = 1
    HIGH = 2

    @property
    def label(self) -> str:
        """Return the name used in requests and answers."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened to a job: what, when, by whom, and why."""

    at: datetime
    event: str
    by: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class JobCost:
    """What a job has used so far, all attempts together."""

    seconds: float = 0.0
    tokens: int = 0
    money: float = 0.0

    def plus(self, other: "JobCost") -> "JobCost":
        """Return both together."""
        return JobCost(
            round(self.seconds + other.seconds, 6),
            self.tokens + other.tokens,
            self.money + other.money,
        )


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of background work. ``targets`` are ids, never content: of memories, or of a scope
    as ``user:``, ``agent:`` or ``session:`` and the id.

    ``key`` says what the work is: of two jobs with one key in a tenant only the first is kept.
    ``fence`` counts how often the job was given out or taken away; only who knows the present
    number may change it. ``lease_until`` is when another worker may take a running one over.
    """

    id: str
    tenant_id: str
    kind: str
    key: str
    run_after: datetime
    created_at: datetime
    targets: tuple[str, ...] = ()
    priority: JobPriority = JobPriority.NORMAL
    dry_run: bool = False
    by: str = ""
    state: JobState = JobState.QUEUED
    attempts: int = 0
    fence: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    cost: JobCost = field(default_factory=JobCost)
    result: dict[str, JsonValue] | None = None
    error: str | None = None
    history: tuple[JobEvent, ...] = ()
    finished_at: datetime | None = None

    def noted(self, event: JobEvent, **changes: object) -> "Job":
        """Return the job with ``changes`` and one more event in its history."""
        history = (*self.history, event)[-HISTORY:]
        return replace(self, history=history, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Hold:
    """Proof that a worker holds a job: void once the job has another fence."""

    tenant_id: str
    job_id: str
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a worker leaves a job: ``state`` is queued, done or dead.

    A queued one is begun again at ``run_after``; ``counts`` tells whether this attempt counts.
    """

    state: JobState
    cost: JobCost = field(default_factory=JobCost)
    result: dict[str, JsonValue] | None = None
    error: str | None = None
    run_after: datetime | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a trigger has come in a tenant: the time of the last slot it has filled."""

    trigger: str
    at: datetime


@dataclass(frozen=True, slots=True)
class JobsWanted:
    """A page of a tenant's jobs, the newest first; ``after`` is the id to go on from."""

    states: frozenset[JobState] = frozenset()
    kind: str | None = None
    limit: int = 100
    after: str | None = None
