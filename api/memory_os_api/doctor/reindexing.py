"""Embedding everything anew."""

from dataclasses import dataclass

from memory_os.kernel.entries import entry
from memory_os.kernel.memory_os import MemoryOS
from memory_os.kernel.veiling import Veil
from memory_os.ports.cube_store import IndexRow, StoredEmbedder
from memory_os.retrieval.chunking import Cut
from memory_os_api.doctor.mending import mend

UNFINISHED = "unfinished re-index"


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What a re-index did."""

    tenants: int
    passages: int
    was: str
    now: str


def same_embedder(kernel: MemoryOS) -> bool:
    """Tell whether the store's vectors are the kernel's embedder's."""
    stored = kernel.parts.store.embedder()
    return stored is not None and stored.fingerprint == kernel.parts.embedder.fingerprint


def reindex(kernel: MemoryOS) -> Reindexed:
    """Embed every passage with the kernel's embedder, a batch a transaction, then rebuild.

    While it runs, and after it was cut short, the store is marked so that no embedder opens it:
    old and new vectors are never compared. Running it again starts over and ends the same.
    The kernel must have been opened for re-indexing, and nobody else may write meanwhile.
    """
    parts = kernel.parts
    store, embedder = parts.store, parts.embedder
    stored = store.embedder()
    was = stored.name if stored else ""
    mine = StoredEmbedder(embedder.name, embedder.dimensions, embedder.fingerprint)
    name = was if was.startswith(UNFINISHED) else f"{UNFINISHED} from {was} to {mine.name}"
    store.set_embedder(StoredEmbedder(name, mine.dimensions, f"unfinished:{mine.fingerprint}"))
    passages, tenants = 0, store.tenants()
    for tenant_id in tenants:
        parts.indexes.drop(tenant_id)
        mend(kernel, tenant_id)
        for rows in store.scan_index(tenant_id, parts.rules.embed_batch):
            passages += _batch(kernel, tenant_id, rows)
            parts.progress(f"embedding {tenant_id}", passages, 0)
        parts.progress(f"embedding {tenant_id}", max(passages, 1), max(passages, 1))
    store.set_embedder(mine)
    for tenant_id in tenants:
        kernel.indexing.rebuild(tenant_id)
    return Reindexed(len(tenants), passages, was, mine.name)


def _batch(kernel: MemoryOS, tenant_id: str, rows: list[IndexRow]) -> int:
    numbers, texts = list[int](), list[str]()
    veil = Veil(kernel.parts)
    for row in rows:
        text = row.cube.text
        for stored in row.passages:
            passage = stored.passage
            part = Cut(passage.span, passage.heading, passage.tokens)
            numbers.append(stored.number)
            embedded = entry(row.cube.payload, text, part).embedded
            texts += veil.embeddable(tenant_id, row.cube.scope, [embedded])
    if texts:
        vectors = kernel.parts.embedder.embed(texts)
        pairs = list(zip(numbers, vectors, strict=True))
        kernel.parts.store.replace_vectors(tenant_id, pairs)
    return len(texts)
