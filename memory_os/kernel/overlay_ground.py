"""What lies under a branch: main as it was at the branch point, while its clock goes on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.domain.branch import Branch
from memory_os.domain.cube import Cube
from memory_os.domain.past import as_then
from memory_os.kernel.lookup import purged
from memory_os.kernel.parts import Parts
from memory_os.ports.cube_store import Span

_AT_ONCE = 1_000


class Ground:
    """Read main at the branch point; rights, quarantine and erasure are those of today."""

    def __init__(self, parts: Parts, branch: Branch) -> None:
        self._parts = parts
        self._store = parts.store
        self._branch = branch
        self._moved: dict[AccessFilter, tuple[int, dict[str, Cube | None]]] = {}

    def at(self, access: AccessFilter, ids: Sequence[str], as_of: datetime | None) -> list[Cube]:
        """Return the cubes as the branch's base had them at ``as_of``."""
        at = self._branch.at if as_of is None else min(as_of, self._branch.at)
        return self.then(access, self._store.get(access, ids, as_of=at), as_of)

    def then(
        self, access: AccessFilter, cubes: Sequence[Cube], as_of: datetime | None
    ) -> list[Cube]:
        """Return ``cubes`` of main as they stood at the branch point.

        With ``as_of`` each keeps today's governance: the caller asks for the one of then. What is
        past its ``purge_at`` today is left out.
        """
        cubes = [self._open(cube) for cube in cubes if not purged(self._parts, cube)]
        if as_of is not None or not cubes:
            return cubes
        ids = [cube.id for cube in cubes]
        known = self._store.standing(access.tenant_id, ids, self._branch.at)
        return [
            cube.moved(as_then(cube.governance, known[cube.id])) if cube.id in known else cube
            for cube in cubes
        ]

    def read(self, access: AccessFilter, versions: Sequence[tuple[str, int]]) -> list[Cube | None]:
        """Return these versions, nothing for those that came after the branch point."""
        found = self._store.read(access, versions)
        early = [cube for cube in found if cube is not None and self._early(cube)]
        known = {(c.id, c.version.number): c for c in self.then(access, early, None)}
        return [known.get((c.id, c.version.number)) if c is not None else None for c in found]

    def history(self, access: AccessFilter, cube_id: str) -> list[Cube]:
        """Return the versions that were there at the branch point, oldest first."""
        found = [cube for cube in self._store.history(access, cube_id) if self._early(cube)]
        return self.then(access, found, None)

    def moved(self, access: AccessFilter) -> dict[str, Cube | None]:
        """Return what main has changed since the branch point, as it was then, if it was there.

        Kept until main changes again.
        """
        head = self._store.head(access.tenant_id)
        kept = self._moved.get(access)
        if kept is None or kept[0] != head:
            kept = self._moved[access] = head, self._changed(access)
        return kept[1]

    def _changed(self, access: AccessFilter) -> dict[str, Cube | None]:
        span = Span(self._branch.at, self._parts.clock.now(), limit=_AT_ONCE)
        found: dict[str, Cube | None] = {}
        while True:
            ids = self._store.touched(access, span)
            then = {cube.id: cube for cube in self.at(access, ids, None)}
            found |= {cube_id: then.get(cube_id) for cube_id in ids}
            if len(ids) < _AT_ONCE:
                return found
            span = replace(span, after=ids[-1])

    def _early(self, cube: Cube) -> bool:
        return cube.version.recorded_at <= self._branch.at

    def _open(self, cube: Cube) -> Cube:
        """Return the cube without an end that main set to its version after the branch point."""
        ended = cube.version.superseded_at
        if ended is None or ended <= self._branch.at:
            return cube
        return replace(cube, version=replace(cube.version, superseded_at=None))
