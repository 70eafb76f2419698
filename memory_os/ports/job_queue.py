"""Port: the queue of background work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from memory_os.domain.jobs import Hold, Job, JobState, JobsWanted, Mark, Outcome


class JobQueue(Protocol):
    """Keep jobs beside the cubes. Safe to call from many threads and processes.

    Times come from the caller; a queue has no clock of its own. A job that a write causes is
    enqueued by that write's transaction, with the op ``Enqueue``.
    """

    def enqueue(self, tenant_id: str, jobs: Sequence[Job], marks: Sequence[Mark] = ()) -> list[Job]:
        """Store jobs of a tenant, and how far its triggers have come, in one transaction.

        Return those that are new: a job whose key the tenant has already is left out, whatever
        became of the first.
        """
        ...

    def marks(self, tenant_id: str) -> dict[str, Mark]:
        """Return how far each trigger has come in the tenant, by its name."""
        ...

    def lease(self, owner: str, now: datetime, until: datetime) -> Job | None:
        """Give ``owner`` the next job of any tenant that is due, nothing if there is none.

        Due is what is queued and may run by ``now``, or is running on a lease that has ended by
        ``now``. The highest priority comes first, then what has waited longest. The job comes
        back running, with one more attempt and a new fence. One whose lease ended in its last
        attempt is not given out but becomes a dead letter.
        """
        ...

    def due(self, now: datetime) -> bool:
        """Tell, without writing, whether ``lease`` would find something."""
        ...

    def extend(self, hold: Hold, now: datetime, until: datetime) -> None:
        """Move the end of the lease: the heartbeat.

        Raises:
            LeaseLost: the job was given to another worker, or cancelled.
        """
        ...

    def settle(self, hold: Hold, outcome: Outcome, now: datetime) -> Job:
        """Leave a job and return it as it stands then.

        Raises:
            LeaseLost: the job was given to another worker, or cancelled; nothing changes.
        """
        ...

    def get(self, tenant_id: str, job_id: str) -> Job | None:
        """Return a job."""
        ...

    def find(self, tenant_id: str, wanted: JobsWanted) -> list[Job]:
        """Return a page of the tenant's jobs, the newest first."""
        ...

    def cancel(self, tenant_id: str, job_id: str, now: datetime, by: str, reason: str) -> Job:
        """Take a queued or running job out; the fence of whoever runs it becomes stale.

        Raises:
            NotFound: the tenant has no such job. Conflict: it is over.
        """
        ...

    def retry(self, tenant_id: str, job_id: str, now: datetime, by: str, reason: str) -> Job:
        """Queue a dead or cancelled job again, due at once, with all its attempts before it.

        Raises:
            NotFound: the tenant has no such job. Conflict: it is not dead or cancelled.
        """
        ...

    def counts(self) -> dict[tuple[str, JobState], int]:
        """Return how many jobs of all tenants there are, by kind and state."""
        ...

    def drop(self, tenant_id: str, before: datetime) -> int:
        """Forget what was done or cancelled before a time; return how many jobs that were."""
        ...

    def forget(self, tenant_id: str, targets: Sequence[str]) -> int:
        """Forget every job that names one of these targets, whatever its state: for erasure."""
        ...
