"""Erasing rows in SQL: the port ``ErasureStore``."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Table, and_, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from memory_os.clock import to_micros
from memory_os.domain.branch import plain_id
from memory_os.domain.erasure import Edge, Erasure, Named, Removal, Stage, Tombstone
from memory_os.domain.journal import Note
from memory_os.ports.cube_store import ChangeKind
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.erasure_rows import branch_rows, erasure_of, keep_erasure, tombstone_of
from memory_os_stores.sql.erasure_tables import derivations, erasures, tombstones
from memory_os_stores.sql.free_pages import scrub
from memory_os_stores.sql.persons import forget_branches, named, said_of, silence
from memory_os_stores.sql.tables import (
    cubes,
    jobs,
    journal,
    metadata,
    outbox,
    replays,
    states,
    versions,
)
from memory_os_stores.sql.writing import Writer

REDACTED = "redacted"
"""The reason that stands where one may have repeated what was erased."""

_AT_ONCE = 200
_RANGES_AT_ONCE = 50
_NOT_BY_CUBE = frozenset({"outbox"})
_ORDER = (Stage.ERASING, Stage.PARTIAL, Stage.COMPLETE)

Clause = ColumnElement[bool]


class SqlErasureStore:
    """Erase rows beside the cubes.

    Every table with a column ``cube_id`` is one that holds something of a memory.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def derived(self, tenant_id: str, ids: Sequence[str]) -> list[Edge]:
        """Return the derivations from these memories; see the port."""
        return self._edges(tenant_id, derivations.c.parent_id, ids)

    def made_of(self, tenant_id: str, ids: Sequence[str]) -> list[Edge]:
        """Return the derivations of these memories; see the port."""
        return self._edges(tenant_id, derivations.c.cube_id, ids)

    def naming(self, tenant_id: str, subject: str) -> list[str]:
        """Return the ids of facts with this subject; see the port."""
        query = (
            select(versions.c.cube_id, versions.c.payload)
            .where(versions.c.tenant_id == tenant_id, versions.c.form == "fact")
            .where(versions.c.payload.contains('"subject"'))
            .order_by(versions.c.cube_id)
        )
        with self._database.reading() as lane:
            rows = lane.connection.execute(query).all()
        wanted = _folded(subject)
        named = (row[0] for row in rows if _folded(from_json(row[1]).get("subject")) == wanted)
        return list(dict.fromkeys(named))

    def kept(self, tenant_id: str, erasure_id: str) -> Erasure | None:
        """Return an erasure."""
        with self._database.reading() as lane:
            return _kept(lane, tenant_id, erasure_id)

    def pending(self, tenant_id: str | None = None) -> list[Erasure]:
        """Return the erasures that are not complete; see the port."""
        query = select(erasures.c.record, erasures.c.receipt).where(
            erasures.c.stage != Stage.COMPLETE.value
        )
        if tenant_id is not None:
            query = query.where(erasures.c.tenant_id == tenant_id)
        query = query.order_by(erasures.c.requested_at, erasures.c.erasure_id)
        with self._database.reading() as lane:
            return [erasure_of(*row) for row in lane.connection.execute(query)]

    def keep(self, erasure: Erasure) -> None:
        """Replace a stored erasure; see the port."""
        with self._database.writing() as lane:
            stored = _kept(lane, erasure.tenant_id, erasure.id)
            if stored is None or _ORDER.index(stored.stage) <= _ORDER.index(erasure.stage):
                keep_erasure(lane, erasure)

    def remove(self, removal: Removal) -> Erasure:
        """Delete every row of the erasure's memories; see the port."""
        erasure, tenant_id = removal.erasure, removal.erasure.tenant_id
        with self._database.writing() as lane:
            stored = _kept(lane, tenant_id, erasure.id)
            if stored is not None and stored.stage is not Stage.ERASING:
                return stored
            branched = _branched(lane, tenant_id, erasure.ids)
            told = [
                *removal.notes,
                *(Note(erasure.requester, erasure.action, (one, erasure.id)) for one in branched),
            ]
            notes = [(note, ChangeKind.PURGE) for note in told]
            whom = () if erasure.subject is None else (erasure.subject,)
            end = Note(erasure.requester, erasure.action, (erasure.id, *whom))
            ledger = self._writer.erased(
                lane, tenant_id, removal.at, [*notes, (end, ChangeKind.NONE)]
            )
            counts = Counter(stored.counts if stored is not None else erasure.counts)
            for some in _batches((*erasure.ids, *branched)):
                counts += self._remove(lane, removal, some)
                counts["past_reasons"] += _forget_reasons(lane, tenant_id, some)
            counts["branches"] += forget_branches(lane, erasure)
            done = replace(
                erasure,
                stage=Stage.PARTIAL,
                counts={name: count for name, count in sorted(counts.items()) if count},
                removed_at=removal.at,
                seq=ledger.seq,
                hash=ledger.hash,
            )
            keep_erasure(lane, done)
        return done

    def tombstone(self, tenant_id: str, cube_id: str) -> Tombstone | None:
        """Return what is left of an erased memory."""
        query = select(tombstones).where(
            tombstones.c.tenant_id == tenant_id, tombstones.c.memory_id == cube_id
        )
        with self._database.reading() as lane:
            row = lane.connection.execute(query).first()
        return None if row is None else tombstone_of(row)

    def left(self, tenant_id: str, ids: Sequence[str]) -> dict[str, int]:
        """Return how many rows still hold something of these memories; see the port."""
        found: Counter[str] = Counter()
        with self._database.snapshot() as lane:
            for some in _batches((*ids, *_branched(lane, tenant_id, ids))):
                for table, where in _places(tenant_id, some):
                    query = select(func.count()).select_from(table).where(where)
                    found[table.name] += lane.connection.execute(query).scalar_one()
        return {name: count for name, count in sorted(found.items()) if count}

    def named(self, tenant_id: str) -> list[Named]:
        """Return the quotas, snapshots and branches that have a user's id; see the port."""
        with self._database.snapshot() as lane:
            return named(lane, tenant_id)

    def said_of(self, tenant_id: str, mark: str, upto: int) -> list[int]:
        """Return the entries about a person that still have a reason; see the port."""
        with self._database.reading() as lane:
            return said_of(lane, tenant_id, mark, upto)

    def scrub(self) -> list[str]:
        """Make the engine let go of what was deleted; see the port."""
        return scrub(self._database)

    def _remove(self, lane: Lane, removal: Removal, ids: Sequence[str]) -> Counter[str]:
        tenant_id, counts = removal.erasure.tenant_id, Counter[str]()
        _bury(lane, removal, ids)
        for table, where in _places(tenant_id, ids):
            if table is outbox:
                query = update(outbox).where(where).values(kind="none", cube_id="", version=0)
                counts[table.name] += lane.connection.execute(query).rowcount
            elif table is journal:
                counts["journal_reasons"] += silence(lane, where)
            else:
                counts[table.name] += lane.connection.execute(delete(table).where(where)).rowcount
        return counts

    def _edges(self, tenant_id: str, column: Any, ids: Sequence[str]) -> list[Edge]:
        found: list[Edge] = []
        parts = (derivations.c.parent_id, derivations.c.cube_id, derivations.c.role)
        with self._database.reading() as lane:
            for some in _batches(ids):
                query = select(*parts).where(derivations.c.tenant_id == tenant_id, column.in_(some))
                rows = lane.connection.execute(query.order_by(*parts))
                found += [Edge(plain_id(row[0]), plain_id(row[1]), row[2]) for row in rows]
        return found


