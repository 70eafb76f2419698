"""The part of the connector port about background work, over REST."""

import re

from memory_os.domain.operations.jobs import (
    JobChangeRequest,
    JobPage,
    JobRecord,
    JobsRequest,
    JobStartRequest,
)
from memory_os.errors import NotFound
from memory_os_api.client.exchange import IDEMPOTENCY_KEY
from memory_os_api.client.parameters import parameters_of
from memory_os_api.client.time_machine import Way

OPERATIONS = "/v1/operations"
_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


class JobCalls:
    """Ask a service about its jobs. Starting one carries a key, so that it is safe to repeat."""

    def jobs(self: Way, request: JobsRequest) -> JobPage:
        """Return a page of jobs."""
        parameters = dict(parameters_of(request))
        return self._open.ask(
            "GET", OPERATIONS, JobPage, parameters=parameters, safe=True, changes=False
        )

    def job(self: Way, job_id: str) -> JobRecord:
        """Return a job."""
        return self._open.ask("GET", _path(job_id), JobRecord, safe=True, changes=False)

    def start_job(self: Way, request: JobStartRequest) -> JobRecord:
        """Queue a job."""
        key, carried = self._key(request.idempotency_key)
        body = request.model_dump(mode="json", exclude_unset=True, exclude={"idempotency_key"})
        headers = {} if key is None else {IDEMPOTENCY_KEY: key}
        return self._open.ask(
            "POST", OPERATIONS, JobRecord, body={**body, **carried}, headers=headers, safe=True
        )

    def retry_job(self: Way, job_id: str, request: JobChangeRequest) -> JobRecord:
        """Queue a dead or cancelled job again."""
        body = request.model_dump(mode="json", exclude_unset=True)
        return self._open.ask("POST", f"{_path(job_id)}/retries", JobRecord, body=body)

    def cancel_job(self: Way, job_id: str, request: JobChangeRequest) -> JobRecord:
        """Take a job out."""
        parameters = dict(parameters_of(request))
        return self._open.ask("DELETE", _path(job_id), JobRecord, parameters=parameters)


def _path(job_id: str) -> str:
    if not _ID.fullmatch(job_id):
        raise NotFound(f"no job {job_id!r}", id=job_id)
    return f"{OPERATIONS}/{job_id}"
