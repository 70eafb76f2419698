"""What a write on a branch becomes: changes of the branch's own rows, copied before the first."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from memory_os.domain.access import AccessFilter
from memory_os.domain.branch import Branch, Overlaid, plain_id, stored_id
from memory_os.domain.cube import Cube, Parent
from memory_os.domain.journal import Note
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.writing import (
    Create,
    Discard,
    DropBranch,
    Govern,
    Passage,
    Record,
    Revise,
    Use,
    Write,
    WriteOp,
    Written,
)
from memory_os.errors import AlreadyExists, InvalidInput, NotFound, VersionConflict
from memory_os.kernel.overlay_ground import Ground
from memory_os.kernel.overlay_passing import OverlayPassing
from memory_os.kernel.parts import Parts

ACTION = "branch"


class OverlayWriting(OverlayPassing):
    """The writing half of ``Overlay``."""

    def __init__(self, parts: Parts, branch: Branch) -> None:
        super().__init__(parts.store)
        self.branch = branch
        self.ground = Ground(parts, branch)
        self._branches = parts.branches

    def own(self) -> dict[str, Overlaid]:
        """Return the cubes that the branch keeps a row for."""
        return self._branches.overlaid(self.branch.tenant_id, self.branch.id)

    def top(self, access: AccessFilter) -> AccessFilter:
        """Return the access to the branch's own rows."""
        return replace(access, branch=self.branch.id)

    def stored(self, ids: Iterable[str]) -> list[str]:
        """Return the ids of the branch's rows for these cubes."""
        return [stored_id(cube_id, self.branch.id) for cube_id in ids]

    def write(self, write: Write) -> Written:
        """Do one transaction on the branch: what it changes of main is copied first.

        Raises:
            InvalidInput: a cube lies outside the scope of the branch.
            NotFound: a cube is not there, or the branch is not.
            VersionConflict: another writer copied the same cube meanwhile; see the port too.
        """
        own = set(self.own())
        known = set(own)
        ops = [op for asked in write.ops for op in self._ops(asked, known, write.tenant_id)]
        try:
            return self.store.write(replace(write, ops=tuple(ops)))
        except AlreadyExists as error:
            if set(self.own()) - own:
                raise VersionConflict(
                    "another write changed the same memory on this branch; read it again"
                ) from error
            raise

    def _ops(self, op: WriteOp, known: set[str], tenant_id: str) -> Iterator[WriteOp]:
        """Yield what an op becomes; ``known`` are the cubes that have a row by then."""
        match op:
            case Create():
                self._inside(op.cube.scope)
                known.add(op.cube.id)
                yield replace(op, cube=self._kept(op.cube), note=self._told(op.note))
            case Revise():
                yield from self._copied(op.cube.id, op.note, known, tenant_id)
                yield replace(op, cube=self._kept(op.cube), note=self._told(op.note))
            case Govern():
                yield from self._copied(op.cube_id, op.note, known, tenant_id)
                stored = stored_id(op.cube_id, self.branch.id)
                yield replace(op, cube_id=stored, note=self._told(op.note))
            case Use() if op.cube_id in known:
                yield replace(op, cube_id=stored_id(op.cube_id, self.branch.id))
            case Record() | Discard() | DropBranch():
                yield op

    def _copied(
        self, cube_id: str, note: Note, known: set[str], tenant_id: str
    ) -> Iterator[WriteOp]:
        """Yield the copy of a cube of main, unless the branch has a row of it."""
        if cube_id in known:
            return
        everyone = AccessFilter(tenant_id, "", sees_private=True, sees_quarantined=True)
        found = self.ground.at(everyone, [cube_id], None)
        if not found:
            raise NotFound(f"no memory {cube_id!r} on branch {self.branch.name!r}", id=cube_id)
        (cube,) = found
        self._inside(cube.scope)
        known.add(cube_id)
        edge = Parent(cube_id, cube.version.number, "copy")
        version = replace(cube.version, parents=(*cube.version.parents, edge))
        told = replace(self._told(note), action=ACTION)
        kept = self._kept(replace(cube, version=version))
        yield Create(kept, self._passages(cube), told)

    def _passages(self, cube: Cube) -> tuple[Passage, ...]:
        place = (cube.id, cube.version.number)
        last: dict[int, Passage] = {}
        for row in self.store.index_rows(cube.tenant_id, [place]):
            last |= {stored.passage.ordinal: stored.passage for stored in row.passages}
        return tuple(last.values())

    def _kept(self, cube: Cube) -> Cube:
        """Return the cube as the branch's row has it."""
        version = replace(cube.version, branch=self.branch.id)
        return replace(cube, id=stored_id(cube.id, self.branch.id), version=version)

    def _told(self, note: Note) -> Note:
        return replace(note, targets=tuple(self.stored(note.targets)))

    def _inside(self, scope: Scope) -> None:
        if not self.branch.scope.reaches(scope, ScopeMatch.EXACT):
            raise InvalidInput(
                f"branch {self.branch.name!r} is of another scope than what would be written; "
                "write inside its scope, or make a branch of a wider one",
                field="branch",
            )


def shown(cube: Cube) -> Cube:
    """Return a branch's row as readers know the cube."""
    plain = plain_id(cube.id)
    edges = cube.version.parents
    parents = tuple(edge for edge in edges if (edge.role, edge.cube_id) != ("copy", plain))
    return replace(cube, id=plain, version=replace(cube.version, parents=parents))
