"""The lifecycle of a memory: where it stands, and moving it."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from memory_os.domain.lifecycle import legal_events
from memory_os.domain.operations import Memory, TransitionRequest
from memory_os_api.answers import answer, answer_memory
from memory_os_api.dependencies import (
    Caller,
    IdempotencyKey,
    IfMatch,
    Memories,
    MemoryId,
    TheKernel,
)
from memory_os_api.etags import expected_version
from memory_os_api.schemas import examples
from memory_os_api.schemas.lifecycle import PositionResult

router = APIRouter(tags=["cubes"])


@router.get("/v1/cubes/{id}/transitions", response_model=PositionResult)
def position(id: MemoryId, kernel: TheKernel, caller: Caller) -> Response:
    """Tell the state of a memory, deleted or not, and the moves there are from it."""
    place = kernel.position(caller, id)
    return answer(
        PositionResult(
            id=id,
            state=place.state,
            resume=list(place.resume),
            legal=list(legal_events(place)),
        )
    )


@router.post("/v1/cubes/{id}/transitions", response_model=Memory)
def transition(
    id: MemoryId,
    body: Annotated[TransitionRequest, Body(openapi_examples=examples.TRANSITION)],
    memories: Memories,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Move a memory by a lifecycle event, or with `dry_run` only say what would come of it."""
    expected = expected_version(if_match, body.expected_version, id, memories, body.branch)
    changes: dict[str, object] = {"expected_version": expected}
    if idempotency_key is not None:
        changes["idempotency_key"] = idempotency_key
    moved = memories.transition(id, body.model_copy(update=changes))
    return answer(moved) if body.dry_run else answer_memory(moved)
