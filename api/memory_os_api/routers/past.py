"""The time machine: what changed, named moments, going back."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from memory_os.domain.operations.past import (
    DiffRequest,
    DiffResult,
    RollbackRequest,
    RollbackResult,
    SnapshotList,
    SnapshotName,
    SnapshotRecord,
    SnapshotRequest,
    SnapshotsRequest,
)
from memory_os_api.answers import answer
from memory_os_api.dependencies import IdempotencyKey, Memories
from memory_os_api.schemas import past as examples
from memory_os_api.schemas.listing import request_from
from memory_os_api.schemas.past import DiffQuery, ScopeQuery

router = APIRouter(tags=["time"])
Name = Annotated[
    SnapshotName, Path(description="The snapshot's name.", examples=["before-migration"])
]


@router.get("/v1/diff", response_model=DiffResult)
def diff(query: Annotated[DiffQuery, Query()], memories: Memories) -> Response:
    """Tell what was added, removed, revised and moved between two times."""
    return answer(memories.diff(request_from(query, DiffRequest)))


@router.post("/v1/snapshots", status_code=201, response_model=SnapshotRecord)
def create_snapshot(
    body: Annotated[SnapshotRequest, Body(openapi_examples=examples.SNAPSHOT)], memories: Memories
) -> Response:
    """Name the present moment of a scope; `as_of=snapshot:NAME` reads it."""
    return answer(memories.snapshot(body), 201)


@router.get("/v1/snapshots", response_model=SnapshotList)
def list_snapshots(query: Annotated[ScopeQuery, Query()], memories: Memories) -> Response:
    """List the snapshots of a scope, oldest first."""
    return answer(memories.snapshots(request_from(query, SnapshotsRequest)))


@router.delete("/v1/snapshots/{name}", response_model=SnapshotRecord)
def delete_snapshot(
    name: Name, query: Annotated[ScopeQuery, Query()], memories: Memories
) -> Response:
    """Forget a snapshot of exactly this scope; the memory of that moment stays."""
    return answer(memories.delete_snapshot(name, request_from(query, SnapshotsRequest)))


@router.post("/v1/rollbacks", response_model=RollbackResult)
def rollback(
    body: Annotated[RollbackRequest, Body(openapi_examples=examples.ROLLBACK)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a memory or a scope again what it was; new versions do it, so it can be undone."""
    if idempotency_key is not None:
        body = body.model_copy(update={"idempotency_key": idempotency_key})
    return answer(memories.rollback(body))
