"""A memory on a clock that is moved by hand, and people who use it."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.language_models.fake_chat_models import FakeListChatModel

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import ROLE_RIGHTS, Principal, PrincipalKind, Role, access_filter
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Entry
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope
from memory_os.kernel.memory_os import KernelConnector, MemoryOS
from memory_os.sdk import Memory

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class WordEmbeddings(Embeddings):
    """Add up a fixed direction for each word: deterministic, alike for alike texts."""

    model = "words"

    def __init__(self, dimensions: int = 32) -> None:
        self.dimensions = dimensions

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self._vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._vector(text)

    def _vector(self, text: str) -> list[float]:
        total = [0.0] * self.dimensions
        for word in text.lower().split():
            digest = blake2b(word.encode(), digest_size=self.dimensions).digest()
            total = [have + byte - 127.5 for have, byte in zip(total, digest, strict=True)]
        return total


def opened(clock: ManualClock | None = None, **options: Any) -> Memory:
    """Open a memory in RAM with cheap embeddings."""
    return memory_os.connect(
        "sqlite://", clock=clock or ManualClock(START), embeddings=WordEmbeddings(), **options
    )


def kernel(memory: Memory) -> MemoryOS:
    """Return what stands behind ``memory``."""
    connector = memory.connector
    assert isinstance(connector, KernelConnector)
    return connector.kernel


def seen_by(
    memory: Memory,
    *,
    role: Role = Role.WRITE,
    rights: Iterable[Right] | None = None,
    kind: PrincipalKind = PrincipalKind.SERVICE,
    bindings: Scope | None = None,
    tenant: str = "default",
    id: str = "caller",
) -> Memory:
    """Return the same memory as another caller has it."""
    held = ROLE_RIGHTS[role] if rights is None else frozenset(rights)
    principal = Principal(tenant, id, kind, bindings or Scope(), held)
    return Memory(KernelConnector(kernel(memory), principal))


def cube(memory: Memory, memory_id: str) -> Cube:
    """Return the stored cube with its whole header."""
    (found,) = kernel(memory).parts.store.get(access_filter(Principal()), [memory_id])
    return found


def journal(memory: Memory) -> list[Entry]:
    """Return everything that was journalled."""
    return kernel(memory).parts.store.journal("default", 0, 10_000)


def only(answer: Any) -> Any:
    """Return the one result of an answer."""
    (result,) = answer.results
    return result


def saying(*answers: object) -> FakeListChatModel:
    """Return a chat model that says these answers one after another, JSON unless text."""
    texts = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
    return FakeListChatModel(responses=texts)
