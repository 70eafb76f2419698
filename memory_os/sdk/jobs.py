"""The SDK's view of background work: listed, started, tried again, cancelled."""

from typing import Unpack

from memory_os.domain.operations.jobs import (
    JobChangeRequest,
    JobPage,
    JobRecord,
    JobsRequest,
    JobStartRequest,
)
from memory_os.ports.connector import Connector
from memory_os.sdk.options import JobsOptions, StartJobOptions
from memory_os.sdk.requests import build


class Jobs:
    """The part of ``Memory`` that is about jobs. They are the tenant's: it takes ``govern`` and a
    credential that is bound to no scope.
    """

    connector: Connector

    def jobs(self, **options: Unpack[JobsOptions]) -> JobPage:
        """Return a page of jobs, the newest first; pass ``next_cursor`` on as ``cursor``.

        Raises:
            AccessDenied, InvalidInput.
        """
        return self.connector.jobs(build(JobsRequest, options))

    def job(self, job_id: str) -> JobRecord:
        """Return a job: how it stands, what it did, everything that happened to it.

        Raises:
            AccessDenied; NotFound: the tenant has no such job.
        """
        return self.connector.job(job_id)

    def start_job(self, kind: str, **options: Unpack[StartJobOptions]) -> JobRecord:
        """Queue a job; a worker runs it. With ``dry_run`` it only says what it would do.

        Raises:
            AccessDenied, InvalidInput, IdempotencyConflict.
        """
        return self.connector.start_job(build(JobStartRequest, {"kind": kind, **options}))

    def retry_job(self, job_id: str, *, reason: str = "") -> JobRecord:
        """Queue a dead or cancelled job again, with all its attempts before it.

        Raises:
            AccessDenied; NotFound; Conflict: it is neither dead nor cancelled.
        """
        return self.connector.retry_job(job_id, build(JobChangeRequest, {"reason": reason}))

    def cancel_job(self, job_id: str, *, reason: str = "") -> JobRecord:
        """Take a queued or running job out; what it has done by then stays.

        Raises:
            AccessDenied; NotFound; Conflict: it is over.
        """
        return self.connector.cancel_job(job_id, build(JobChangeRequest, {"reason": reason}))
