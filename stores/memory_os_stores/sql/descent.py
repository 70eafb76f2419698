"""What new memories come from must still be there when they are stored."""

from collections.abc import Sequence

from sqlalchemy import select

from memory_os.domain.branch import plain_id
from memory_os.domain.cube import Cube
from memory_os.domain.erasure import ERASING
from memory_os.domain.lifecycle import State
from memory_os.domain.writing import Create, WriteOp
from memory_os.errors import VersionConflict
from memory_os_stores.sql.codec import governance_of
from memory_os_stores.sql.database import Lane
from memory_os_stores.sql.erasure_tables import tombstones

_AT_ONCE = 200


def must_descend(lane: Lane, standing: str, cubes: Sequence[Cube], *, known: bool) -> None:
    """Refuse cubes made from a memory that is being erased or was, within the write's transaction.

    ``known`` says that all they come from was there when they were planned, so that what is not
    there was erased; else, as in an import, it may never have been, and its tombstone tells.

    Raises:
        VersionConflict: plan again, without it.
    """
    fresh = {cube.id for cube in cubes}
    for cube in cubes:
        for parent in cube.version.parents:
            if parent.cube_id in fresh:
                continue
            if _erased(lane, standing, cube, parent.cube_id, missing=known):
                raise VersionConflict(
                    f"memory {parent.cube_id!r}, which a new one comes from, was erased "
                    "meanwhile; plan the write again"
                )


def must_be_unburied(lane: Lane, standing: str, ops: Sequence[WriteOp]) -> None:
    """Refuse new cubes that were erased themselves, or come from what is being erased.

    Raises:
        VersionConflict: plan again, without it.
    """
    cubes = [op.cube for op in ops if isinstance(op, Create)]
    must_descend(lane, standing, cubes, known=False)
    for at in range(0, len(cubes), _AT_ONCE):
        some = cubes[at : at + _AT_ONCE]
        found = _buried(lane, some[0].tenant_id, [cube.id for cube in some])
        if found is not None:
            raise VersionConflict(f"memory {found!r} was erased meanwhile; plan the write again")


def _buried(lane: Lane, tenant_id: str, ids: Sequence[str]) -> str | None:
    """Return one of these memories that was erased, if any was."""
    query = select(tombstones.c.memory_id).where(
        tombstones.c.tenant_id == tenant_id, tombstones.c.memory_id.in_(map(plain_id, ids))
    )
    found = lane.connection.execute(query).first()
    return None if found is None else str(found[0])


def _erased(lane: Lane, standing: str, cube: Cube, parent_id: str, *, missing: bool) -> bool:
    found = lane.rows(standing, (cube.tenant_id, parent_id))
    if not found:
        return missing or _buried(lane, cube.tenant_id, [parent_id]) is not None
    _, state, *_, governance = found[0]
    held = state == State.QUARANTINED.value
    return held and governance_of(governance).state_reason == ERASING
