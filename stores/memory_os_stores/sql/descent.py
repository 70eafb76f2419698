"""What new memories come from must still be there when they are stored."""

from collections.abc import Sequence

from memory_os.domain.cube import Cube
from memory_os.domain.erasure import ERASING
from memory_os.domain.lifecycle import State
from memory_os.errors import VersionConflict
from memory_os_stores.sql.codec import governance_of
from memory_os_stores.sql.database import Lane


def must_descend(lane: Lane, standing: str, cubes: Sequence[Cube]) -> None:
    """Refuse cubes made from a memory that is being erased or was, within the write's transaction.

    Raises:
        VersionConflict: plan again, without it.
    """
    fresh = {cube.id for cube in cubes}
    for cube in cubes:
        for parent in cube.version.parents:
            if parent.cube_id not in fresh and _erased(lane, standing, cube, parent.cube_id):
                raise VersionConflict(
                    f"memory {parent.cube_id!r}, which a new one comes from, was erased "
                    "meanwhile; plan the write again"
                )


def _erased(lane: Lane, standing: str, cube: Cube, parent_id: str) -> bool:
    found = lane.rows(standing, (cube.tenant_id, parent_id))
    if not found:
        return True
    _, state, *_, governance = found[0]
    held = state == State.QUARANTINED.value
    return held and governance_of(governance).state_reason == ERASING
