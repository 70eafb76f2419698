"""Review: vouching for memories, and ending the time of what is held."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from memory_os.domain.operations import Memory
from memory_os.domain.operations.review import AttestRequest, RejectRequest
from memory_os_api.answers import answer, answer_memory
from memory_os_api.dependencies import IdempotencyKey, IfMatch, Memories, MemoryId
from memory_os_api.etags import expected_version
from memory_os_api.schemas import reviewing as examples

router = APIRouter(tags=["cubes"])


@router.post("/v1/cubes/{id}/attestations", response_model=Memory)
def attest(
    id: MemoryId,
    body: Annotated[AttestRequest, Body(openapi_examples=examples.ATTEST)],
    memories: Memories,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Say how far a memory may be relied on, and why; nothing else raises its trust."""
    expected = expected_version(if_match, body.expected_version, id, memories)
    changes: dict[str, object] = {"expected_version": expected}
    if idempotency_key is not None:
        changes["idempotency_key"] = idempotency_key
    attested = memories.attest(id, body.model_copy(update=changes))
    return answer(attested) if body.dry_run else answer_memory(attested)


@router.post("/v1/cubes/{id}/rejections", response_model=Memory)
def reject(
    id: MemoryId,
    body: Annotated[RejectRequest, Body(openapi_examples=examples.REJECT)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """End the time of a memory that is held for review; it can be restored until `purge_at`."""
    if idempotency_key is not None:
        body = body.model_copy(update={"idempotency_key": idempotency_key})
    return answer(memories.reject(id, body))
