"""The composition root: the only place where adapters and the core are put together."""

import hmac
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from memory_os.clock import Clock, SystemClock
from memory_os.domain.tokens import TokenCounter, count_tokens
from memory_os.errors import (
    ConfigurationError,
    EmbedderMismatch,
    NotSupported,
    StoreReadOnly,
)
from memory_os.governance.seal import Seal
from memory_os.ids import IdSource, UlidSource
from memory_os.kernel.memory_os import MemoryOS
from memory_os.kernel.parts import Parts, Progress, Rules, silent
from memory_os.ports.cube_store import CubeStore, StoredEmbedder
from memory_os.ports.embedder import Embedder
from memory_os.ports.key_store import KeyStore
from memory_os.ports.mending import Mending
from memory_os.retrieval.analyze import ANALYSER
from memory_os.retrieval.profile import RetrievalProfile
from memory_os_agents.models.langchain_embedder import LangChainEmbedder
from memory_os_agents.models.langchain_model import LangChainModel
from memory_os_agents.models.static_embedder import StaticEmbedder
from memory_os_stores.blob.files import FileBlobStore
from memory_os_stores.blob.in_memory import MemoryBlobStore
from memory_os_stores.recall.indexes import EmbeddedRecallIndexes
from memory_os_stores.sql.store import SqlCubeStore


@dataclass(frozen=True, slots=True)
class Choices:
    """What a caller may choose of an embedded kernel; everything has a default."""

    embeddings: Embeddings | None = None
    language_model: BaseChatModel | None = None
    clock: Clock | None = None
    ids: IdSource | None = None
    secret: bytes | None = None
    busy_timeout_s: float = 10.0
    profile: RetrievalProfile | None = None
    counter: TokenCounter = count_tokens
    rules: Rules | None = None
    progress: Progress | None = None
    entropy: Callable[[int], bytes] = os.urandom


DEFAULTS = Choices()


def open_kernel(url: str, choices: Choices = DEFAULTS, *, reindexing: bool = False) -> MemoryOS:
    """Open the store at ``url`` and put a kernel over it.

    ``reindexing`` opens a store whose vectors come from another embedding model, which is refused
    otherwise.

    Raises:
        StoreError: the store cannot be opened, or holds another model's vectors.
        ModelFailed: the embedding model does not answer.
    """
    clock = choices.clock or SystemClock()
    embedder: Embedder = (
        LangChainEmbedder(choices.embeddings) if choices.embeddings else StaticEmbedder()
    )
    store = SqlCubeStore.open(url, busy_timeout_s=choices.busy_timeout_s)
    try:
        seal = Seal(choices.secret or store.instance_id.encode())
        _sealed(store, seal, url)
        if not reindexing:
            _agree(store, embedder, url)
        indexes = EmbeddedRecallIndexes(
            index_folder(url),
            fingerprint=embedder.fingerprint,
            dimensions=embedder.dimensions,
            analyser=ANALYSER,
        )
    except BaseException:
        store.close()
        raise
    folder = blob_folder(url)
    blobs = FileBlobStore(folder) if folder else MemoryBlobStore()
    parts = Parts(
        store=store,
        indexes=indexes,
        embedder=embedder,
        clock=clock,
        ids=choices.ids or UlidSource(clock, choices.entropy),
        seal=seal,
        snapshots=store.snapshots,
        erasures=store.erasures,
        grants=store.grants,
        branches=store.branches,
        jobs=store.jobs,
        audit=store.audit,
        quotas=store.quotas,
        policies=store.policies,
        aging=store.aging,
        blobs=blobs,
        tensors=store.tensors,
        profile=choices.profile or RetrievalProfile(),
        language_model=LangChainModel(choices.language_model) if choices.language_model else None,
        counter=choices.counter,
        rules=choices.rules or Rules(),
        progress=choices.progress or silent,
    )
    kernel = MemoryOS(parts)
    try:
        kernel.resume_erasures()
    except StoreReadOnly:
        return kernel
    except BaseException:
        kernel.close()
        raise
    return kernel


def key_store(kernel: MemoryOS) -> KeyStore:
    """Return the API keys that lie beside the cubes of ``kernel``.

    Raises:
        NotSupported: its store keeps none.
    """
    store = kernel.parts.store
    if not isinstance(store, SqlCubeStore):
        raise NotSupported("this store keeps no API keys; serve one that does, such as sqlite:///")
    return store.keys


def mending(kernel: MemoryOS) -> Mending:
    """Return the hand that mends the rows of ``kernel``.

    Raises:
        NotSupported: its store has none.
    """
    store = kernel.parts.store
    if not isinstance(store, SqlCubeStore):
        raise NotSupported("this store cannot be mended from here; only one at sqlite:/// can")
    return store.mending


def index_folder(url: str) -> Path | None:
    """Return where snapshots of the indexes lie: beside the file, or nowhere for a store in RAM."""
    return _beside(url, "index")


def blob_folder(url: str) -> Path | None:
    """Return where tensors lie: beside the file, or nowhere for a store in RAM."""
    return _beside(url, "blobs")


def _beside(url: str, suffix: str) -> Path | None:
    path = url.partition(":///")[2].partition("?")[0]
    return Path(f"{path}.{suffix}") if path and path != ":memory:" else None


def _sealed(store: SqlCubeStore, seal: Seal, url: str) -> None:
    """Record the secret of a new store by its mark; refuse another one than the store's."""
    mark, stored = seal.mark(store.instance_id), store.seal_mark()
    if stored is None and all(_signed(store, seal, tenant) for tenant in store.tenants()):
        with suppress(StoreReadOnly):
            store.set_seal_mark(mark)
    elif stored is None or not hmac.compare_digest(stored, mark):
        raise ConfigurationError(
            f"{url!r} was made with another secret: no signature, receipt or hash in it would hold "
            "with this one. Give that one, by MEMORY_OS_SECRET or connect(…, secret=…), or none if "
            "none was given then; it cannot be changed"
        )


def _signed(store: SqlCubeStore, seal: Seal, tenant_id: str) -> bool:
    """Tell whether a tenant's first memory, if it has one, was signed with this secret."""
    for rows in store.scan_index(tenant_id, 1):
        cube, version = rows[0].cube, rows[0].cube.version
        signature = seal.signature(
            tenant_id,
            cube_id=cube.id,
            version=version.number,
            content_hash=version.content_hash,
            source_class=version.origin.source_class,
            trust=version.trust,
        )
        return hmac.compare_digest(signature, version.signature)
    return True


def _agree(store: CubeStore, embedder: Embedder, url: str) -> None:
    """Record the embedder of a new store; refuse another one than the store's."""
    stored = store.embedder()
    mine = StoredEmbedder(embedder.name, embedder.dimensions, embedder.fingerprint)
    if stored is None:
        store.set_embedder(mine)
    elif stored.fingerprint != mine.fingerprint:
        raise EmbedderMismatch(
            f"the vectors in {url!r} were made by {_told(stored)}, not by {_told(mine)}: open it "
            "with that model, or re-embed everything, with the built-in model by memory-os reindex "
            f"--database {url}, with one of your own by connect({url!r}, embeddings=…, "
            "reindex=True)",
            stored=stored.name,
            configured=mine.name,
        )


def _told(model: StoredEmbedder) -> str:
    return f"{model.name!r} ({model.dimensions} dimensions)"