def _places(tenant_id: str, ids: Sequence[str]) -> Iterator[tuple[Table, Clause]]:
    """Yield every table that may hold something of these memories, children first."""
    for table in reversed(metadata.sorted_tables):
        columns = table.c
        if "cube_id" in columns and table.name not in _NOT_BY_CUBE:
            held = columns.cube_id.in_(ids)
            if table is derivations:
                held = or_(held, columns.parent_id.in_(ids))
            yield table, and_(columns.tenant_id == tenant_id, held)
    yield (
        outbox,
        and_(
            outbox.c.tenant_id == tenant_id,
            outbox.c.cube_id.in_(ids),
            outbox.c.kind != ChangeKind.PURGE.value,
        ),
    )
    said = or_(*(replays.c.answer.contains(f'"{one}"', autoescape=True) for one in ids))
    keyed = or_(*(replays.c.key.contains(f":{one}:", autoescape=True) for one in ids))
    yield replays, and_(replays.c.tenant_id == tenant_id, or_(said, keyed))
    queued = or_(*(jobs.c.targets.contains(f'"{one}"', autoescape=True) for one in ids))
    yield jobs, and_(jobs.c.tenant_id == tenant_id, queued)
    named = or_(*(journal.c.targets.contains(f'"{one}"', autoescape=True) for one in ids))
    yield journal, and_(journal.c.tenant_id == tenant_id, named, journal.c.salt != "")


