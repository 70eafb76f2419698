"""Answers, written straight from their models: no second validation, no second copy."""

from collections.abc import Mapping

from fastapi import Response
from pydantic import BaseModel

from memory_os.domain.operations import Memory
from memory_os_api.etags import tag_of

JSON = "application/json"


def answer(
    model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``model`` as JSON."""
    return Response(model.model_dump_json(), status, headers, JSON)


def answer_memory(memory: Memory, status: int = 200) -> Response:
    """Return ``memory`` as JSON with its entity tag."""
    return answer(memory, status, {"ETag": tag_of(memory)})
