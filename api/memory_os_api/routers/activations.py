"""Activation memory: attention caches of prompt prefixes, sent and given out as safetensors."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from pydantic import ValidationError

from memory_os.domain.operations import Memory
from memory_os.domain.operations.activation import (
    ActivationRequest,
    CheckRequest,
    PrefixRequest,
    PrefixResult,
    PromotionRequest,
    PromotionVerdict,
    RecodeRequest,
)
from memory_os.domain.tensors import read
from memory_os.errors import InvalidInput
from memory_os_api.answers import answer, answer_memory
from memory_os_api.dependencies import BINARY, IdempotencyKey, Memories, MemoryId
from memory_os_api.schemas import activation as examples

router = APIRouter(tags=["activations"])

Number = Annotated[int, Path(ge=0, description="Which chunk, from 0 on.")]
Unchecked = Annotated[
    bool, Query(description="Give who may write the cache what is still to be checked.")
]
_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": (
            "A safetensors file with `layers.N.key` and `layers.N.value`, each "
            "`[1, kv_heads, tokens, head_dim]`. Its metadata has under `memory-os.kv` the JSON of "
            "`version` (1), `codec` (`native`), `model` (the digest of the fingerprint) and "
            "`tokens` (how many), and under `request` the JSON of an ActivationRequest."
        ),
        "content": {BINARY: {"schema": _FILE}},
    }
}
_DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"description": "The chunk, as safetensors.", "content": {BINARY: {"schema": _FILE}}}
}


async def _content(request: Request) -> bytes:
    return await request.body()


Content = Annotated[bytes, Depends(_content)]


@router.post("/v1/activations", status_code=201, response_model=Memory, openapi_extra=_UPLOAD)
def store_activation(
    content: Content, memories: Memories, idempotency_key: IdempotencyKey = None
) -> Response:
    """Keep the attention cache of a prefix; it can be loaded once its check has passed."""
    _, about = read(content)
    try:
        asked = ActivationRequest.model_validate_json(about.get("request", ""))
    except ValidationError as error:
        raise InvalidInput(
            "the file's metadata has no 'request' with the JSON of what is to be kept",
            field="request",
        ) from error
    if idempotency_key is not None:
        asked = asked.model_copy(update={"idempotency_key": idempotency_key})
    kept = memories.store_activation(asked, content)
    return answer(kept) if asked.dry_run else answer_memory(kept, 201)


@router.post("/v1/activations/lookup", response_model=PrefixResult)
def find_prefix(
    body: Annotated[PrefixRequest, Body(openapi_examples=examples.LOOKUP)], memories: Memories
) -> Response:
    """Return the longest kept, checked and true prefix of tokens, or why there is none."""
    return answer(memories.find_prefix(body))


@router.post("/v1/activations/verdicts", response_model=PromotionVerdict)
def judge_prefix(
    body: Annotated[PromotionRequest, Body(openapi_examples=examples.PROMOTION)],
    memories: Memories,
) -> Response:
    """Say whether keeping the cache of a prefix pays: by policy, demand and measured times."""
    return answer(memories.judge_prefix(body))


@router.post("/v1/activations/{id}/checks", response_model=Memory)
def check_activation(
    id: MemoryId,
    body: Annotated[CheckRequest, Body(openapi_examples=examples.CHECK)],
    memories: Memories,
) -> Response:
    """Say how a cache compared with a full prefill; passed, it becomes loadable."""
    return answer_memory(memories.check_activation(id, body))


@router.post("/v1/activations/{id}/codec", response_model=Memory)
def recode_activation(
    id: MemoryId,
    body: Annotated[RecodeRequest, Body(openapi_examples=examples.RECODE)],
    memories: Memories,
) -> Response:
    """Keep a cache in another codec, in fewer bytes; it is to be checked again."""
    kept = memories.recode_activation(id, body)
    return answer(kept) if body.dry_run else answer_memory(kept)


@router.get("/v1/activations/{id}/chunks/{number}", response_class=Response, responses=_DOWNLOAD)
def load_chunk(
    id: MemoryId, number: Number, memories: Memories, unchecked: Unchecked = False
) -> Response:
    """Return a chunk of a cache, verified; a damaged one is never given out."""
    blob, content = memories.load_chunk(id, number, unchecked=unchecked)
    headers = {"ETag": f'"{blob.sha256}"', "Cache-Control": "private, no-store"}
    return Response(bytes(content), 200, headers, BINARY)