def _branched(lane: Lane, tenant_id: str, ids: Sequence[str]) -> list[str]:
    """Return the ids under which branches keep something of these memories."""
    found: list[str] = []
    for some in _batches(ids, _RANGES_AT_ONCE):
        rows = lane.connection.execute(branch_rows(tenant_id, some))
        found += [row[0] for row in rows]
    return sorted(found)


def _forget_reasons(lane: Lane, tenant_id: str, ids: Sequence[str]) -> int:
    """Take the reasons out of what others have left that stood behind one of these memories."""
    named = or_(*(states.c.governance.contains(f'"{one}"', autoescape=True) for one in ids))
    query = select(states.c.cube_id, states.c.seq, states.c.governance)
    rows = lane.connection.execute(query.where(states.c.tenant_id == tenant_id, named)).all()
    for cube_id, seq, text in rows:
        here = and_(
            states.c.tenant_id == tenant_id, states.c.cube_id == cube_id, states.c.seq == seq
        )
        silent = to_json(from_json(text) | {"state_reason": REDACTED}).decode()
        lane.connection.execute(update(states).where(here).values(governance=silent))
    return len(rows)


def _bury(lane: Lane, removal: Removal, ids: Sequence[str]) -> None:
    """Put tombstones where these memories were."""
    erasure = removal.erasure
    here = and_(cubes.c.tenant_id == erasure.tenant_id, cubes.c.cube_id.in_(ids))
    rows = lane.connection.execute(select(cubes.c.cube_id, cubes.c.created_at).where(here)).all()
    found = {plain_id(cube_id): created_at for cube_id, created_at in rows}
    values = [
        {
            "tenant_id": erasure.tenant_id,
            "memory_id": cube_id,
            "created_at": created_at,
            "erased_at": to_micros(removal.at),
            "erased_by": erasure.requester,
            "reason": erasure.reason,
            "erasure_id": erasure.id,
        }
        for cube_id, created_at in found.items()
    ]
    if values:
        again = and_(
            tombstones.c.tenant_id == erasure.tenant_id, tombstones.c.memory_id.in_(list(found))
        )
        lane.connection.execute(delete(tombstones).where(again))
        lane.connection.execute(insert(tombstones), values)


def _kept(lane: Lane, tenant_id: str, erasure_id: str) -> Erasure | None:
    query = select(erasures.c.record, erasures.c.receipt).where(_key(tenant_id, erasure_id))
    row = lane.connection.execute(query).first()
    return None if row is None else erasure_of(*row)


def _key(tenant_id: str, erasure_id: str) -> Clause:
    return and_(erasures.c.tenant_id == tenant_id, erasures.c.erasure_id == erasure_id)


def _batches(ids: Sequence[str], size: int = _AT_ONCE) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some


def _folded(subject: object) -> str:
    return " ".join(str(subject or "").casefold().split())
