"""Recall: ranked hits, and context for a model."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from memory_os.domain.operations import (
    ContextRequest,
    ContextResult,
    SearchRequest,
    SearchResult,
)
from memory_os_api.answers import answer
from memory_os_api.dependencies import Memories
from memory_os_api.schemas import examples

router = APIRouter(tags=["recall"])


@router.post("/v1/search", response_model=SearchResult)
def search(
    body: Annotated[SearchRequest, Body(openapi_examples=examples.SEARCH)], memories: Memories
) -> Response:
    """Find memories that answer a question, best first."""
    return answer(memories.search(body))


@router.post("/v1/context", response_model=ContextResult)
def context(
    body: Annotated[ContextRequest, Body(openapi_examples=examples.CONTEXT)], memories: Memories
) -> Response:
    """Pack what answers a question into a token budget, every line cited."""
    return answer(memories.context(body))
