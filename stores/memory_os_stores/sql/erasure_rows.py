"""Erasures and tombstones to rows and back, and the rows of branches that go with a memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, and_, delete, insert, or_, select

from memory_os.clock import from_micros, to_micros
from memory_os.domain.branch import stored_ids
from memory_os.domain.cube import MAIN
from memory_os.domain.erasure import Erasure, Tombstone
from memory_os.errors import StoreCorrupt
from memory_os_stores.sql.database import Lane
from memory_os_stores.sql.erasure_tables import erasures
from memory_os_stores.sql.tables import cubes

_ERASURE = TypeAdapter(Erasure)


def branch_rows(tenant_id: str, ids: Sequence[str]) -> Select[Any]:
    """Select the ids under which branches keep rows of these memories.

    Each is a memory's id followed by a branch's, so those of one memory lie together in the key,
    and how many branches there are does not matter.
    """
    bounds = [stored_ids(one) for one in ids]
    there = or_(*(and_(cubes.c.cube_id >= low, cubes.c.cube_id < high) for low, high in bounds))
    return select(cubes.c.cube_id).where(
        cubes.c.tenant_id == tenant_id, there, cubes.c.branch != MAIN
    )


def erasure_values(erasure: Erasure) -> dict[str, Any]:
    """Return the row of ``erasures``."""
    return {
        "tenant_id": erasure.tenant_id,
        "erasure_id": erasure.id,
        "stage": erasure.stage.value,
        "requested_at": to_micros(erasure.requested_at),
        "record": _ERASURE.dump_json(erasure, exclude={"receipt"}).decode(),
        "receipt": erasure.receipt,
    }


def keep_erasure(lane: Lane, erasure: Erasure) -> None:
    """Store an erasure in place of what was stored of it, within a transaction."""
    here = and_(erasures.c.tenant_id == erasure.tenant_id, erasures.c.erasure_id == erasure.id)
    lane.connection.execute(delete(erasures).where(here))
    lane.connection.execute(insert(erasures).values(erasure_values(erasure)))


def erasure_of(record: str, receipt: str | None) -> Erasure:
    """Return the erasure behind a row.

    Raises:
        StoreCorrupt: it cannot be read.
    """
    try:
        stored = _ERASURE.validate_json(record)
    except ValueError as error:
        raise StoreCorrupt(
            f"an erasure cannot be read: {error}; restore the database from a backup"
        ) from error
    return replace(stored, receipt=receipt)


def tombstone_of(row: Any) -> Tombstone:
    """Return the tombstone behind a row."""
    tenant_id, cube_id, created_at, erased_at, by, reason, erasure_id = row
    return Tombstone(
        tenant_id,
        cube_id,
        from_micros(created_at),
        from_micros(erased_at),
        by,
        reason,
        erasure_id,
    )
