"""Making SQLite let go of what was deleted, and looking whether it has.

``secure_delete`` overwrites what is deleted with zeros, so pages that hold no rows hold nothing at
all. What this writes lies in the write-ahead log first; ``TRUNCATE`` copies it back and empties
the log. See https://www.sqlite.org/fileformat2.html#the_freelist for the layout.
"""

import struct
from pathlib import Path
from typing import BinaryIO

from memory_os_stores.sql.database import Database

_HEADER = 100
_SAMPLES = {
    "sqlite_stat3": ("SELECT 1 FROM sqlite_stat3 LIMIT 1", "DELETE FROM sqlite_stat3"),
    "sqlite_stat4": ("SELECT 1 FROM sqlite_stat4 LIMIT 1", "DELETE FROM sqlite_stat4"),
}


def scrub(database: Database) -> list[str]:
    """Empty the log, forget sampled values, and return what still holds deleted rows."""
    found: list[str] = []
    with database.reading() as lane:
        if lane.rows("PRAGMA secure_delete")[0][0] != 1:
            found.append("deleted rows are not overwritten: secure_delete is off")
    if database.path is None:
        return found
    _forget_statistics(database)
    with database.reading() as lane:
        busy = lane.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
    if busy:
        found.append("another connection keeps the write-ahead log from being emptied")
    elif _dirty(database.path):
        found.append("a free page of the database is not blank")
    return found


def _forget_statistics(database: Database) -> None:
    """Empty the tables that hold samples of indexed values; the counts beside them stay."""
    with database.reading() as lane:
        there = {row[0] for row in lane.rows("SELECT name FROM sqlite_master")}
        filled = [
            drop
            for name, (any_row, drop) in _SAMPLES.items()
            if name in there and lane.rows(any_row)
        ]
    for drop in filled:
        with database.writing() as lane:
            lane.driver.execute(drop)


def _dirty(path: Path) -> bool:
    """Tell whether any byte of a free page is set, but for the list of free pages itself."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
        if len(header) < _HEADER:
            return False
        size = int.from_bytes(header[16:18]) or 1
        size = 65_536 if size == 1 else size
        trunk = int.from_bytes(header[32:36])
        while trunk:
            page = _page(file, trunk, size)
            following, count = struct.unpack(">II", page[:8])
            leaves = struct.unpack(f">{count}I", page[8 : 8 + 4 * count])
            if any(page[8 + 4 * count :]):
                return True
            if any(any(_page(file, leaf, size)) for leaf in leaves):
                return True
            trunk = following
    return False


def _page(file: BinaryIO, number: int, size: int) -> bytes:
    file.seek((number - 1) * size)
    return file.read(size)
