"""Parametric memory: adapters, sent and given out as safetensors."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import ValidationError

from memory_os.domain.operations import Memory
from memory_os.domain.operations.adapter import (
    AdapterRequest,
    GateRequest,
    TrainingRequest,
    TrainingVerdict,
)
from memory_os.domain.tensors import read
from memory_os.errors import InvalidInput
from memory_os_api.answers import answer, answer_memory
from memory_os_api.dependencies import BINARY, IdempotencyKey, Memories, MemoryId
from memory_os_api.schemas import adapter as examples

router = APIRouter(tags=["adapters"])

Draft = Annotated[bool, Query(description="Give who may write it one that is still to be judged.")]
_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": (
            "A safetensors file as `memory_os.parametric.format.pack` writes it, with the JSON of "
            "an AdapterRequest under `request` in its metadata."
        ),
        "content": {BINARY: {"schema": _FILE}},
    }
}
_DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"description": "The adapter, as safetensors.", "content": {BINARY: {"schema": _FILE}}}
}


async def _content(request: Request) -> bytes:
    return await request.body()


Content = Annotated[bytes, Depends(_content)]


@router.post("/v1/adapters", status_code=201, response_model=Memory, openapi_extra=_UPLOAD)
def store_adapter(
    content: Content, memories: Memories, idempotency_key: IdempotencyKey = None
) -> Response:
    """Keep an adapter as a draft; it can be attached once its gate has passed."""
    _, about = read(content)
    try:
        asked = AdapterRequest.model_validate_json(about.get("request", ""))
    except ValidationError as error:
        raise InvalidInput(
            "the file's metadata has no 'request' with the JSON of what is to be kept",
            field="request",
        ) from error
    if idempotency_key is not None:
        asked = asked.model_copy(update={"idempotency_key": idempotency_key})
    kept = memories.store_adapter(asked, content)
    return answer(kept) if asked.dry_run else answer_memory(kept, 201)


@router.post("/v1/adapters/training-verdicts", response_model=TrainingVerdict)
def may_train(
    body: Annotated[TrainingRequest, Body(openapi_examples=examples.TRAINING)],
    memories: Memories,
) -> Response:
    """Say whether memories may be trained into an adapter, and give what they say."""
    return answer(memories.may_train(body))


@router.post("/v1/adapters/{id}/gates", response_model=Memory)
def judge_adapter(
    id: MemoryId,
    body: Annotated[GateRequest, Body(openapi_examples=examples.GATE)],
    memories: Memories,
) -> Response:
    """Say how an adapter did on a form it was not trained on; passed, it can be attached."""
    return answer_memory(memories.judge_adapter(id, body))


@router.get("/v1/adapters/{id}/file", response_class=Response, responses=_DOWNLOAD)
def load_adapter(id: MemoryId, memories: Memories, draft: Draft = False) -> Response:
    """Return an adapter that may be attached, verified."""
    blob, content = memories.load_adapter(id, draft=draft)
    headers = {"ETag": f'"{blob.sha256}"', "Cache-Control": "private, no-store"}
    return Response(bytes(content), 200, headers, BINARY)
