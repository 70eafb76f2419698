"""Reading what derived indexes follow: journal, outbox, passages."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json
from sqlalchemy import or_, select
from sqlalchemy.sql.expression import and_

from memory_os.clock import from_micros, to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.journal import GENESIS, Entry, Note
from memory_os.domain.query import Visibility
from memory_os.errors import NotFound
from memory_os.ports.cube_store import ChangeKind, IndexRow, Left, OutboxEntry
from memory_os_stores.sql.admission import joined, visible
from memory_os_stores.sql.codec import Row, cube_of, left_of, passage_of
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.reads import OF_VERSION, reads
from memory_os_stores.sql.tables import chunks
from memory_os_stores.sql.vectors import pack
from memory_os_stores.sql.writes import changes


class Follower:
    """Read a tenant's sequence and passages from a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._text = reads(database.dialect)
        self._change = changes(database.dialect)

    def head(self, tenant_id: str) -> int:
        """Return the number of the tenant's last journal entry, 0 for none."""
        with self._database.reading() as lane:
            rows = lane.rows(self._text.head, (tenant_id,))
        return int(rows[0][0]) if rows else 0

    def checkpoint(self, tenant_id: str, seq: int) -> str | None:
        """Return the journal's hash at ``seq``."""
        with self._database.reading() as lane:
            return self._hash(lane, tenant_id, seq)

    def journal(self, tenant_id: str, after: int, limit: int) -> list[Entry]:
        """Return journal entries above ``after``, in order."""
        with self._database.snapshot() as lane:
            prev = self._hash(lane, tenant_id, after) or GENESIS
            rows = lane.rows(self._text.journal, (tenant_id, after, limit))
        entries = []
        for seq, at, actor, action, targets, reason, salted, digest, salt, sealed in rows:
            named = tuple(from_json(targets))
            note = Note(actor, action, named, reason, salted, salt=salt, sealed=sealed)
            entries.append(Entry(seq, from_micros(at), note, prev, digest.hex()))
            prev = digest.hex()
        return entries

    def outbox(self, tenant_id: str, after: int, limit: int) -> list[OutboxEntry]:
        """Return index work above ``after``, in order."""
        with self._database.reading() as lane:
            rows = lane.rows(self._text.outbox, (tenant_id, after, limit))
        return [
            OutboxEntry(seq, ChangeKind(kind), cube_id, version, from_micros(at))
            for seq, kind, cube_id, version, at in rows
        ]

    def spans(
        self, tenant_id: str, numbers: Sequence[int]
    ) -> dict[int, tuple[tuple[int, int], str]]:
        """Return the span and the heading of each of these chunks, by number."""
        listed = json.dumps([int(number) for number in numbers])
        with self._database.reading() as lane:
            rows = lane.rows(self._text.spans, (tenant_id, listed))
        return {number: ((start, stop), heading) for number, start, stop, heading in rows}

    def index_rows(self, tenant_id: str, keys: Sequence[tuple[str, int]]) -> list[IndexRow]:
        """Return these versions with all their passages, without missing ones."""
        pairs = json.dumps(list(keys))
        with self._database.snapshot() as lane:
            cubes = lane.rows(self._text.versions, (tenant_id, pairs))
            passages = lane.rows(self._text.chunks_of, (tenant_id, pairs))
            past = self._past(lane, tenant_id, [pair[0] for pair in keys])
        found = {(row[1], row[13]): row for row in cubes}
        stored: dict[tuple[str, int], list[Row]] = {}
        for row in passages:
            stored.setdefault(row[:2], []).append(row)
        return [
            IndexRow(
                cube_of(found[pair]),
                tuple(map(passage_of, stored.get(pair, ()))),
                past.get(pair[0], ()),
            )
            for pair in keys
            if pair in found
        ]

    def scan_index(self, tenant_id: str, batch: int) -> Iterator[list[IndexRow]]:
        """Stream versions by chunk number, those with as many passages as fit ``batch``."""
        after = -1
        while True:
            with self._database.snapshot() as lane:
                rows = lane.rows(self._text.scan, (tenant_id, after, batch))
                if not rows:
                    return
                last = rows[-1]
                place = (tenant_id, last[0], last[1], last[9], last[2])
                rows += lane.rows(self._text.scan_rest, place)
                pairs = json.dumps(list(dict.fromkeys(row[:2] for row in rows)))
                cubes = lane.rows(self._text.versions, (tenant_id, pairs))
                past = self._past(lane, tenant_id, [row[0] for row in rows])
            found = {(row[1], row[13]): cube_of(row) for row in cubes}
            yield [
                IndexRow(found[pair], tuple(map(passage_of, group)), past.get(pair[0], ()))
                for pair, group in groupby(rows, key=lambda row: row[:2])
                if pair in found
            ]
            after = rows[-1][2]

    def select(
        self, access: AccessFilter, visibility: Visibility, now: datetime
    ) -> NDArray[np.int64]:
        """Return the numbers of the chunks that pass the visibility."""
        query = (
            select(chunks.c.number)
            .select_from(joined(visibility).join(chunks, OF_VERSION))
            .where(visible(access, visibility, now))
        )
        if visibility.as_of is None:
            query = query.where(chunks.c.live_to.is_(None))
        else:
            at = to_micros(visibility.as_of)
            live_to = chunks.c.live_to
            query = query.where(
                and_(chunks.c.live_from <= at, or_(live_to.is_(None), live_to > at))
            )
        with self._database.reading() as lane:
            found = lane.connection.execute(query).scalars().all()
        return np.sort(np.array(found, dtype=np.int64))

    def replace_vectors(
        self, tenant_id: str, vectors: Sequence[tuple[int, NDArray[np.float32]]]
    ) -> None:
        """Overwrite the vectors of these chunks.

        Raises:
            NotFound: there is no chunk of this number; nothing was overwritten.
        """
        rows = [(pack(vector), tenant_id, number) for number, vector in vectors]
        with self._database.writing() as lane:
            done = lane.driver.executemany(self._change.revector, rows).rowcount if rows else 0
            if done != len(rows):
                raise NotFound(f"{len(rows) - done} of {len(rows)} chunks are not there")

    def _past(self, lane: Lane, tenant_id: str, ids: Sequence[str]) -> dict[str, tuple[Left, ...]]:
        rows = lane.rows(self._text.past, (tenant_id, json.dumps(list(dict.fromkeys(ids)))))
        return {
            cube_id: tuple(map(left_of, group))
            for cube_id, group in groupby(rows, key=lambda row: row[0])
        }

    def _hash(self, lane: Lane, tenant_id: str, seq: int) -> str | None:
        if seq == 0:
            return GENESIS
        rows = lane.rows(self._text.hash, (tenant_id, seq))
        return rows[0][0].hex() if rows else None
