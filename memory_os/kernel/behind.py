"""What stands behind a merge goes with its result: into the bin, and back again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.lifecycle import Event, State, transition
from memory_os.kernel.moving import facts, governed
from memory_os.kernel.parts import Parts

Moves = list[tuple[Cube, Cube]]


def following(
    parts: Parts, access: AccessFilter, moves: Sequence[tuple[Cube, Cube]], now: datetime
) -> Moves:
    """Return the moves of merged parents that follow from those of results, level by level.

    A deleted result takes its parents along, and they return behind it when it is restored. A
    parent that is frozen stays where it is.
    """
    found: Moves = []
    level = [pair for pair in moves if _gone(pair[0]) is not _gone(pair[1])]
    while level:
        level = list(_next(parts, access, level, now))
        found += level
    return found


def _next(
    parts: Parts, access: AccessFilter, level: Moves, now: datetime
) -> Iterator[tuple[Cube, Cube]]:
    moved = {before.id: (before, after) for before, after in level}
    behind = _parents(parts, access, [before for before, _ in level])
    for cube in parts.store.get(access, behind) if behind else ():
        absorbed = cube.governance.absorbed
        if absorbed is None or absorbed.into not in moved:
            continue
        before, after = moved[absorbed.into]
        governance = None
        if _gone(after) and not _gone(before) and cube.governance.state is State.MERGED:
            governance = _deleted(parts, cube, after, now)
        elif _gone(before) and not _gone(after) and _gone(cube):
            governance = _restored(cube, after, now)
        if governance is not None:
            yield cube, cube.moved(governance)


def _parents(parts: Parts, access: AccessFilter, cubes: Sequence[Cube]) -> list[str]:
    """Return the ids that the first versions of these cubes were merged from."""
    later = [(cube.id, 1) for cube in cubes if cube.version.number > 1]
    firsts = [cube for cube in cubes if cube.version.number == 1]
    firsts += [cube for cube in parts.store.read(access, later) if cube] if later else []
    edges = (edge for cube in firsts for edge in cube.version.parents if edge.role == "merge")
    return list(dict.fromkeys(edge.cube_id for edge in edges))


def _gone(cube: Cube) -> bool:
    return cube.governance.state is State.EXPIRED


def _deleted(parts: Parts, cube: Cube, result: Cube, now: datetime) -> Governance:
    """Return the governance of a parent in the bin; it still knows what it stands behind."""
    planned = transition(cube.position, Event.DELETE, facts(cube, now, parts.rules))
    reason = result.governance.state_reason
    after = governed(cube, planned, reason, now, parts.rules)
    return replace(after, absorbed=cube.governance.absorbed)


def _restored(cube: Cube, result: Cube, now: datetime) -> Governance:
    """Return the governance of a parent that stands behind its restored result again."""
    absorbed, governance = cube.governance.absorbed, cube.governance
    left = absorbed.state if absorbed else State.GENERATED
    return replace(
        governance,
        state=State.MERGED,
        state_reason=result.governance.state_reason,
        state_since=now,
        resume=(left,),
        lifespan=replace(governance.lifespan, purge_at=None),
    )
