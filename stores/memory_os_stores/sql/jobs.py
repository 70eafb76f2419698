"""The queue of background work in SQL: the port ``JobQueue``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Select, and_, delete, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from memory_os.clock import from_micros, to_micros
from memory_os.domain.jobs import (
    MOST_ATTEMPTS,
    OVER,
    Hold,
    Job,
    JobEvent,
    JobState,
    JobsWanted,
    Mark,
    Outcome,
)
from memory_os.errors import Conflict, LeaseLost, NotFound
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.job_rows import COLUMNS, job_of, job_row, must_hold, new_job
from memory_os_stores.sql.tables import jobs, schedules

_EXHAUSTED = "the worker was lost in the last attempt"
_DONE = (JobState.DONE.value, JobState.CANCELLED.value)
_AGAIN = (JobState.DEAD, JobState.CANCELLED)


class SqlJobQueue:
    """Keep jobs beside the cubes. ``SKIP LOCKED`` lets many workers lease at once where rows
    are locked one by one; SQLite locks the file and leases in turn.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, tenant_id: str, jobs: Sequence[Job], marks: Sequence[Mark] = ()) -> list[Job]:
        """Store jobs and marks of a tenant; see the port."""
        rows = [(job, job_row(job)) for job in jobs]
        text = new_job(self._database.dialect)
        with self._database.writing() as lane:
            kept = [job for job, row in rows if lane.driver.execute(text, row).rowcount > 0]
            for mark in marks:
                _put_mark(lane, tenant_id, mark)
        return kept

    def marks(self, tenant_id: str) -> dict[str, Mark]:
        """Return how far each trigger has come; see the port."""
        query = select(schedules.c.trigger_name, schedules.c.at).where(
            schedules.c.tenant_id == tenant_id
        )
        with self._database.reading() as lane:
            found = lane.connection.execute(query).all()
        return {name: Mark(name, from_micros(at)) for name, at in found}

    def due(self, now: datetime) -> bool:
        """Tell whether there is something to lease; see the port."""
        query = select(jobs.c.job_id).where(_due(now)).limit(1)
        with self._database.reading() as lane:
            return lane.connection.execute(query).first() is not None

    def lease(self, owner: str, now: datetime, until: datetime) -> Job | None:
        """Give out the next job; see the port."""
        query = (
            select(jobs)
            .where(_due(now))
            .order_by(jobs.c.priority.desc(), jobs.c.run_after, jobs.c.tenant_id, jobs.c.job_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.writing() as lane:
            while (row := lane.connection.execute(query).first()) is not None:
                job = job_of(row)
                if job.attempts >= MOST_ATTEMPTS:
                    _store(lane, _buried(job, now))
                    continue
                taken = job.noted(
                    JobEvent(now, "leased", owner),
                    state=JobState.RUNNING,
                    attempts=job.attempts + 1,
                    fence=job.fence + 1,
                    lease_owner=owner,
                    lease_until=until,
                )
                _store(lane, taken)
                return taken
        return None

    def extend(self, hold: Hold, now: datetime, until: datetime) -> None:  # noqa: ARG002
        """Move the end of the lease; see the port."""
        query = (
            update(jobs)
            .where(
                _key(hold.tenant_id, hold.job_id),
                jobs.c.state == JobState.RUNNING.value,
                jobs.c.lease_owner == hold.owner,
                jobs.c.fence == hold.fence,
            )
            .values(lease_until=to_micros(until))
        )
        with self._database.writing() as lane:
            if lane.connection.execute(query).rowcount == 0:
                raise LeaseLost(
                    f"worker {hold.owner!r} no longer holds job {hold.job_id!r}: it was taken "
                    "over, cancelled or forgotten",
                    id=hold.job_id,
                )

    def settle(self, hold: Hold, outcome: Outcome, now: datetime) -> Job:
        """Leave a job; see the port."""
        with self._database.writing() as lane:
            must_hold(lane, self._database.dialect, hold)
            job = _settled(_found(lane, hold.tenant_id, hold.job_id), hold, outcome, now)
            _store(lane, job)
        return job

    def get(self, tenant_id: str, job_id: str) -> Job | None:
        """Return a job."""
        with self._database.reading() as lane:
            row = lane.connection.execute(select(jobs).where(_key(tenant_id, job_id))).first()
        return None if row is None else job_of(row)

    def find(self, tenant_id: str, wanted: JobsWanted) -> list[Job]:
        """Return a page of jobs; see the port."""
        query = select(jobs).where(jobs.c.tenant_id == tenant_id)
        if wanted.states:
            query = query.where(jobs.c.state.in_(sorted(state.value for state in wanted.states)))
        if wanted.kind is not None:
            query = query.where(jobs.c.kind == wanted.kind)
        if wanted.after is not None:
            query = query.where(jobs.c.job_id < wanted.after)
        query = query.order_by(jobs.c.job_id.desc()).limit(wanted.limit)
        with self._database.reading() as lane:
            return [job_of(row) for row in lane.connection.execute(query)]

    def cancel(self, tenant_id: str, job_id: str, now: datetime, by: str, reason: str) -> Job:
        """Take a job out; see the port."""
        with self._database.writing() as lane:
            job = _found(lane, tenant_id, job_id)
            if job.state in OVER:
                raise Conflict(
                    f"job {job_id!r} is {job.state.value}; only a queued or running one can be "
                    "cancelled",
                    state=job.state.value,
                )
            event = JobEvent(now, "cancelled", by, reason)
            gone = _freed(job, event, state=JobState.CANCELLED, finished_at=now)
            _store(lane, gone)
        return gone

    def retry(self, tenant_id: str, job_id: str, now: datetime, by: str, reason: str) -> Job:
        """Queue a job again; see the port."""
        with self._database.writing() as lane:
            job = _found(lane, tenant_id, job_id)
            if job.state not in _AGAIN:
                raise Conflict(
                    f"job {job_id!r} is {job.state.value}; only a dead or cancelled one can be "
                    "tried again",
                    state=job.state.value,
                )
            again = _freed(
                job,
                JobEvent(now, "retried", by, reason),
                state=JobState.QUEUED,
                attempts=0,
                run_after=now,
                error=None,
                finished_at=None,
            )
            _store(lane, again)
        return again

    def counts(self) -> dict[tuple[str, JobState], int]:
        """Return how many jobs there are; see the port."""
        query = select(jobs.c.kind, jobs.c.state, func.count()).group_by(jobs.c.kind, jobs.c.state)
        with self._database.reading() as lane:
            found = lane.connection.execute(query).all()
        return {(kind, JobState(state)): number for kind, state, number in found}

    def drop(self, tenant_id: str, before: datetime) -> int:
        """Forget what is long over; see the port."""
        query = delete(jobs).where(
            jobs.c.tenant_id == tenant_id,
            jobs.c.state.in_(_DONE),
            jobs.c.finished_at < to_micros(before),
        )
        with self._database.writing() as lane:
            return lane.connection.execute(query).rowcount

    def forget(self, tenant_id: str, targets: Sequence[str]) -> int:
        """Forget the jobs about these; see the port."""
        with self._database.writing() as lane:
            return forget_jobs(lane, tenant_id, targets)


def forget_jobs(lane: Lane, tenant_id: str, targets: Sequence[str]) -> int:
    """Delete every job that names one of these targets, within a transaction."""
    spelled = (to_json(target).decode() for target in targets)
    named = [jobs.c.targets.contains(text, autoescape=True) for text in spelled]
    if not named:
        return 0
    query = delete(jobs).where(jobs.c.tenant_id == tenant_id, or_(*named))
    return lane.connection.execute(query).rowcount


def _due(now: datetime) -> ColumnElement[bool]:
    at = to_micros(now)
    return or_(
        and_(jobs.c.state == JobState.QUEUED.value, jobs.c.run_after <= at),
        and_(jobs.c.state == JobState.RUNNING.value, jobs.c.lease_until <= at),
    )


def _key(tenant_id: str, job_id: str) -> ColumnElement[bool]:
    return and_(jobs.c.tenant_id == tenant_id, jobs.c.job_id == job_id)


def _found(lane: Lane, tenant_id: str, job_id: str) -> Job:
    query: Select[Any] = select(jobs).where(_key(tenant_id, job_id)).with_for_update()
    row = lane.connection.execute(query).first()
    if row is None:
        raise NotFound(f"no job {job_id!r}", id=job_id)
    return job_of(row)


def _store(lane: Lane, job: Job) -> None:
    values = dict(zip(COLUMNS, job_row(job), strict=True))
    lane.connection.execute(update(jobs).where(_key(job.tenant_id, job.id)).values(values))


def _put_mark(lane: Lane, tenant_id: str, mark: Mark) -> None:
    here = and_(schedules.c.tenant_id == tenant_id, schedules.c.trigger_name == mark.trigger)
    lane.connection.execute(delete(schedules).where(here))
    row = {"tenant_id": tenant_id, "trigger_name": mark.trigger, "at": to_micros(mark.at)}
    lane.connection.execute(schedules.insert().values(row))


def _buried(job: Job, now: datetime) -> Job:
    event = JobEvent(now, "dead", job.lease_owner or "", _EXHAUSTED)
    return _freed(job, event, state=JobState.DEAD, error=_EXHAUSTED, finished_at=now)


def _freed(job: Job, event: JobEvent, **changes: object) -> Job:
    fence = job.fence + 1
    return job.noted(event, fence=fence, lease_owner=None, lease_until=None, **changes)


def _settled(job: Job, hold: Hold, outcome: Outcome, now: datetime) -> Job:
    over = outcome.state in OVER
    name = outcome.state.value if over else "failed" if outcome.counts else "released"
    left = _freed(
        job,
        JobEvent(now, name, hold.owner, outcome.error or ""),
        state=outcome.state,
        cost=job.cost.plus(outcome.cost),
        result=outcome.result,
        error=outcome.error,
        attempts=job.attempts if outcome.counts else job.attempts - 1,
        finished_at=now if over else None,
    )
    return left if outcome.run_after is None else replace(left, run_after=outcome.run_after)
