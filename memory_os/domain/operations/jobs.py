"""Background jobs: listed, looked at, started, tried again, cancelled; requests and answers."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue

from memory_os.domain.jobs import Chore, Job, JobState
from memory_os.domain.operations.common import Border, Id, Limits, Reason
from memory_os.domain.vocabulary import Priority

JobKind = Annotated[str, Field(min_length=1, max_length=64)]


class JobsRequest(Border):
    """Which jobs of the tenant, the newest first."""

    states: tuple[JobState, ...] | None = None
    kind: JobKind | None = None
    limit: int = Field(default=100, ge=1, le=Limits.PAGE)
    cursor: Id | None = None


class JobStartRequest(Border):
    """Start a job now, or at ``run_after``; without ``targets`` it is about the whole tenant."""

    kind: Chore
    targets: Annotated[tuple[Id, ...], Field(max_length=Limits.BATCH)] = ()
    priority: Priority = Priority.NORMAL
    run_after: AwareDatetime | None = None
    dry_run: bool = False
    reason: Reason = ""
    idempotency_key: Id | None = None


class JobChangeRequest(Border):
    """Why a job is cancelled or tried again; kept in its history and in the journal."""

    reason: Reason = ""


class JobStep(Border):
    """Something that happened to a job."""

    at: datetime
    event: str
    by: str = ""
    detail: str = ""


class JobSpent(Border):
    """What a job has used, all attempts together."""

    seconds: float = 0.0
    tokens: int = 0
    money: float = 0.0


class JobRecord(Border):
    """A job as it stands. ``result`` is what it did, ``error`` why it failed last."""

    id: str
    kind: str
    key: str
    state: JobState
    priority: Priority
    targets: tuple[str, ...] = ()
    dry_run: bool = False
    created_by: str = ""
    created_at: datetime
    run_after: datetime
    attempts: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    finished_at: datetime | None = None
    cost: JobSpent = JobSpent()
    result: dict[str, JsonValue] | None = None
    error: str | None = None
    history: tuple[JobStep, ...] = ()


class JobPage(Border):
    """Jobs, the newest first; ``next_cursor`` goes on."""

    results: tuple[JobRecord, ...]
    next_cursor: str | None = None


def to_job_record(job: Job) -> JobRecord:
    """Return ``job`` as callers see it."""
    cost = job.cost
    return JobRecord(
        id=job.id,
        kind=job.kind,
        key=job.key,
        state=job.state,
        priority=Priority(job.priority.label),
        targets=job.targets,
        dry_run=job.dry_run,
        created_by=job.by,
        created_at=job.created_at,
        run_after=job.run_after,
        attempts=job.attempts,
        lease_owner=job.lease_owner,
        lease_until=job.lease_until,
        finished_at=job.finished_at,
        cost=JobSpent(seconds=cost.seconds, tokens=cost.tokens, money=cost.money),
        result=job.result,
        error=job.error,
        history=tuple(
            JobStep(at=step.at, event=step.event, by=step.by, detail=step.detail)
            for step in job.history
        ),
    )
