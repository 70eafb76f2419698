"""The asynchronous twin of the SDK's view of background work."""

from typing import Unpack

from memory_os.domain.operations.jobs import JobPage, JobRecord
from memory_os.sdk.jobs import Jobs
from memory_os.sdk.options import JobsOptions, StartJobOptions
from memory_os.sdk.threads import in_thread


class AsyncJobs:
    """The part of ``AsyncMemory`` that is about jobs; see ``Jobs``."""

    def __init__(self, memory: Jobs) -> None:
        self._work = memory

    async def jobs(self, **options: Unpack[JobsOptions]) -> JobPage:
        """Return a page of jobs; see ``Memory.jobs``."""
        return await in_thread(self._work.jobs, **options)

    async def job(self, job_id: str) -> JobRecord:
        """Return a job; see ``Memory.job``."""
        return await in_thread(self._work.job, job_id)

    async def start_job(self, kind: str, **options: Unpack[StartJobOptions]) -> JobRecord:
        """Queue a job; see ``Memory.start_job``."""
        return await in_thread(self._work.start_job, kind, **options)

    async def retry_job(self, job_id: str, *, reason: str = "") -> JobRecord:
        """Queue a job again; see ``Memory.retry_job``."""
        return await in_thread(self._work.retry_job, job_id, reason=reason)

    async def cancel_job(self, job_id: str, *, reason: str = "") -> JobRecord:
        """Take a job out; see ``Memory.cancel_job``."""
        return await in_thread(self._work.cancel_job, job_id, reason=reason)
