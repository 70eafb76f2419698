"""What keeping caches and keeping adapters share: reading a head, moving it, one transaction."""

from collections.abc import Sequence
from datetime import datetime

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Event, Right, transition
from memory_os.domain.writing import Govern, Replay, Revise, Write, WriteOp
from memory_os.errors import VersionConflict
from memory_os.governance.guard import admit, require_on
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.lookup import gone, known
from memory_os.kernel.moving import facts, governed, place
from memory_os.kernel.parts import Parts


class Keeping:
    """Read and write cubes that hold tensors, for any principal."""

    def __init__(self, parts: Parts, indexing: Indexing) -> None:
        self._parts = parts
        self._indexing = indexing

    def head(self, principal: Principal, memory_id: str, expected: int | None) -> Cube:
        """Return a cube that is here and that the principal may write.

        Raises:
            AccessDenied, NotFound; VersionConflict: it is not at the ``expected`` version.
        """
        admit(principal, Right.WRITE, principal.bindings)
        access = admit(principal, Right.READ, principal.bindings)
        cube = known(self._parts, access, memory_id)
        require_on(principal, Right.WRITE, cube)
        refusal = gone(self._parts, cube)
        if refusal is not None:
            raise refusal
        if expected not in (None, cube.version.number):
            raise VersionConflict(
                f"{memory_id!r} is at version {cube.version.number}, not {expected}; read it again",
                version=cube.version.number,
            )
        return cube

    def moved(
        self, principal: Principal, cube: Cube, event: Event, reason: str, now: datetime
    ) -> tuple[Cube, Govern]:
        """Return a cube after a move of the lifecycle, and the write of it.

        Raises:
            IllegalTransition.
        """
        rules = self._parts.rules
        planned = transition(place(cube, now), event, facts(cube, now, rules))
        after = cube.moved(governed(cube, planned, reason, now, rules))
        note = self.note(principal, after, event.value, reason)
        return after, Govern(cube.id, cube.version.number, after.governance, note, cube.governance)

    def revise(
        self, principal: Principal, before: Cube, after: Cube, action: str, reason: str
    ) -> Revise:
        """Return the write of a next version."""
        note = self.note(principal, after, action, reason)
        return Revise(after, before.version.number, (), note)

    def write(
        self,
        tenant_id: str,
        now: datetime,
        ops: Sequence[WriteOp],
        replay: Replay | None = None,
        planned_at: int | None = None,
    ) -> None:
        """Do one transaction, and bring the index along."""
        self._parts.store.write(Write(tenant_id, now, tuple(ops), replay, planned_at))
        self._indexing.current(tenant_id)

    def note(self, principal: Principal, cube: Cube, action: str, reason: str) -> Note:
        """Return the journal's note of a change."""
        version = cube.version
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        return Note(principal.id, action, (cube.id,), reason, salted)
