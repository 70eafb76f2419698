"""The same request under the same key: stored once, answered alike."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from memory_os.domain.writing import Replay
from memory_os.errors import IdempotencyConflict
from memory_os.kernel.parts import Parts

Answer = TypeVar("Answer", bound=BaseModel)


def digest(*requests: BaseModel) -> str:
    """Return a hash of what was asked, the key itself left out."""
    sha = hashlib.sha256()
    for request in requests:
        sha.update(request.model_dump_json(exclude={"idempotency_key"}).encode())
        sha.update(b"\x1e")
    return sha.hexdigest()


def once(
    parts: Parts,
    *,
    tenant_id: str,
    key: str | None,
    request_hash: str,
    answer_type: type[Answer],
    act: Callable[[Callable[[Answer], Replay | None]], Answer],
) -> Answer:
    """Run ``act`` unless its key was used before; then return the kept answer.

    ``act`` gets a function that turns its answer into the record it must store in the same
    transaction. Of two racing calls one wins, and the other returns the winner's answer.

    Raises:
        IdempotencyConflict: the key was used with another request.
    """
    now = parts.clock.now()
    if key is None:
        return act(lambda _answer: None)
    kept = _kept(parts, tenant_id, key, request_hash, now, answer_type)
    if kept is not None:
        return kept
    try:
        return act(lambda answer: Replay(key, request_hash, answer.model_dump_json(), now))
    except IdempotencyConflict:
        kept = _kept(parts, tenant_id, key, request_hash, now, answer_type)
        if kept is None:
            raise
        return kept


def _kept(
    parts: Parts,
    tenant_id: str,
    key: str,
    request_hash: str,
    now: datetime,
    answer_type: type[Answer],
) -> Answer | None:
    found = parts.store.replay(tenant_id, key, now)
    if found is None:
        return None
    if found.request_hash != request_hash:
        raise IdempotencyConflict(
            "the idempotency key was used for another request; use a new one for this"
        )
    return answer_type.model_validate_json(found.answer)
