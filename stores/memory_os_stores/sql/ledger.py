"""One transaction's place in a tenant's sequence, and the rows it is about to insert."""

import sqlite3
from dataclasses import dataclass, field, replace
from datetime import datetime
from secrets import token_hex

from pydantic_core import to_json

from memory_os.clock import to_micros
from memory_os.domain.cube import Cube
from memory_os.domain.journal import GENESIS, Note, chain
from memory_os.domain.writing import Passage
from memory_os.errors import AlreadyExists
from memory_os.ports.cube_store import ChangeKind
from memory_os_stores.sql.codec import Row
from memory_os_stores.sql.database import Lane
from memory_os_stores.sql.vectors import pack
from memory_os_stores.sql.writes import Changes, Inserts

FIRST_CHUNK = 1


@dataclass(slots=True)
class Ledger:
    """Number journal entries and chunks, chain the hashes, insert rows in bulk.

    Rows wait until ``flush`` and then go in parents first, many at a time.
    """

    lane: Lane
    tenant_id: str
    at: datetime
    insert: Inserts
    change: Changes
    seq: int = 0
    next_chunk: int = FIRST_CHUNK
    hash: str = GENESIS
    known: bool = False
    _cubes: list[Row] = field(default_factory=list)
    _versions: list[Row] = field(default_factory=list)
    _chunks: list[Row] = field(default_factory=list)
    _states: list[Row] = field(default_factory=list)
    _edges: list[Row] = field(default_factory=list)
    _entries: list[Row] = field(default_factory=list)
    _work: list[Row] = field(default_factory=list)

    def add_cube(self, row: Row) -> None:
        """Insert a row of ``cubes``."""
        self._cubes.append(row)

    def add_version(self, row: Row) -> None:
        """Insert a row of ``versions``."""
        self._versions.append(row)

    def add_parents(self, cube: Cube) -> None:
        """Insert what the version was made from, other memories only."""
        for parent in cube.version.parents:
            if parent.cube_id != cube.id:
                self._edges.append((self.tenant_id, parent.cube_id, cube.id, parent.role))

    def add_state(self, row: Row) -> None:
        """Insert a governance that a cube has left."""
        self._states.append((self.tenant_id, row[0], self.seq + 1, *row[1:]))

    def add_passages(self, cube: Cube, passages: tuple[Passage, ...], *, live: bool) -> None:
        """Insert a new version's passages: live from when it was recorded, or not at all."""
        since = to_micros(cube.version.recorded_at)
        until = None if live else since
        for passage in passages:
            start, stop = passage.span
            self.add_chunk(
                (cube.id, cube.version.number),
                (
                    passage.ordinal,
                    start,
                    stop,
                    passage.heading,
                    passage.tokens,
                    pack(passage.vector),
                ),
                (since, until),
            )

    def add_chunk(self, version: Row, passage: Row, live: Row) -> None:
        """Insert a chunk under the next number."""
        self._chunks.append((self.tenant_id, self.next_chunk, *version, *passage, *live))
        self.next_chunk += 1

    def record(self, note: Note, kind: ChangeKind, cube_id: str, version: int, at: int) -> None:
        """Journal ``note`` and ask the indexes for ``kind``, under one number."""
        self.seq += 1
        if note.reason:
            note = replace(note, salt=token_hex(16))
        entry = chain(note, seq=self.seq, at=self.at, prev=self.hash)
        self.hash = entry.hash
        targets = to_json(note.targets).decode()
        self._entries.append(
            (
                self.tenant_id,
                self.seq,
                to_micros(self.at),
                note.actor,
                note.action,
                targets,
                note.reason,
                note.salted,
                bytes.fromhex(entry.hash),
                note.salt,
                note.sealed,
            )
        )
        self._work.append((self.tenant_id, self.seq, kind.value, cube_id, version, at))

    def settle(self) -> None:
        """Insert the cubes, versions and chunks that wait, for a change to see them."""
        if self._cubes or self._versions or self._chunks:
            self.flush()

    def flush(self) -> None:
        """Insert everything that waits.

        Raises:
            AlreadyExists: a cube's id, or its external id in its scope, is taken.
        """
        insert, driver = self.insert, self.lane.driver
        try:
            _put(driver, insert.cube, self._cubes)
        except sqlite3.IntegrityError as error:
            raise self._taken() from error
        for text, rows in (
            (insert.version, self._versions),
            (insert.chunk, self._chunks),
            (insert.state, self._states),
            (insert.edge, self._edges),
            (insert.entry, self._entries),
            (insert.work, self._work),
        ):
            _put(driver, text, rows)
        self._cubes.clear()

    def _taken(self) -> AlreadyExists:
        """Name what is taken, not by whom: the caller may not be allowed to know."""
        for row in self._cubes:
            cube_id, external_id, branch = row[1], row[9], row[-2]
            place = (self.tenant_id, row[8], external_id, branch)
            for (holder,) in self.lane.rows(self.change.holder, place):
                if holder != cube_id:
                    return AlreadyExists(
                        f"external id {external_id!r} is taken in this scope by another memory",
                        external_id=external_id,
                    )
        return AlreadyExists("a memory with one of these ids is there already")


def _put(driver: sqlite3.Connection, text: str, rows: list[Row]) -> None:
    if len(rows) == 1:
        driver.execute(text, rows[0])
    elif rows:
        driver.executemany(text, rows)
    rows.clear()
