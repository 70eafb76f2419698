"""Background work: listed, looked at, started, tried again, cancelled; for admins."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from memory_os.domain.operations.jobs import (
    JobChangeRequest,
    JobPage,
    JobRecord,
    JobsRequest,
    JobStartRequest,
)
from memory_os_api.answers import answer
from memory_os_api.dependencies import IdempotencyKey, Memories
from memory_os_api.schemas import jobs as examples
from memory_os_api.schemas.jobs import JobsQuery

router = APIRouter(tags=["operations"])
OPERATIONS = "/v1/operations"
JobId = Annotated[str, Path(description="The job's id.", examples=["job_01JZ8Q4T6W"])]
Reason = Annotated[
    str,
    Query(
        max_length=1_000,
        pattern=r"^[^\x00]*$",
        description="Kept in the job's history and in the journal.",
    ),
]


@router.get(OPERATIONS, response_model=JobPage)
def list_jobs(query: Annotated[JobsQuery, Query()], memories: Memories) -> Response:
    """List the tenant's background jobs, the newest first."""
    asked = query.model_dump(exclude_unset=True, exclude_none=True)
    return answer(memories.jobs(JobsRequest.model_validate(asked)))


@router.post(OPERATIONS, status_code=202, response_model=JobRecord)
def start_job(
    body: Annotated[JobStartRequest, Body(openapi_examples=examples.START)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Queue a job; a worker runs it, and `Location` tells how it stands."""
    if idempotency_key is not None:
        body = body.model_copy(update={"idempotency_key": idempotency_key})
    return _accepted(memories.start_job(body))


@router.get(OPERATIONS + "/{id}", response_model=JobRecord)
def get_job(id: JobId, memories: Memories) -> Response:
    """Tell how a job stands, what it did, and everything that happened to it."""
    return answer(memories.job(id))


@router.delete(OPERATIONS + "/{id}", response_model=JobRecord)
def cancel_job(id: JobId, memories: Memories, reason: Reason = "") -> Response:
    """Take a queued or running job out; what it has done by then stays."""
    return answer(memories.cancel_job(id, JobChangeRequest(reason=reason)))


@router.post(OPERATIONS + "/{id}/retries", status_code=202, response_model=JobRecord)
def retry_job(
    id: JobId,
    body: Annotated[JobChangeRequest, Body(openapi_examples=examples.RETRY)],
    memories: Memories,
) -> Response:
    """Queue a dead or cancelled job again, with all its attempts before it."""
    return _accepted(memories.retry_job(id, body))


def _accepted(job: JobRecord) -> Response:
    return answer(job, 202, {"Location": f"{OPERATIONS}/{job.id}"})
