"""Memories that say the same: found, made one, taken apart again."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from memory_os.domain.operations.merge import (
    DuplicatesRequest,
    DuplicatesResult,
    MergeRequest,
    MergeResult,
    UnmergeRequest,
    UnmergeResult,
)
from memory_os_api.answers import answer
from memory_os_api.dependencies import IdempotencyKey, Memories, MemoryId
from memory_os_api.schemas import examples
from memory_os_api.schemas.merging import CandidatesQuery, request_of

router = APIRouter(tags=["merges"])
Reason = Annotated[
    str, Query(max_length=1_000, pattern=r"^[^\x00]*$", description="Kept in the journal.")
]
DryRun = Annotated[bool, Query(description="Only say what would come of it.")]


@router.get("/v1/merges/candidates", response_model=DuplicatesResult)
def candidates(query: Annotated[CandidatesQuery, Query()], memories: Memories) -> Response:
    """List pairs that may be one memory, the surest first, each with a verdict."""
    return answer(memories.duplicates(request_of(query, DuplicatesRequest)))


@router.post("/v1/merges", status_code=201, response_model=MergeResult)
def merge(
    body: Annotated[MergeRequest, Body(openapi_examples=examples.MERGE)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make one memory of several; they stay behind it, whole, until it is taken apart."""
    if idempotency_key is not None:
        body = body.model_copy(update={"idempotency_key": idempotency_key})
    merged = memories.merge(body)
    if merged.dry_run:
        return answer(merged, 201)
    return answer(merged, 201, {"Location": f"/v1/cubes/{merged.results[0].id}"})


@router.delete("/v1/merges/{id}", response_model=UnmergeResult)
def unmerge(
    id: MemoryId, memories: Memories, reason: Reason = "", dry_run: DryRun = False
) -> Response:
    """Bring back the memories that this one was merged from; what was edited since is kept."""
    return answer(memories.unmerge(id, UnmergeRequest(reason=reason, dry_run=dry_run)))
