"""Connections to one database: a writer, and as many readers as threads read at once."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, NullPool, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from memory_os.errors import ConfigurationError, StoreBusy, StoreUnavailable
from memory_os_stores.sql.functions import register
from memory_os_stores.sql.translate import VENDOR, translate

CHECKPOINT_PAGES = 4_000
"""Pages of write-ahead log before it is copied back: fewer, longer pauses than the default."""

OLDEST_SQLITE = (3, 38)
"""The first release with the operator that reads a part of a JSON text as text."""

_KEPT_READERS = 16
_RETRY_S = 0.01


@dataclass(frozen=True, slots=True)
class Lane:
    """One connection: SQLAlchemy's for queries made at run time, the driver's for compiled ones."""

    connection: Connection
    driver: sqlite3.Connection

    def rows(self, text: str, binds: tuple[Any, ...] = ()) -> list[Any]:
        """Run a compiled query and return its rows."""
        return self.driver.execute(text, binds).fetchall()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class Database:
    """Open a SQLite database, in a file or in memory, and hand out its connections.

    Writers of this process queue on a lock instead of on SQLite's, which is polled. A database in
    memory lives on a single connection that all threads take turns on.
    """

    dialect = "sqlite"

    def __init__(self, url: str, busy_timeout_s: float) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise ConfigurationError(
                f"Python's SQLite is {sqlite3.sqlite_version}, older than "
                f"{'.'.join(map(str, OLDEST_SQLITE))}; use a newer build of Python"
            )
        self.url = url
        self.path, self.read_only = _place(url)
        self.busy_timeout_s = busy_timeout_s
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        self._turn = threading.RLock()
        self._readers: deque[Lane] = deque()
        self._closed = False
        with self._translated():
            self._writer = self._lane()

    @property
    def in_memory(self) -> bool:
        """Tell whether the rows die with this object."""
        return self.path is None

    def log_ahead(self) -> None:
        """Switch the file to write-ahead logging, patiently: another process may be at it."""
        if self.in_memory or self.read_only:
            return
        deadline = time.monotonic() + self.busy_timeout_s
        while True:
            try:
                self._writer.rows("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if time.monotonic() > deadline or not _busy(error):
                    raise translate(error, self.url, self.path) from error
                time.sleep(_RETRY_S)

    @contextmanager
    def writing(self) -> Iterator[Lane]:
        """Hold the writer in a transaction: committed at the end, rolled back on any error."""
        if not self._turn.acquire(timeout=self.busy_timeout_s):
            raise StoreBusy(
                f"{self.url!r}: another thread has been writing for over "
                f"{self.busy_timeout_s} s; try again"
            )
        try:
            lane = self._open_writer()
            driver = lane.driver
            try:
                driver.execute("BEGIN IMMEDIATE")
                yield lane
                driver.execute("COMMIT")
            except BaseException:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                raise
        except VENDOR as error:
            raise translate(error, self.url, self.path) from error
        finally:
            self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Lane]:
        """Hold a connection for reading."""
        if self.path is None:
            with self._turn, self._translated():
                yield self._open_writer()
            return
        with self._translated():
            lane = self._take()
            try:
                yield lane
            finally:
                self._put(lane)

    @contextmanager
    def snapshot(self) -> Iterator[Lane]:
        """Hold a connection whose queries all see the same moment."""
        with self.reading() as lane:
            lane.driver.execute("BEGIN")
            try:
                yield lane
            finally:
                lane.driver.execute("COMMIT")

    def close(self) -> None:
        """Close every connection; those in use close when they are put back."""
        with self._turn:
            if self._closed:
                return
            self._closed = True
            while self._readers:
                self._readers.pop().close()
            self._writer.close()
            self._engine.dispose()

    def _open_writer(self) -> Lane:
        if self._closed:
            raise StoreUnavailable(f"{self.url!r} was closed; open it again")
        return self._writer

    def _take(self) -> Lane:
        self._open_writer()
        try:
            return self._readers.pop()
        except IndexError:
            return self._lane()

    def _put(self, lane: Lane) -> None:
        if self._closed or len(self._readers) >= _KEPT_READERS:
            lane.close()
        else:
            self._readers.append(lane)

    def _lane(self) -> Lane:
        connection = self._engine.connect()
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(f"{driver!r} is no SQLite connection")
        return Lane(connection, driver)

    def _connect(self) -> sqlite3.Connection:
        target = ":memory:" if self.path is None else self.path.absolute().as_uri()
        mode = "?mode=ro" if self.read_only else ""
        driver = sqlite3.connect(
            target + mode,
            uri=self.path is not None,
            timeout=self.busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            for pragma in (
                "foreign_keys = ON",
                "synchronous = FULL",
                "secure_delete = ON",
                "trusted_schema = OFF",
                "temp_store = MEMORY",
                f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
            ):
                driver.execute(f"PRAGMA {pragma}")
            register(driver)
        except BaseException:
            driver.close()
            raise
        return driver

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except VENDOR as error:
            raise translate(error, self.url, self.path) from error


def _place(url: str) -> tuple[Path | None, bool]:
    """Return the file of a ``sqlite`` URL, nothing for memory, and whether it is read-only."""
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise ConfigurationError(f"{url!r} is no database URL; write sqlite:///file.db") from error
    if parsed.get_backend_name() != "sqlite" or parsed.host:
        raise ConfigurationError(f"{url!r} is not supported; write sqlite:///file.db or sqlite://")
    read_only = _mode(url, parsed) == "ro"
    if parsed.database in (None, "", ":memory:"):
        return None, False
    return Path(str(parsed.database)), read_only


def _mode(url: str, parsed: URL) -> str:
    options = dict(parsed.query)
    mode = options.pop("mode", "rwc")
    if options or mode not in ("ro", "rwc"):
        raise ConfigurationError(f"{url!r} has an unknown option; only ?mode=ro is known")
    return str(mode)


def _busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
