"""Blobs that memories hold: the port ``TensorStore``, and the rows that a transaction writes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, insert, select

from memory_os.clock import from_micros, to_micros
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Activation, Adapter
from memory_os.domain.vocabulary import Kind
from memory_os.domain.writing import Create, Discard, Govern, Revise, Write
from memory_os.ports.tensor_store import Demand, Held
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.tensor_table import prefix_uses, tensors

DROPPING = frozenset({State.ARCHIVED, State.EXPIRED, State.ERASED})
"""The states in which a cache holds no tensors."""

FORGOTTEN = timedelta(days=60)
"""How long a prefix that nobody asks for is remembered."""

_AT_ONCE = 500


class SqlTensorStore:
    """Look up blobs beside the cubes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def holding(self, tenant_id: str, chains: Sequence[str]) -> list[Held]:
        """Return who holds these chunks; see the port."""
        columns = (tensors.c.chain, tensors.c.cube_id, tensors.c.version, tensors.c.position)
        rows = self._some(tenant_id, columns, tensors.c.chain, chains)
        return sorted((Held(*row) for row in rows), key=lambda held: (-held.position, held.cube_id))

    def named(self, tenant_id: str, paths: Sequence[str]) -> set[str]:
        """Return which of these blobs a memory holds; see the port."""
        return {row[0] for row in self._some(tenant_id, (tensors.c.path,), tensors.c.path, paths)}

    def paths(self, tenant_id: str, cube_ids: Sequence[str]) -> list[str]:
        """Return the blobs that these memories hold; see the port."""
        rows = self._some(tenant_id, (tensors.c.path,), tensors.c.cube_id, cube_ids)
        return list(dict.fromkeys(row[0] for row in rows))

    def use(self, tenant_id: str, uses: Mapping[str, int], at: datetime) -> None:
        """Count uses of prefixes; see the port. What is older than ``FORGOTTEN`` is dropped."""
        old = prefix_uses.c.touched_at < to_micros(at - FORGOTTEN)
        mine = prefix_uses.c.tenant_id == tenant_id
        with self.database.writing() as lane:
            for chain, more in uses.items():
                known = self._demand(lane, tenant_id, chain)
                after = known.after(more, at)
                here = and_(mine, prefix_uses.c.chain == chain)
                lane.connection.execute(delete(prefix_uses).where(here))
                row = (tenant_id, chain, after.uses, after.strength, to_micros(at))
                lane.connection.execute(insert(prefix_uses).values(row))
            lane.connection.execute(delete(prefix_uses).where(mine, old))

    def demand(self, tenant_id: str, chain: str) -> Demand:
        """Return how often prompts began with a prefix."""
        with self.database.reading() as lane:
            return self._demand(lane, tenant_id, chain)

    def forget_demand(self, tenant_id: str) -> None:
        """Forget how often prompts of a tenant began with anything."""
        with self.database.writing() as lane:
            lane.connection.execute(delete(prefix_uses).where(prefix_uses.c.tenant_id == tenant_id))

    def _demand(self, lane: Lane, tenant_id: str, chain: str) -> Demand:
        columns = (prefix_uses.c.uses, prefix_uses.c.strength, prefix_uses.c.touched_at)
        query = select(*columns).where(
            prefix_uses.c.tenant_id == tenant_id, prefix_uses.c.chain == chain
        )
        row = lane.connection.execute(query).first()
        return Demand() if row is None else Demand(row[0], row[1], from_micros(row[2]))

    def _some(
        self, tenant_id: str, columns: Sequence[Any], among: Any, values: Sequence[str]
    ) -> Iterator[Any]:
        with self.database.reading() as lane:
            for start in range(0, len(values), _AT_ONCE):
                here = among.in_(values[start : start + _AT_ONCE])
                query = select(*columns).where(tensors.c.tenant_id == tenant_id, here)
                yield from lane.connection.execute(query).all()


def keep_tensors(lane: Lane, write: Write) -> None:
    """Record and forget blobs as the operations of a write have it, within its transaction."""
    gone = [op.cube_id for op in write.ops if isinstance(op, Discard)]
    if gone:
        _forget(lane, write.tenant_id, gone)
    dropping = [
        op.cube_id for op in write.ops if isinstance(op, Govern) and op.governance.state in DROPPING
    ]
    if dropping:
        _forget(lane, write.tenant_id, dropping, caches=True)
    for op in write.ops:
        if isinstance(op, Create | Revise) and op.cube.kind is not Kind.TEXT:
            if isinstance(op, Revise):
                _forget(lane, write.tenant_id, [op.cube.id], caches=True)
            rows = list(_rows(op.cube))
            if rows:
                lane.connection.execute(insert(tensors), rows)


def _forget(lane: Lane, tenant_id: str, ids: Sequence[str], *, caches: bool = False) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        where = and_(
            tensors.c.tenant_id == tenant_id, tensors.c.cube_id.in_(ids[start : start + _AT_ONCE])
        )
        if caches:
            where = and_(where, tensors.c.chain.is_not(None))
        lane.connection.execute(delete(tensors).where(where))


def _rows(cube: Cube) -> Iterator[dict[str, Any]]:
    place = {"tenant_id": cube.tenant_id, "cube_id": cube.id, "version": cube.version.number}
    if isinstance(cube.payload, Activation):
        if cube.governance.state in DROPPING:
            return
        for position, chunk in enumerate(cube.payload.chunks):
            held = {"position": position, "chain": chunk.hash, "path": chunk.blob.path}
            yield {**place, **held}
    elif isinstance(cube.payload, Adapter):
        yield {**place, "position": 0, "chain": None, "path": cube.payload.blob.path}
