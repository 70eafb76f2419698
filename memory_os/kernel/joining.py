"""What merging and unmerging share: reading, planning with names, sealing, one transaction."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Transition
from memory_os.domain.simhash import simhash
from memory_os.domain.writing import Create, Govern, Replay, Write, WriteOp
from memory_os.errors import IllegalTransition, NotFound
from memory_os.governance.guard import require_on
from memory_os.kernel.allowances import allowance
from memory_os.kernel.entries import Entry, all_terms, entries, passages
from memory_os.kernel.forming import PAYLOAD
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.lookup import known
from memory_os.kernel.parts import Parts
from memory_os.kernel.veiling import Veil

PLANNED = "mem_planned"
"""The id of a new memory that a dry run shows."""


@dataclass(frozen=True, slots=True)
class Formed:
    """A new cube with the index entries of its text."""

    cube: Cube
    found: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """Why something is written: who does what, and for which reason."""

    principal: Principal
    name: str
    reason: str


class Joining:
    """Read parents and results, and write them together."""

    def __init__(self, parts: Parts, indexing: Indexing) -> None:
        self._parts = parts
        self._indexing = indexing
        self.veil = Veil(parts)

    def found(self, access: AccessFilter, memory_id: str) -> Cube:
        """Return the head of a memory in any state.

        Raises:
            NotFound: unknown or foreign; AccessDenied: restricted.
        """
        return known(self._parts, access, memory_id)

    def here(self, access: AccessFilter, memory_id: str, now: datetime) -> Cube:
        """Return the head of a memory that is not gone.

        Raises:
            NotFound: unknown, foreign, deleted or expired.
        """
        cube = self.found(access, memory_id)
        if cube.gone(now):
            raise NotFound(
                f"no memory {memory_id!r}: it was deleted or has expired; restore it first",
                id=memory_id,
            )
        return cube

    def sealed(self, cube: Cube) -> Formed:
        """Return ``cube`` with content hash, signature and similarity hash, and its entries."""
        rules, seal, version = self._parts.rules, self._parts.seal, cube.version
        found = entries(cube.payload, rules.passage_tokens, self._parts.counter)
        found = self.veil.entries(cube.tenant_id, cube.scope, found)
        content_hash = seal.content_hash(cube.tenant_id, PAYLOAD.dump_json(cube.payload))
        signature = seal.signature(
            cube.tenant_id,
            cube_id=cube.id,
            version=version.number,
            content_hash=content_hash,
            source_class=version.origin.source_class,
            trust=version.trust,
        )
        whole = replace(
            version,
            content_hash=content_hash,
            signature=signature,
            simhash=simhash(all_terms(found)),
        )
        return Formed(replace(cube, version=whole), found)

    def create(self, made: Formed, action: Action, *others: str, rationed: bool = True) -> Create:
        """Return the write of a new cube; its note names the cubes that it comes from.

        ``rationed`` is off where quotas must not stop it: what an erasure leaves is made anew.
        """
        allowed = allowance(self._parts, made.cube.tenant_id) if rationed else None
        if allowed is not None:
            allowed.fits([made.cube])
        counted = nullcontext() if allowed is None else allowed.entries([(made.cube, made.found)])
        with counted:
            vectors = self._parts.embedder.embed([item.embedded for item in made.found])
        note = self._note(made.cube, action, *others)
        return Create(made.cube, passages(made.found, vectors), note)

    def governs(
        self, before: Sequence[Cube], after: Sequence[Cube], action: Action, other: str
    ) -> list[WriteOp]:
        """Return the writes of those whose governance changes."""
        return [
            Govern(
                now.id,
                now.version.number,
                now.governance,
                self._note(now, action, other),
                was.governance,
            )
            for was, now in zip(before, after, strict=True)
            if was != now
        ]

    def write(
        self, tenant_id: str, now: datetime, ops: Sequence[WriteOp], replay: Replay | None
    ) -> None:
        """Do one transaction, and bring the index along."""
        self._parts.store.write(Write(tenant_id, now, tuple(ops), replay))
        self._indexing.current(tenant_id)

    def _note(self, cube: Cube, action: Action, *others: str) -> Note:
        version = cube.version
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        targets = (cube.id, *others)
        return Note(action.principal.id, action.name, targets, action.reason, salted)


def allowed(principal: Principal, cube: Cube, plan: Callable[[], Transition]) -> Transition:
    """Return the plan of a move, if the principal may make it.

    Raises:
        IllegalTransition: it is refused; the message and ``detail`` name the memory.
        AccessDenied: the right is missing.
    """
    try:
        planned = plan()
    except IllegalTransition as error:
        message = f"{cube.id!r}: {error.message}"
        raise IllegalTransition(message, id=cube.id, **error.detail) from error
    if planned.right is not None:
        require_on(principal, planned.right, cube)
    return planned
