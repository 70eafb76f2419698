"""Policies: sets of them, simulations, sweeps, and what was useful."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from memory_os.domain.operations.policies import (
    FeedbackRequest,
    FeedbackResult,
    LifecycleRunRequest,
    LifecycleRunResult,
    PolicyList,
    PolicyName,
    PolicyRecord,
    PolicySetRequest,
    SimulationRequest,
    SimulationResult,
)
from memory_os_api.answers import answer
from memory_os_api.dependencies import IfMatch, Memories, MemoryId
from memory_os_api.etags import numbered
from memory_os_api.schemas import policies as examples

router = APIRouter(tags=["policies"])
Name = Annotated[PolicyName, Path(description="The policy set's name.", examples=["default"])]
OfVersion = Annotated[
    int | None, Query(ge=0, description="An older version of it; unset, the newest.")
]


@router.get("/v1/policies", response_model=PolicyList)
def list_policies(memories: Memories) -> Response:
    """List the newest version of each policy set; `default` is there without being set."""
    return answer(memories.policies())


@router.get("/v1/policies/{name}", response_model=PolicyRecord)
def get_policy(name: Name, memories: Memories, version: OfVersion = None) -> Response:
    """Return a policy set with every setting spelled out."""
    return _told(memories.policy(name, version))


@router.put("/v1/policies/{name}", response_model=PolicyRecord)
def set_policy(
    name: Name,
    body: Annotated[PolicySetRequest, Body(openapi_examples=examples.SET)],
    memories: Memories,
    if_match: IfMatch = None,
) -> Response:
    """Set a policy set, or whom it is for; what it already says makes no new version."""
    expected = numbered(if_match, body.expected_version)
    changed = body.model_copy(update={"expected_version": expected})
    return _told(memories.set_policy(name, changed))


@router.post("/v1/policies/{name}/simulations", response_model=SimulationResult)
def simulate_policy(
    name: Name,
    body: Annotated[SimulationRequest, Body(openapi_examples=examples.SIMULATION)],
    memories: Memories,
) -> Response:
    """Play synthetic use against a policy set, or against settings; no memory is touched."""
    return answer(memories.simulate(name, body))


@router.post("/v1/lifecycle/runs", response_model=LifecycleRunResult)
def run_policies(
    body: Annotated[LifecycleRunRequest, Body(openapi_examples=examples.RUN)], memories: Memories
) -> Response:
    """Carry policies out over a scope, or with `dry_run` only list what would move."""
    return answer(memories.lifecycle_run(body))


@router.post("/v1/cubes/{id}/feedback", response_model=FeedbackResult)
def feedback(
    id: MemoryId,
    body: Annotated[FeedbackRequest, Body(openapi_examples=examples.FEEDBACK)],
    memories: Memories,
) -> Response:
    """Say that a memory was cited, confirmed or unhelpful; it gets stronger or weaker."""
    return answer(memories.feedback(id, body))


def _told(record: PolicyRecord) -> Response:
    return answer(record, headers={"ETag": f'"{record.version}"'})
