"""Grants: rights on a memory or a scope for others."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from memory_os.domain.operations.common import Reason
from memory_os.domain.operations.grant import (
    GrantList,
    GrantRecord,
    GrantRequest,
    GrantsRequest,
)
from memory_os_api.answers import answer
from memory_os_api.dependencies import IdempotencyKey, Memories
from memory_os_api.schemas import grants as examples
from memory_os_api.schemas.grants import GrantsQuery
from memory_os_api.schemas.listing import request_from

router = APIRouter(tags=["sharing"])
GrantId = Annotated[str, Path(description="The grant's id.")]


@router.post("/v1/grants", status_code=201, response_model=GrantRecord)
def create_grant(
    body: Annotated[GrantRequest, Body(openapi_examples=examples.GRANT)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give rights on a memory or a scope to others; it counts from their next request on."""
    if idempotency_key is not None:
        body = body.model_copy(update={"idempotency_key": idempotency_key})
    return answer(memories.grant(body), 201)


@router.get("/v1/grants", response_model=GrantList)
def list_grants(query: Annotated[GrantsQuery, Query()], memories: Memories) -> Response:
    """List the grants that the caller gave, has, or has the target to share of."""
    return answer(memories.grants(request_from(query, GrantsRequest)))


@router.delete("/v1/grants/{grant_id}", response_model=GrantRecord)
def revoke_grant(
    grant_id: GrantId,
    memories: Memories,
    reason: Annotated[Reason, Query(description="Why, for the journal.")] = "",
) -> Response:
    """End a grant and all that rests on it; a second time changes nothing."""
    return answer(memories.revoke_grant(grant_id, reason))
