"""The journal for auditors, and signed heads, in SQL: the port ``AuditStore``."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import LargeBinary, Select, cast, func, insert, select

from memory_os.clock import from_micros, to_micros
from memory_os.domain.audit import Head, Line, Sighting, following, in_order
from memory_os.domain.journal import GENESIS, Entry, Note
from memory_os.errors import StoreCorrupt
from memory_os.ports.audit_store import Whole
from memory_os_stores.head_file import HeadFile
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.oversight_tables import journal_heads
from memory_os_stores.sql.tables import journal, tenants
from memory_os_stores.sql.writing import Writer

_PAGE = 5_000
_TEXTS = ("actor", "action", "targets", "reason", "salted", "salt", "sealed")


class SqlAuditStore:
    """Read journals beside the cubes; heads lie in a table and in a file beside the database."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        path = database.path
        self._file = None if path is None else HeadFile(Path(f"{path}.heads"))

    def sightings(self, tenant_id: str, wanted: Sighting, after: int, limit: int) -> list[Entry]:
        """Return the entries above ``after`` that are wanted; see the port."""
        query = _raw().where(journal.c.tenant_id == tenant_id, journal.c.seq > after)
        for column, value in (
            (journal.c.actor, wanted.actor),
            (journal.c.action, wanted.action),
        ):
            if value is not None:
                query = query.where(column == value)
        if wanted.target is not None:
            named = json.dumps(wanted.target, ensure_ascii=False)
            query = query.where(func.instr(journal.c.targets, named) > 0)
        if wanted.since is not None:
            query = query.where(journal.c.at >= to_micros(wanted.since))
        if wanted.until is not None:
            query = query.where(journal.c.at < to_micros(wanted.until))
        query = query.order_by(journal.c.seq).limit(limit)
        before = journal.alias("before")
        prior = (
            select(before.c.hash)
            .where(before.c.tenant_id == journal.c.tenant_id, before.c.seq == journal.c.seq - 1)
            .scalar_subquery()
        )
        with self._database.reading() as lane:
            rows = lane.connection.execute(query.add_columns(prior)).all()
        return [_sound(_line(row[:-1], row[-1])) for row in rows]

    @contextmanager
    def whole(self, tenant_id: str) -> Iterator[Whole]:
        """Hold the journal as it lies at one moment; see the port."""
        with self._database.snapshot() as lane:
            yield Whole(_last(lane, tenant_id), _heads(lane, tenant_id), _lines(lane, tenant_id))

    def last(self, tenant_id: str) -> tuple[int, str] | None:
        """Return where the journal ends; see the port."""
        with self._database.reading() as lane:
            return _last(lane, tenant_id)

    def written(self) -> list[str]:
        """Return the tenants that this object wrote for; see the port."""
        return sorted(self._writer.unsigned)

    def keep_head(self, head: Head) -> bool:
        """Keep a signed head in both places; see the port."""
        with self._database.writing() as lane:
            beside = _heads(lane, head.tenant_id)
            every = in_order((*beside, *self._apart(head.tenant_id)))
            if head.seq not in {known.seq for known in beside}:
                if head not in every:
                    if following(every, head) != head:
                        return False
                    self._mend(lane, beside, every)
                    if self._file is not None:
                        self._file.append(head)
                lane.connection.execute(insert(journal_heads).values(_row(head)))
        self._writer.unsigned.discard(head.tenant_id)
        return True

    def _mend(self, lane: Lane, beside: list[Head], every: list[Head]) -> None:
        """Keep beside the journal the one head that a program was killed in keeping."""
        last = every[-1] if every else None
        if last is not None and every[:-1] == beside and last.seq not in {h.seq for h in beside}:
            lane.connection.execute(insert(journal_heads).values(_row(last)))

    def signed(self, tenant_id: str) -> list[Head]:
        """Return the heads of both places together; see the port."""
        return in_order((*self.heads(tenant_id), *self._apart(tenant_id)))

    def heads(self, tenant_id: str, *, settled: bool = False) -> list[Head]:
        """Return the heads that lie beside the journal; see the port."""
        waits = settled and not self._database.read_only
        with self._database.writing() if waits else self._database.reading() as lane:
            return _heads(lane, tenant_id)

    def _apart(self, tenant_id: str) -> list[Head]:
        return [] if self._file is None else self._file.heads(tenant_id)

    def heads_apart(self, tenant_id: str) -> list[Head] | None:
        """Return the heads in the file; see the port."""
        return None if self._file is None else self._file.heads(tenant_id)


def _row(head: Head) -> dict[str, Any]:
    return {
        "tenant_id": head.tenant_id,
        "seq": head.seq,
        "hash": bytes.fromhex(head.hash),
        "at": to_micros(head.at),
        "signature": head.signature,
        "number": head.number,
        "prev": head.prev,
    }


def _last(lane: Lane, tenant_id: str) -> tuple[int, str] | None:
    query = select(tenants.c.seq, tenants.c.hash).where(tenants.c.tenant_id == tenant_id)
    found = lane.connection.execute(query).first()
    return None if found is None else (int(found[0]), _hex(found[1]))


def _heads(lane: Lane, tenant_id: str) -> list[Head]:
    query = (
        select(journal_heads)
        .where(journal_heads.c.tenant_id == tenant_id)
        .order_by(journal_heads.c.seq)
    )
    return [_head(row) for row in lane.connection.execute(query).mappings()]


def _lines(lane: Lane, tenant_id: str) -> Iterator[Line]:
    after, prev = -1, None
    while True:
        query = _raw().where(journal.c.tenant_id == tenant_id, journal.c.seq > after)
        rows = lane.connection.execute(query.order_by(journal.c.seq).limit(_PAGE)).all()
        for row in rows:
            yield _line(row, prev)
            prev = row[-1]
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def _raw() -> Select[Any]:
    """Select entries with their texts as bytes: damaged ones must be read, to be named."""
    texts = [cast(journal.c[name], LargeBinary).label(name) for name in _TEXTS]
    return select(journal.c.seq, journal.c.at, *texts, journal.c.hash)


def _line(row: Any, prev: Any) -> Line:
    seq, at, *texts, digest = row
    try:
        actor, action, targets, *said = (bytes(text).decode() for text in texts)
        note = Note(actor, action, tuple(from_json(targets)), *said)
        before = GENESIS if prev is None else _hex(prev)
        return Line(seq, Entry(seq, from_micros(at), note, before, _hex(digest)))
    except (ValueError, TypeError, OverflowError) as error:
        return Line(seq, None, str(error))


def _sound(line: Line) -> Entry:
    if line.entry is None:
        raise StoreCorrupt(
            f"journal entry {line.seq} cannot be read: {line.trouble}; 'memory-os audit verify' "
            "says what is wrong with the journal",
            seq=line.seq,
        )
    return line.entry


def _head(row: Any) -> Head:
    return Head(
        tenant_id=row["tenant_id"],
        seq=row["seq"],
        hash=_hex(row["hash"]),
        at=from_micros(row["at"]),
        signature=row["signature"],
        number=row["number"],
        prev=row["prev"],
    )


def _hex(digest: Any) -> str:
    return bytes(digest).hex() if isinstance(digest, bytes) else f"not a hash: {digest!r}"
