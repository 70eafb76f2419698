"""Jobs to test with, and the queue of them as plain Python says it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.jobs import (
    MOST_ATTEMPTS,
    OVER,
    Hold,
    Job,
    JobPriority,
    JobState,
    Outcome,
)
from memory_os.testing.cubes import START

LEASE = timedelta(seconds=60)


def job(
    number: int = 1,
    key: str | None = None,
    *,
    kind: str = "dedup",
    tenant: str = DEFAULT_TENANT,
    after: datetime = START,
    priority: JobPriority = JobPriority.NORMAL,
    targets: tuple[str, ...] = (),
    dry_run: bool = False,
) -> Job:
    """Return a job that waits; its key follows from its number."""
    return Job(
        id=f"job_{number:026d}",
        tenant_id=tenant,
        kind=kind,
        key=key or f"{kind}:{number}",
        run_after=after,
        created_at=START,
        targets=targets,
        priority=priority,
        dry_run=dry_run,
        by="ada",
    )


def hold(held: Job) -> Hold:
    """Return the proof of the worker that a job was just given to."""
    return Hold(held.tenant_id, held.id, held.lease_owner or "", held.fence)


@dataclass(slots=True)
class QueueModel:
    """A queue in a dict: slow, obvious, and what every other one must equal."""

    jobs: dict[tuple[str, str], Job] = field(default_factory=dict)

    def enqueue(self, new: Job) -> bool:
        """Keep a job unless its key is taken; tell whether it was kept."""
        taken = any(
            (kept.tenant_id, kept.key) == (new.tenant_id, new.key) for kept in self.jobs.values()
        )
        if not taken:
            self.jobs[new.tenant_id, new.id] = new
        return not taken

    def lease(self, owner: str, now: datetime, until: datetime) -> Job | None:
        """Give out what is due, burying what has used its attempts up."""
        while due := [kept for kept in self.jobs.values() if _due(kept, now)]:
            first = min(due, key=lambda j: (-j.priority, j.run_after, j.tenant_id, j.id))
            if first.attempts < MOST_ATTEMPTS:
                return self._put(
                    first,
                    state=JobState.RUNNING,
                    attempts=first.attempts + 1,
                    fence=first.fence + 1,
                    lease_owner=owner,
                    lease_until=until,
                )
            self._free(first, state=JobState.DEAD, finished_at=now)
        return None

    def extend(self, held: Hold, until: datetime) -> bool:
        """Move the end of a lease if the hold is good."""
        if self.good(held):
            self._put(self.jobs[held.tenant_id, held.job_id], lease_until=until)
            return True
        return False

    def settle(self, held: Hold, outcome: Outcome, now: datetime) -> bool:
        """Leave a job if the hold is good."""
        if not self.good(held):
            return False
        kept = self.jobs[held.tenant_id, held.job_id]
        self._free(
            kept,
            state=outcome.state,
            cost=kept.cost.plus(outcome.cost),
            result=outcome.result,
            error=outcome.error,
            run_after=outcome.run_after or kept.run_after,
            attempts=kept.attempts if outcome.counts else kept.attempts - 1,
            finished_at=now if outcome.state in OVER else None,
        )
        return True

    def cancel(self, key: tuple[str, str], now: datetime) -> bool:
        """Take a job out unless it is over."""
        if key not in self.jobs or self.jobs[key].state in OVER:
            return False
        self._free(self.jobs[key], state=JobState.CANCELLED, finished_at=now)
        return True

    def retry(self, key: tuple[str, str], now: datetime) -> bool:
        """Queue a dead or cancelled job again."""
        if key not in self.jobs or self.jobs[key].state not in (JobState.DEAD, JobState.CANCELLED):
            return False
        fresh = {"state": JobState.QUEUED, "attempts": 0, "run_after": now}
        self._free(self.jobs[key], **fresh, error=None, finished_at=None)
        return True

    def good(self, held: Hold) -> bool:
        """Tell whether a hold is good."""
        kept = self.jobs.get((held.tenant_id, held.job_id))
        return kept is not None and kept.state is JobState.RUNNING and hold(kept) == held

    def _free(self, kept: Job, **changes: object) -> None:
        self._put(kept, fence=kept.fence + 1, lease_owner=None, lease_until=None, **changes)

    def _put(self, kept: Job, **changes: object) -> Job:
        changed = replace(kept, **changes)  # type: ignore[arg-type]
        self.jobs[kept.tenant_id, kept.id] = changed
        return changed


def _due(kept: Job, now: datetime) -> bool:
    if kept.state is JobState.RUNNING:
        return kept.lease_until is not None and kept.lease_until <= now
    return kept.state is JobState.QUEUED and kept.run_after <= now
