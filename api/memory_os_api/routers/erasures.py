"""Erasing for good, and checking that it was."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from memory_os.domain.erasure import Stage
from memory_os.domain.operations.common import Id
from memory_os.domain.operations.erase import (
    EraseRequest,
    Receipt,
    Verification,
    VerificationRequest,
)
from memory_os_api.answers import answer
from memory_os_api.dependencies import Memories
from memory_os_api.schemas import erasing as examples

router = APIRouter(tags=["erasures"])
ErasureId = Annotated[Id, Path(description="The erasure's id.", examples=[examples.ERASURE_ID])]


@router.post("/v1/erasures", status_code=201, response_model=Receipt)
def erase(
    body: Annotated[EraseRequest, Body(openapi_examples=examples.ERASE)], memories: Memories
) -> Response:
    """Erase for good, with everything made from it; 202 while a copy is still there."""
    receipt = memories.erase(body)
    if receipt.dry_run:
        return answer(receipt)
    response = answer(receipt, 201 if receipt.status is Stage.COMPLETE else 202)
    response.headers["Location"] = f"/v1/erasures/{receipt.id}"
    return response


@router.get("/v1/erasures/{erasure_id}", response_model=Receipt)
def get_erasure(erasure_id: ErasureId, memories: Memories) -> Response:
    """Read the receipt of an erasure as it stands."""
    return answer(memories.erasure(erasure_id))


@router.post("/v1/erasures/{erasure_id}/verifications", response_model=Verification)
def verify_erasure(
    erasure_id: ErasureId,
    body: Annotated[VerificationRequest, Body(openapi_examples=examples.VERIFY)],
    memories: Memories,
) -> Response:
    """Check a receipt, the given one or the stored one, and look everywhere again."""
    return answer(memories.verify_erasure(erasure_id, body))
