"""Memories: stored, listed, read, changed, deleted."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from memory_os.domain.lifecycle import Event
from memory_os.domain.operations import (
    AddRequest,
    AddResult,
    DeleteAllRequest,
    DeleteResult,
    HistoryResult,
    ListRequest,
    Memory,
    MemoryPage,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.domain.operations.common import BranchName, Moment, When
from memory_os_api.answers import answer, answer_memory
from memory_os_api.dependencies import IdempotencyKey, IfMatch, IfNoneMatch, Memories, MemoryId
from memory_os_api.etags import expected_version, is_fresh, tag_of
from memory_os_api.schemas import examples
from memory_os_api.schemas.batch import BatchRequest
from memory_os_api.schemas.listing import DeleteQuery, ListQuery, moment, request_from

router = APIRouter(tags=["cubes"])
Reason = Annotated[
    str, Query(max_length=1_000, pattern=r"^[^\x00]*$", description="Kept in the journal.")
]
AsOf = Annotated[
    When | None,
    Query(description="The memory as it was recorded then; a time, or `snapshot:` and a name."),
]
Branch = Annotated[BranchName | None, Query(description="On this branch instead of main.")]
ValidAt = Annotated[Moment | None, Query(description="Only if it holds in the world then.")]


@router.post("/v1/cubes", status_code=201, response_model=AddResult)
def add(
    body: Annotated[AddRequest, Body(openapi_examples=examples.ADD)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Store a text, messages, a document or a template; durable and findable when answered."""
    if idempotency_key is not None:
        body = body.model_copy(update={"idempotency_key": idempotency_key})
    added = memories.add(body)
    only = added.results[0].id if len(added.results) == 1 else None
    return answer(added, 201, {"Location": f"/v1/cubes/{only}"} if only else None)


@router.post("/v1/cubes:batch", status_code=201, response_model=AddResult)
def add_many(
    body: Annotated[BatchRequest, Body(openapi_examples=examples.BATCH)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Store all of the requests in one transaction, or none."""
    requests = body.requests
    if idempotency_key is not None:
        shared = {"idempotency_key": f"batch:{idempotency_key}"}
        requests = tuple(each.model_copy(update=shared) for each in requests)
    return answer(memories.add_many(requests), 201)


@router.get("/v1/cubes", response_model=MemoryPage)
def list_all(query: Annotated[ListQuery, Query()], memories: Memories) -> Response:
    """List memories a page at a time, in the order of their creation."""
    return answer(memories.get_all(request_from(query, ListRequest)))


@router.delete("/v1/cubes", response_model=DeleteResult)
def delete_all(query: Annotated[DeleteQuery, Query()], memories: Memories) -> Response:
    """Delete every memory of a scope; they stay recoverable until `purge_at`."""
    return answer(memories.delete_all(request_from(query, DeleteAllRequest)))


@router.get("/v1/cubes/{id}", response_model=Memory)
def get(
    id: MemoryId,
    memories: Memories,
    as_of: AsOf = None,
    valid_at: ValidAt = None,
    branch: Branch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return a memory, or what it was at an earlier time."""
    memory = memories.get(id, moment(as_of), moment(valid_at), branch)
    tag = tag_of(memory)
    if is_fresh(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return answer_memory(memory)


@router.patch("/v1/cubes/{id}", response_model=Memory)
def update(
    id: MemoryId,
    body: Annotated[UpdateRequest, Body(openapi_examples=examples.UPDATE)],
    memories: Memories,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a new version; what is left out stays as it is."""
    expected = expected_version(if_match, body.expected_version, id, memories, body.branch)
    changes: dict[str, object] = {"expected_version": expected}
    if idempotency_key is not None:
        changes["idempotency_key"] = idempotency_key
    return answer_memory(memories.update(id, body.model_copy(update=changes)))


@router.delete("/v1/cubes/{id}", response_model=DeleteResult)
def delete(
    id: MemoryId,
    memories: Memories,
    reason: Reason = "",
    branch: Branch = None,
    if_match: IfMatch = None,
) -> Response:
    """Delete a memory; it stays recoverable until `purge_at`."""
    return answer(delete_one(id, memories, reason, if_match, branch))


@router.get("/v1/cubes/{id}/history", response_model=HistoryResult)
def history(id: MemoryId, memories: Memories, branch: Branch = None) -> Response:
    """Return every version, oldest first."""
    return answer(memories.history(id, branch))


def delete_one(
    memory_id: str,
    memories: Memories,
    reason: str,
    if_match: str | None,
    branch: str | None = None,
) -> DeleteResult:
    """Delete a memory, at the version that ``If-Match`` names if it does."""
    expected = expected_version(if_match, None, memory_id, memories, branch)
    if expected is None:
        return memories.delete(memory_id, reason, branch)
    request = TransitionRequest(
        event=Event.DELETE,
        reason=reason or "deleted",
        expected_version=expected,
        branch=branch,
    )
    moved = memories.transition(memory_id, request)
    return DeleteResult(deleted=1, ids=(moved.id,), purge_at=moved.purge_at)
