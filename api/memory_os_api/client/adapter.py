"""Parametric memory's part of the connector port, over REST."""

import re

from pydantic import BaseModel
from safetensors.numpy import save

from memory_os.domain.operations import Memory
from memory_os.domain.operations.adapter import (
    AdapterRequest,
    GateRequest,
    TrainingRequest,
    TrainingVerdict,
)
from memory_os.domain.payload import Blob
from memory_os.domain.tensors import read
from memory_os.errors import NotFound
from memory_os_api.client.exchange import IDEMPOTENCY_KEY
from memory_os_api.client.time_machine import Way

ADAPTERS = "/v1/adapters"
_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")


class AdapterCalls:
    """Keep and load adapters through a service. An upload carries a key: it is safe to repeat."""

    def may_train(self: Way, request: TrainingRequest) -> TrainingVerdict:
        """Return whether memories may be trained into an adapter."""
        path = f"{ADAPTERS}/training-verdicts"
        return self._open.ask(
            "POST", path, TrainingVerdict, body=_body(request), safe=True, changes=False
        )

    def store_adapter(self: Way, request: AdapterRequest, content: bytes | memoryview) -> Memory:
        """Keep an adapter as a draft."""
        key, carried = self._key(request.idempotency_key)
        asked = request.model_copy(update={"idempotency_key": None, **carried})
        tensors, about = read(content)
        file = save(dict(tensors), {**about, "request": asked.model_dump_json(exclude_unset=True)})
        return self._open.ask(
            "POST",
            ADAPTERS,
            Memory,
            content=file,
            headers={} if key is None else {IDEMPOTENCY_KEY: key},
            safe=True,
        )

    def judge_adapter(self: Way, memory_id: str, request: GateRequest) -> Memory:
        """Record what an adapter showed."""
        return self._open.ask("POST", _path(memory_id, "gates"), Memory, body=_body(request))

    def load_adapter(self: Way, memory_id: str, *, draft: bool = False) -> tuple[Blob, memoryview]:
        """Return the file of an adapter."""
        path = _path(memory_id, "file")
        answer = self._open.fetch(path, {"draft": "true"} if draft else None)
        digest = answer.headers.get("ETag", "").strip('"')
        return Blob("", len(answer.content), digest), memoryview(answer.content)


def _path(memory_id: str, name: str) -> str:
    if not _ID.fullmatch(memory_id):
        raise NotFound(f"no memory {memory_id!r}", id=memory_id)
    return f"{ADAPTERS}/{memory_id}/{name}"


def _body(request: BaseModel) -> dict[str, object]:
    return request.model_dump(mode="json", exclude_unset=True)
