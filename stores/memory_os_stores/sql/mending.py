"""The port ``Mending`` on SQL."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, insert, select, tuple_, update

from memory_os.clock import from_micros, to_micros
from memory_os.domain.cube import Cube
from memory_os.domain.writing import KEPT, Passage
from memory_os.errors import StoreCorrupt
from memory_os.ports.mending import Bare, Damage, Flaw
from memory_os_stores.sql.codec import cube_of
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.reads import CUBE_COLUMNS, OF_CUBE, OF_VERSION
from memory_os_stores.sql.tables import chunks, cubes, outbox, tenants, versions
from memory_os_stores.sql.vectors import pack

_PAGE = 1_000
_INDEXED = ("generated", "activated", "archived")
_FLAW = (
    chunks.c.number,
    chunks.c.cube_id,
    chunks.c.version,
    chunks.c.start,
    chunks.c.stop,
    chunks.c.heading,
    chunks.c.tokens,
)


class SqlMending:
    """Find and mend damaged passages in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def damage(self, tenant_id: str, dimensions: int) -> Damage:
        """Return what is wrong with a tenant's passages; see the port."""
        mine = chunks.c.tenant_id == tenant_id
        size = dimensions * KEPT.itemsize
        lost = (
            select(*_FLAW).outerjoin(versions, OF_VERSION).where(mine, versions.c.version.is_(None))
        )
        wrong = select(*_FLAW).where(mine, func.length(chunks.c.vector) != size)
        with self._database.snapshot() as lane:
            orphans = [_flaw(*row) for row in lane.connection.execute(lost)]
            misshapen = [_flaw(*row) for row in lane.connection.execute(wrong)]
            bare = list(_bare(lane, tenant_id))
        return Damage(
            tuple(orphans), tuple(flaw for flaw in misshapen if flaw not in orphans), tuple(bare)
        )

    def scan_versions(self, tenant_id: str) -> Iterator[Cube | StoreCorrupt]:
        """Stream every version there is; see the port."""
        after = ("", 0)
        place = tuple_(versions.c.cube_id, versions.c.version)
        while True:
            query = (
                select(*CUBE_COLUMNS, versions.c.cube_id, versions.c.version)
                .where(OF_CUBE, cubes.c.tenant_id == tenant_id, place > after)
                .order_by(versions.c.cube_id, versions.c.version)
                .limit(_PAGE)
            )
            with self._database.reading() as lane:
                rows = lane.connection.execute(query).all()
            for row in rows:
                try:
                    yield cube_of(tuple(row[:-2]))
                except StoreCorrupt as error:
                    yield error
            if len(rows) < _PAGE:
                return
            after = (rows[-1][-2], rows[-1][-1])

    def drop_passages(self, tenant_id: str, numbers: Sequence[int]) -> None:
        """Remove these passages; see the port."""
        with self._database.writing() as lane:
            for number in numbers:
                key = (chunks.c.tenant_id == tenant_id, chunks.c.number == number)
                lane.connection.execute(delete(chunks).where(*key))

    def add_passages(self, cube: Cube, passages: Sequence[Passage], since: datetime) -> None:
        """Give a version passages; see the port."""
        mine = tenants.c.tenant_id == cube.tenant_id
        with self._database.writing() as lane:
            first = lane.connection.execute(select(tenants.c.next_chunk).where(mine)).scalar_one()
            rows = [
                {
                    "tenant_id": cube.tenant_id,
                    "number": number,
                    "cube_id": cube.id,
                    "version": cube.version.number,
                    "ordinal": passage.ordinal,
                    "start": passage.span[0],
                    "stop": passage.span[1],
                    "heading": passage.heading,
                    "tokens": passage.tokens,
                    "vector": pack(passage.vector),
                    "live_from": to_micros(since),
                    "live_to": None,
                }
                for number, passage in enumerate(passages, start=first)
            ]
            lane.connection.execute(insert(chunks), rows)
            moved = update(tenants).where(mine).values(next_chunk=first + len(rows))
            lane.connection.execute(moved)


def _flaw(
    number: int, cube_id: str, version: int, start: int, stop: int, heading: str, tokens: int
) -> Flaw:
    return Flaw(number, cube_id, version, (start, stop), heading, tokens)


def _bare(lane: Lane, tenant_id: str) -> Iterator[Bare]:
    """Find indexed heads without an open passage; an index was told of each when it went live."""
    mine = (cubes.c.tenant_id == tenant_id, cubes.c.recall_state.in_(_INDEXED))
    head = and_(OF_CUBE, versions.c.version == cubes.c.version)
    open_one = select(chunks.c.number).where(OF_VERSION, chunks.c.live_to.is_(None)).exists()
    told = (
        select(func.max(outbox.c.at))
        .where(
            outbox.c.tenant_id == cubes.c.tenant_id,
            outbox.c.cube_id == cubes.c.cube_id,
            outbox.c.version == cubes.c.version,
            outbox.c.kind == "index",
        )
        .scalar_subquery()
    )
    query = (
        select(cubes.c.cube_id, cubes.c.version, func.coalesce(told, versions.c.recorded_at))
        .where(*mine, head, ~open_one)
        .order_by(cubes.c.cube_id)
    )
    for cube_id, version, since in lane.connection.execute(query).all():
        yield Bare(cube_id, version, from_micros(since))
