"""``sqlite://``: the kernel in this process."""

from typing import TypedDict, Unpack

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel

from memory_os.clock import Clock
from memory_os.domain.access import DEFAULT_TENANT, Principal
from memory_os.domain.scope import check_id
from memory_os.domain.tokens import TokenCounter
from memory_os.errors import ConfigurationError
from memory_os.ids import IdSource
from memory_os.kernel.memory_os import KernelConnector
from memory_os.kernel.parts import Progress, Rules
from memory_os_api.connectors.options import refuse_unknown
from memory_os_api.container import Choices, open_kernel
from memory_os_api.doctor.reindexing import reindex as embed_anew
from memory_os_api.doctor.reindexing import same_embedder
from memory_os_api.progress import progress_of


class Options(TypedDict, total=False):
    """Options of ``connect`` for a store that this process opens itself."""

    embeddings: Embeddings | None
    language_model: BaseChatModel | None
    clock: Clock | None
    ids: IdSource | None
    secret: bytes | None
    busy_timeout_s: float
    counter: TokenCounter
    progress: Progress | None


def connect(
    url: str,
    *,
    tenant: str = DEFAULT_TENANT,
    reindex: bool = False,
    follow_up: bool = False,
    **options: Unpack[Options],
) -> KernelConnector:
    """Open an embedded store for its local principal, who may do everything in ``tenant``.

    With ``reindex`` a store whose vectors come from another embedding model is embedded anew,
    every tenant of it, before the call returns; nobody else may have it open meanwhile. With
    ``follow_up`` writes queue the background work that they cause, for a worker to do.
    """
    refuse_unknown(url, options, (*Options.__annotations__, "tenant", "reindex", "follow_up"))
    check_id("tenant", tenant)
    given = options.get("progress")
    if given is not None and not callable(given):
        raise ConfigurationError(f"progress must be a function or None, not {given!r:.100}")
    options["progress"] = progress_of(given, unset="progress" not in options)
    choices = Choices(**options, rules=Rules(follow_up=follow_up))
    kernel = open_kernel(url, choices, reindexing=reindex)
    try:
        if reindex and not same_embedder(kernel):
            embed_anew(kernel)
    except BaseException:
        kernel.close()
        raise
    return KernelConnector(kernel, Principal(tenant), owns=True)
