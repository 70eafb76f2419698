"""Errors of SQLite, SQLAlchemy and Alembic in the words of the tree."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import exc

from memory_os.errors import (
    ConfigurationError,
    InvalidInput,
    MemoryOSError,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
    TooLarge,
)

CODES: Mapping[int, type[MemoryOSError]] = {
    sqlite3.SQLITE_ERROR: StoreError,
    sqlite3.SQLITE_INTERNAL: StoreError,
    sqlite3.SQLITE_PERM: StoreUnavailable,
    sqlite3.SQLITE_ABORT: StoreError,
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_NOMEM: StoreUnavailable,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_INTERRUPT: StoreError,
    sqlite3.SQLITE_IOERR: StoreUnavailable,
    sqlite3.SQLITE_CORRUPT: StoreCorrupt,
    sqlite3.SQLITE_NOTFOUND: StoreError,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_CANTOPEN: StoreUnavailable,
    sqlite3.SQLITE_PROTOCOL: StoreBusy,
    sqlite3.SQLITE_EMPTY: StoreError,
    sqlite3.SQLITE_SCHEMA: StoreError,
    sqlite3.SQLITE_TOOBIG: TooLarge,
    sqlite3.SQLITE_CONSTRAINT: StoreError,
    sqlite3.SQLITE_MISMATCH: StoreError,
    sqlite3.SQLITE_MISUSE: StoreError,
    sqlite3.SQLITE_NOLFS: StoreUnavailable,
    sqlite3.SQLITE_AUTH: StoreUnavailable,
    sqlite3.SQLITE_FORMAT: StoreCorrupt,
    sqlite3.SQLITE_RANGE: StoreError,
    sqlite3.SQLITE_NOTADB: StoreCorrupt,
}
"""What each primary result code of SQLite becomes (sqlite.org/rescode.html)."""

ADVICE: Mapping[type[MemoryOSError], str] = {
    StoreBusy: "another writer holds it; try again, or raise the busy timeout",
    StoreReadOnly: "nothing was written; make the file and its folder writable, "
    "or open it with ?mode=ro to read it alone",
    StoreFull: "the disk is full and the transaction was rolled back; free some space",
    StoreCorrupt: "the file is damaged or is no database; restore it from a backup",
    StoreUnavailable: "check that its folder exists and may be read and written",
    TooLarge: "it is more than the database takes at once; split it",
    StoreError: "nothing acknowledged is lost; this is a defect worth reporting",
    ConfigurationError: "correct the URL or install what it needs",
    InvalidInput: "nothing was written",
}
"""What to do about each."""

CLASSES: Mapping[type[Exception], type[MemoryOSError]] = {
    sqlite3.InterfaceError: StoreError,
    sqlite3.DataError: InvalidInput,
    sqlite3.IntegrityError: StoreError,
    sqlite3.InternalError: StoreError,
    sqlite3.NotSupportedError: StoreError,
    sqlite3.ProgrammingError: StoreError,
    sqlite3.OperationalError: StoreCorrupt,
    sqlite3.DatabaseError: StoreCorrupt,
    sqlite3.Error: StoreError,
    sqlite3.Warning: StoreError,
    exc.ArgumentError: ConfigurationError,
    exc.CircularDependencyError: StoreError,
    exc.CompileError: StoreError,
    exc.DisconnectionError: StoreUnavailable,
    exc.IdentifierError: StoreError,
    exc.InvalidRequestError: StoreError,
    exc.StatementError: StoreError,
    exc.TimeoutError: StoreBusy,
    OverflowError: InvalidInput,
    UnicodeError: InvalidInput,
}
"""What an exception without a result code becomes; the first class that fits decides. Python's
sqlite3 raises a bare ``OperationalError`` for text that is not UTF-8.
"""

VENDOR = (sqlite3.Error, sqlite3.Warning, exc.SQLAlchemyError, OverflowError, UnicodeError)
"""What an adapter's calls may raise."""

_CLOSED = "closed database"
_BROKEN_JSON = "malformed JSON"
_TOO_MUCH = ("too many SQL variables", "Expression tree is too large", "parser stack overflow")


def translate(error: Exception, url: str, path: Path | None = None) -> MemoryOSError:
    """Return the error of the tree that stands for ``error``, raised while using ``url``."""
    original = getattr(error, "orig", None)
    if isinstance(original, Exception):
        return translate(original, url, path)
    kind = _kind(error)
    if kind is StoreUnavailable and path is not None and _not_writable(path):
        kind = StoreReadOnly
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return kind(f"{url!r}: {error} ({name}); {ADVICE[kind]}", vendor=name)


def _kind(error: Exception) -> type[MemoryOSError]:
    if _CLOSED in str(error):
        return StoreUnavailable
    if _BROKEN_JSON in str(error):
        return StoreCorrupt
    if str(error).startswith(_TOO_MUCH):
        return TooLarge
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return CODES.get(code & 0xFF, StoreError)
    fitting = (to for vendor, to in CLASSES.items() if isinstance(error, vendor))
    return next(fitting, StoreError)


def _not_writable(path: Path) -> bool:
    return path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
