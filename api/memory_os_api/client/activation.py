"""Activation memory's part of the connector port, over REST."""

import re

from pydantic import BaseModel
from safetensors.numpy import save

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
from memory_os.domain.payload import Blob
from memory_os.domain.tensors import read
from memory_os.errors import NotFound
from memory_os_api.client.exchange import IDEMPOTENCY_KEY
from memory_os_api.client.time_machine import Way

ACTIVATIONS = "/v1/activations"
_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


class ActivationCalls:
    """Keep and load caches through a service. An upload carries a key, so it is safe to repeat."""

    def store_activation(
        self: Way, request: ActivationRequest, content: bytes | memoryview
    ) -> Memory:
        """Keep the attention cache of a prefix."""
        key, carried = self._key(request.idempotency_key)
        asked = request.model_copy(update={"idempotency_key": None, **carried})
        tensors, about = read(content)
        file = save(dict(tensors), {**about, "request": asked.model_dump_json(exclude_unset=True)})
        return self._open.ask(
            "POST",
            ACTIVATIONS,
            Memory,
            content=file,
            headers={} if key is None else {IDEMPOTENCY_KEY: key},
            safe=True,
        )

    def check_activation(self: Way, memory_id: str, request: CheckRequest) -> Memory:
        """Record how a cache compared with a full prefill."""
        return self._open.ask("POST", _path(memory_id, "checks"), Memory, body=_body(request))

    def recode_activation(self: Way, memory_id: str, request: RecodeRequest) -> Memory:
        """Keep a cache in another codec."""
        return self._open.ask("POST", _path(memory_id, "codec"), Memory, body=_body(request))

    def find_prefix(self: Way, request: PrefixRequest) -> PrefixResult:
        """Return the longest kept prefix of tokens that may be loaded."""
        path = f"{ACTIVATIONS}/lookup"
        return self._open.ask(
            "POST", path, PrefixResult, body=_body(request), safe=True, changes=False
        )

    def judge_prefix(self: Way, request: PromotionRequest) -> PromotionVerdict:
        """Return whether keeping the cache of a prefix pays."""
        path = f"{ACTIVATIONS}/verdicts"
        return self._open.ask(
            "POST", path, PromotionVerdict, body=_body(request), safe=True, changes=False
        )

    def load_chunk(
        self: Way, memory_id: str, number: int, *, unchecked: bool = False
    ) -> tuple[Blob, memoryview]:
        """Return the file of a chunk."""
        path = _path(memory_id, f"chunks/{number}")
        answer = self._open.fetch(path, {"unchecked": "true"} if unchecked else None)
        digest = answer.headers.get("ETag", "").strip('"')
        return Blob("", len(answer.content), digest), memoryview(answer.content)


def _path(memory_id: str, name: str) -> str:
    if not _ID.fullmatch(memory_id):
        raise NotFound(f"no memory {memory_id!r}", id=memory_id)
    return f"{ACTIVATIONS}/{memory_id}/{name}"


def _body(request: BaseModel) -> dict[str, object]:
    return request.model_dump(mode="json", exclude_unset=True)
