"""Blobs that memories hold: the port ``TensorStore``, and the rows that a transaction writes."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import and_, delete, insert, select

from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Activation, Adapter
from memory_os.domain.vocabulary import Kind
from memory_os.domain.writing import Create, Discard, Govern, Revise, Write
from memory_os.ports.tensor_store import Held
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.tensor_table import tensors

DROPPING = frozenset({State.ARCHIVED, State.EXPIRED, State.ERASED})
"""The states in which a cache holds no tensors."""

_AT_ONCE = 500


class SqlTensorStore:
    """Look up blobs beside the cubes."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    def _some(
        self, tenant_id: str, columns: Sequence[Any], among: Any, values: Sequence[str]
    ) -> Iterator[Any]:
        with self._database.reading() as lane:
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
