"""Every exception and result code of the vendors has its place in the tree."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
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
from memory_os_stores.sql.migrations.upgrade import upgrade
from memory_os_stores.sql.store import SqlCubeStore
from memory_os_stores.sql.translate import ADVICE, CLASSES, CODES, VENDOR, translate

NO_ERRORS = {"OK", "ROW", "DONE", "NOTICE", "WARNING"}
FIRST_OF_OTHER_ENUMS = "SQLITE_DENY"


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


def result_codes() -> dict[str, int]:
    """Return SQLite's primary result codes as the driver names them."""
    names = list(vars(sqlite3))
    results = [name for name in names if name.startswith("SQLITE_")]
    codes = results[: results.index(FIRST_OF_OTHER_ENUMS)]
    return {
        name: getattr(sqlite3, name)
        for name in codes
        if name.removeprefix("SQLITE_") not in NO_ERRORS and getattr(sqlite3, name) < 256
    }


def made(kind: type[Exception]) -> Exception:
    """Make an exception, whatever its constructor asks for."""
    error = kind.__new__(kind)
    error.args = ("boom",)
    return error


def with_code(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("boom")
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE_BOOM"
    return error


@pytest.mark.parametrize(
    "kind", [sqlite3.Warning, sqlite3.Error, *below(sqlite3.Error)], ids=lambda kind: kind.__name__
)
def test_every_exception_of_the_driver_is_mapped_by_itself(kind: type[Exception]) -> None:
    assert kind in CLASSES
    assert isinstance(translate(made(kind), "sqlite://"), MemoryOSError)


@pytest.mark.parametrize("kind", list(below(exc.SQLAlchemyError)), ids=lambda kind: kind.__name__)
def test_every_exception_of_sqlalchemy_belongs_to_a_mapped_family(kind: type[Exception]) -> None:
    families = [vendor for vendor in CLASSES if issubclass(kind, vendor)]
    assert families
    assert issubclass(kind, VENDOR)


def test_every_result_code_is_mapped() -> None:
    assert set(result_codes().values()) == set(CODES)


def test_there_is_advice_for_everything() -> None:
    assert {*CODES.values(), *CLASSES.values()} <= set(ADVICE)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StoreReadOnly),
        (sqlite3.SQLITE_FULL, StoreFull),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreCorrupt),
        (sqlite3.SQLITE_NOTADB, StoreCorrupt),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreUnavailable),
        (sqlite3.SQLITE_TOOBIG, TooLarge),
        (9_999_999, StoreError),
    ],
)
def test_a_result_code_decides_with_its_extensions(
    code: int, expected: type[MemoryOSError]
) -> None:
    found = translate(with_code(code), "sqlite:///x.db")
    assert type(found) is expected
    assert "sqlite:///x.db" in found.message
    assert ADVICE[expected] in found.message
    assert found.detail["vendor"] == "SQLITE_BOOM"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sqlite3.ProgrammingError("Cannot operate on a closed database."), StoreUnavailable),
        (sqlite3.ProgrammingError("Incorrect number of bindings"), StoreError),
        (sqlite3.OperationalError("Could not decode to UTF-8 column 'x'"), StoreCorrupt),
        (sqlite3.OperationalError("malformed JSON"), StoreCorrupt),
        (OverflowError("Python int too large to convert to SQLite INTEGER"), InvalidInput),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), InvalidInput),
        (exc.NoSuchModuleError("no dialect"), ConfigurationError),
        (exc.OperationalError("SELECT", {}, with_code(sqlite3.SQLITE_BUSY)), StoreBusy),
    ],
)
def test_an_exception_without_a_code_is_judged_by_class_and_words(
    error: Exception, expected: type[MemoryOSError]
) -> None:
    assert type(translate(error, "sqlite://")) is expected


def test_what_cannot_be_opened_for_writing_is_read_only(tmp_path: Path) -> None:
    error = with_code(sqlite3.SQLITE_CANTOPEN)
    assert type(translate(error, "sqlite:///x.db", tmp_path / "x.db")) is StoreUnavailable


def test_alembic_refusing_is_a_store_error() -> None:
    store = SqlCubeStore.open("sqlite://")
    with store._database.writing() as lane, pytest.raises(StoreError, match="cannot be upgraded"):
        upgrade(lane.connection, "9999")
    store.close()
