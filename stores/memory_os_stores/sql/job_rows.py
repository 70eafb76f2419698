"""Jobs to rows and back, and the statements on them that are part of a write."""

from functools import lru_cache
from typing import Any

from pydantic import JsonValue, TypeAdapter
from pydantic_core import PydanticSerializationError
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from memory_os.clock import from_micros, to_micros
from memory_os.domain.jobs import Hold, Job, JobCost, JobEvent, JobPriority, JobState
from memory_os.errors import InvalidInput, LeaseLost, StoreCorrupt
from memory_os_stores.sql.codec import Row, moment
from memory_os_stores.sql.compiled import dialect_named, key, sql_text
from memory_os_stores.sql.database import Lane
from memory_os_stores.sql.tables import jobs

COLUMNS = tuple(column.name for column in jobs.c)
_TARGETS = TypeAdapter(tuple[str, ...])
_COST = TypeAdapter(JobCost)
_RESULT = TypeAdapter(dict[str, JsonValue])
_HISTORY = TypeAdapter(tuple[JobEvent, ...])


def job_row(job: Job) -> Row:
    """Return the row of ``jobs``.

    Raises:
        InvalidInput: a text is not Unicode, or the result is no JSON.
    """
    return (
        job.tenant_id,
        job.id,
        job.kind,
        job.key,
        job.state.value,
        int(job.priority),
        to_micros(job.run_after),
        job.attempts,
        job.fence,
        job.lease_owner,
        None if job.lease_until is None else to_micros(job.lease_until),
        int(job.dry_run),
        job.by,
        to_micros(job.created_at),
        None if job.finished_at is None else to_micros(job.finished_at),
        _dump(_TARGETS, job.targets),
        _dump(_COST, job.cost),
        None if job.result is None else _dump(_RESULT, job.result),
        job.error,
        _dump(_HISTORY, job.history),
    )


def job_of(row: Any) -> Job:
    """Return the job behind a row.

    Raises:
        StoreCorrupt: it cannot be read.
    """
    fields = dict(zip(COLUMNS, row, strict=True))
    try:
        return Job(
            id=fields["job_id"],
            tenant_id=fields["tenant_id"],
            kind=fields["kind"],
            key=fields["key"],
            run_after=from_micros(fields["run_after"]),
            created_at=from_micros(fields["created_at"]),
            targets=_TARGETS.validate_json(fields["targets"]),
            priority=JobPriority(fields["priority"]),
            dry_run=bool(fields["dry_run"]),
            by=fields["created_by"],
            state=JobState(fields["state"]),
            attempts=fields["attempts"],
            fence=fields["fence"],
            lease_owner=fields["lease_owner"],
            lease_until=moment(fields["lease_until"]),
            cost=_COST.validate_json(fields["cost"]),
            result=None if fields["result"] is None else _RESULT.validate_json(fields["result"]),
            error=fields["error"],
            history=_HISTORY.validate_json(fields["history"]),
            finished_at=moment(fields["finished_at"]),
        )
    except (TypeError, ValueError) as error:
        raise StoreCorrupt(
            f"the row of job {fields['job_id']!r} cannot be read: {error}; restore the database "
            "from a backup",
            id=fields["job_id"],
        ) from error


@lru_cache(maxsize=4)
def new_job(dialect_name: str) -> str:
    """Compile the insert that leaves a key alone that is taken."""
    insert: Any = sqlite.insert if dialect_name == "sqlite" else postgresql.insert
    statement: Insert = insert(jobs).on_conflict_do_nothing(index_elements=["tenant_id", "key"])
    return sql_text(statement, dialect_named(dialect_name), *COLUMNS)


@lru_cache(maxsize=4)
def fence_of(dialect_name: str) -> str:
    """Compile the look at who holds a job, which keeps the row until the write ends."""
    held = select(jobs.c.state, jobs.c.lease_owner, jobs.c.fence).where(
        key(jobs.c.tenant_id, jobs.c.job_id)
    )
    dialect = dialect_named(dialect_name)
    return sql_text(held.with_for_update(), dialect, "key_tenant_id", "key_job_id")


def must_hold(lane: Lane, dialect_name: str, hold: Hold) -> None:
    """Pass if the hold is good.

    Raises:
        LeaseLost: it is not.
    """
    place = (hold.tenant_id, hold.job_id)
    mine = (JobState.RUNNING.value, hold.owner, hold.fence)
    if [tuple(row) for row in lane.rows(fence_of(dialect_name), place)] != [mine]:
        raise LeaseLost(
            f"worker {hold.owner!r} no longer holds job {hold.job_id!r}: it was taken over, "
            "cancelled or forgotten; nothing was written",
            id=hold.job_id,
        )


def _dump(adapter: TypeAdapter[Any], value: Any) -> str:
    try:
        return adapter.dump_json(value).decode()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise InvalidInput(f"a job cannot be stored as JSON: {error}") from error
