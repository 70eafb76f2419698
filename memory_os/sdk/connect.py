"""One door: a URL in, memory out."""

from importlib.metadata import entry_points
from typing import Any

from memory_os.errors import ConfigurationError
from memory_os.ports.connector import Connector
from memory_os.sdk.async_memory import AsyncMemory
from memory_os.sdk.memory import Memory

GROUP = "memory_os.connectors"


def connect(url: str = "sqlite:///memory.db", **options: Any) -> Memory:
    """Open memory at ``url``.

    ``sqlite:///file.db`` is an embedded store in a file, ``sqlite://`` one in this process's
    memory, ``http://…`` or ``https://…`` a service. Any package can add a scheme through the
    entry-point group ``memory_os.connectors``.

    Options of embedded stores: ``tenant``, ``embeddings`` (any LangChain ``Embeddings``),
    ``reindex`` (embed everything anew if the store's vectors come from another model),
    ``language_model`` (any LangChain chat model, for ``infer=True``), ``clock``, ``ids``,
    ``secret``, ``busy_timeout_s``, ``counter``, ``progress``, ``follow_up`` (queue the background
    work that writes cause, for a worker of another process). Of services: ``api_key``,
    ``timeouts`` (seconds, or ``Timeouts``), ``retries`` (how often, or ``Retries``).

    Raises:
        ConfigurationError: an unknown scheme or option, or a package that is not installed.
        StoreError: the store cannot be opened; the message says why and what to do.
    """
    url = str(url)
    scheme = url.partition(":")[0].partition("+")[0].lower()
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if "://" not in url or scheme not in found:
        known = ", ".join(sorted(f"{name}://" for name in found)) or "none is installed"
        raise ConfigurationError(
            f"no connector for {scheme if '://' in url else url!r}: use one of {known}"
        )
    connector: Connector = found[scheme].load()(url, **options)
    return Memory(connector)


def connect_async(url: str = "sqlite:///memory.db", **options: Any) -> AsyncMemory:
    """Open memory at ``url`` for asyncio code; see ``connect``."""
    return AsyncMemory(connect(url, **options))
