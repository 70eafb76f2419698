"""Branches: made, listed, deleted, adopted."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from memory_os.domain.operations.branch import (
    AdoptRequest,
    AdoptResult,
    BranchesRequest,
    BranchList,
    BranchRecord,
    BranchRequest,
)
from memory_os.domain.operations.common import BranchName
from memory_os_api.answers import answer
from memory_os_api.dependencies import IdempotencyKey, Memories
from memory_os_api.schemas import branches as examples
from memory_os_api.schemas.listing import request_from
from memory_os_api.schemas.past import ScopeQuery

router = APIRouter(tags=["branches"])
Name = Annotated[BranchName, Path(description="The branch's name, or its id.", examples=["plan"])]


@router.post("/v1/branches", status_code=201, response_model=BranchRecord)
def create_branch(
    body: Annotated[BranchRequest, Body(openapi_examples=examples.BRANCH)], memories: Memories
) -> Response:
    """Make a branch from now, a time or a snapshot; `branch=NAME` reads and writes it."""
    return answer(memories.create_branch(body), 201)


@router.get("/v1/branches", response_model=BranchList)
def list_branches(query: Annotated[ScopeQuery, Query()], memories: Memories) -> Response:
    """List the branches of a scope, oldest first."""
    return answer(memories.branches(request_from(query, BranchesRequest)))


@router.delete("/v1/branches/{name}", response_model=BranchRecord)
def delete_branch(
    name: Name, query: Annotated[ScopeQuery, Query()], memories: Memories
) -> Response:
    """Forget a branch and, for good, what was written on it alone."""
    return answer(memories.delete_branch(name, request_from(query, BranchesRequest)))


@router.post("/v1/branches/{name}/adoptions", response_model=AdoptResult)
def adopt(
    name: Name,
    body: Annotated[AdoptRequest, Body(openapi_examples=examples.ADOPTION)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Apply to main what was changed on a branch alone; what both changed is a conflict."""
    if idempotency_key is not None:
        body = body.model_copy(update={"idempotency_key": idempotency_key})
    return answer(memories.adopt(name, body))
