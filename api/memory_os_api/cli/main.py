"""The entry point: runs a command, turns every error into one line and an exit code."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from memory_os_api.cli.app import build
from memory_os_api.cli.exits import BROKEN, INTERRUPTED, MISUSE, OK
from memory_os_api.cli.loading import work

JSON = "--json"


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``memory-os`` and leave the process with its exit code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(words: Sequence[str]) -> int:
    """Run a command line and return its exit code; nothing is raised."""
    as_json = JSON in words
    try:
        build(words)(args=list(words), prog_name="memory-os")
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else OK if left.code is None else BROKEN
        if as_json and code == MISUSE:
            work("telling").misused()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # whatever it is, the caller gets one line
        return int(work("telling").tell(error, as_json=as_json))
    return OK
