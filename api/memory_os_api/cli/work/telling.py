"""Telling an error: one line for people, a problem document for programs, an exit code for both."""

import json
import os
import sys

from memory_os.errors import (
    AccessDenied,
    ConfigurationError,
    Conflict,
    InvalidInput,
    MemoryOSError,
    NotFound,
    NotSupported,
    QuotaExhausted,
    RateLimited,
    Unauthenticated,
)
from memory_os_api.cli.exits import BROKEN, DENIED, MISUSE, REFUSED, UNKNOWN

TRACEBACK = "MEMORY_OS_TRACEBACK"
_LONGEST = 2_000

_CODES: tuple[tuple[tuple[type[MemoryOSError], ...], int], ...] = (
    ((InvalidInput, ConfigurationError, NotSupported), MISUSE),
    ((NotFound,), UNKNOWN),
    ((Conflict,), REFUSED),
    ((Unauthenticated, AccessDenied, RateLimited, QuotaExhausted), DENIED),
)


def exit_code(error: MemoryOSError) -> int:
    """Return the exit code for ``error``: 3 for stores, services and models."""
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), BROKEN)


def tell(error: Exception, *, as_json: bool) -> int:
    """Print ``error`` and return the exit code; a fault of our own is re-raised when asked for."""
    if isinstance(error, MemoryOSError):
        _print(error.code, error.message, dict(error.detail), as_json=as_json)
        return exit_code(error)
    if os.environ.get(TRACEBACK):
        raise error
    what = f"{type(error).__name__}: {error}; set {TRACEBACK}=1 to see where"
    _print("error", what, {}, as_json=as_json)
    return BROKEN


def misused() -> None:
    """Print the problem document for a command line that was explained on standard error."""
    _document("invalid_input", "the command line is wrong; standard error says how", {})


def _print(code: str, message: str, facts: dict[str, object], *, as_json: bool) -> None:
    line = " ".join(message.split())[:_LONGEST]
    sys.stderr.write(f"memory-os: {line} [{code}]\n")
    if as_json:
        _document(code, message, facts)


def _document(code: str, message: str, facts: dict[str, object]) -> None:
    problem = {
        **facts,
        "type": f"urn:memory-os:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "detail": message,
        "code": code,
    }
    sys.stdout.write(json.dumps(problem, default=str) + "\n")
