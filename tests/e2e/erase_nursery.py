"""A process that imports everything once and forks children that stop in the middle of erasing.

Protocol: a line on standard input is a stage, a database and ids; the child erases these and, at
that stage, writes its process id to standard output and waits to be killed.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import memory_os
from memory_os.kernel.memory_os import KernelConnector, MemoryOS
from memory_os_stores.sql import erasures as rows
from tests.unit.kernel.stage import WordEmbeddings


def places(kernel: MemoryOS) -> dict[str, tuple[Any, str]]:
    """Return, by stage, the object and the name of the step before which a child stops."""
    erasing = kernel.erasing
    return {
        "held": (erasing._rebuilding, "rebuild"),
        "rebuilt": (kernel.parts.erasures, "remove"),
        "burying": (rows, "_bury"),
        "deleting": (rows, "_forget_reasons"),
        "removed": (kernel.indexing, "forget"),
        "forgotten": (erasing._proving, "proven"),
        "scrubbing": (rows, "scrub"),
        "proven": (kernel.parts.erasures, "keep"),
    }


def stopping() -> Callable[..., Any]:
    """Return what stands in for a step: the process tells that it is there, and waits."""

    def stop(*_args: object, **_options: object) -> None:
        os.write(1, f"{os.getpid()}\n".encode())
        signal.pause()

    return stop


def live(stage: str, url: str, *ids: str) -> None:
    """Erase until the stage."""
    memory = memory_os.connect(url, embeddings=WordEmbeddings())
    assert isinstance(memory.connector, KernelConnector)
    where, name = places(memory.connector.kernel)[stage]
    setattr(where, name, stopping())
    memory.erase(ids, reason="asked")


def main() -> None:
    """Start a child for each line, and see it end."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(*line.split())
            os._exit(1)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
