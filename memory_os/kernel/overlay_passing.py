"""What a branch leaves to the store under it: nothing of this is one branch's."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.journal import Entry
from memory_os.domain.writing import Replay
from memory_os.ports.cube_store import Ability, CubeStore, IndexRow, OutboxEntry, StoredEmbedder


class OverlayPassing:
    """The part of the port ``CubeStore`` that goes to ``store`` as it is."""

    def __init__(self, store: CubeStore) -> None:
        self.store = store

    @property
    def capabilities(self) -> frozenset[Ability]:
        """Return what the store declares."""
        return self.store.capabilities

    @property
    def instance_id(self) -> str:
        """Return the store's identity."""
        return self.store.instance_id

    def replay(self, tenant_id: str, key: str, now: datetime) -> Replay | None:
        """Return the record under an idempotency key."""
        return self.store.replay(tenant_id, key, now)

    def spans(
        self, tenant_id: str, numbers: Sequence[int]
    ) -> dict[int, tuple[tuple[int, int], str]]:
        """Return the span and the heading of each of these chunks."""
        return self.store.spans(tenant_id, numbers)

    def head(self, tenant_id: str) -> int:
        """Return the number of the tenant's last journal entry."""
        return self.store.head(tenant_id)

    def checkpoint(self, tenant_id: str, seq: int) -> str | None:
        """Return the journal's hash at ``seq``."""
        return self.store.checkpoint(tenant_id, seq)

    def outbox(self, tenant_id: str, after: int, limit: int) -> list[OutboxEntry]:
        """Return index work above ``after``."""
        return self.store.outbox(tenant_id, after, limit)

    def scan_index(self, tenant_id: str, batch: int = 2000) -> Iterator[list[IndexRow]]:
        """Stream every version that has passages."""
        return self.store.scan_index(tenant_id, batch)

    def journal(self, tenant_id: str, after: int, limit: int) -> list[Entry]:
        """Return journal entries above ``after``."""
        return self.store.journal(tenant_id, after, limit)

    def tenants(self) -> list[str]:
        """Return every tenant that has ever written."""
        return self.store.tenants()

    def embedder(self) -> StoredEmbedder | None:
        """Return the model behind the stored vectors."""
        return self.store.embedder()

    def set_embedder(self, embedder: StoredEmbedder) -> None:
        """Record the model behind the stored vectors."""
        self.store.set_embedder(embedder)

    def replace_vectors(
        self, tenant_id: str, vectors: Sequence[tuple[int, NDArray[np.float32]]]
    ) -> None:
        """Overwrite the vectors of these chunks."""
        self.store.replace_vectors(tenant_id, vectors)

    def verify(self) -> list[str]:
        """Check the rows' own invariants."""
        return self.store.verify()

    def close(self) -> None:
        """Do nothing: the store is not this branch's to close."""
