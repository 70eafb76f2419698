"""Dropping what was computed from text that is no longer so.

A cache is never served past the first chunk whose sources changed: that is looked at on every find.
Here the tensors themselves go, so that no byte of a changed or deleted text stays in them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from memory_os.domain.access import ROLE_RIGHTS, Principal, PrincipalKind, Role
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.kv import CHUNK
from memory_os.domain.lifecycle import RECALLED, Event, transition
from memory_os.domain.operations.activation import SettleResult
from memory_os.domain.payload import Activation
from memory_os.domain.query import Visibility
from memory_os.domain.vocabulary import Kind
from memory_os.domain.writing import Govern, Revise, Write, WriteOp
from memory_os.errors import VersionConflict
from memory_os.kernel.caching import cache_of, next_version
from memory_os.kernel.closing import everything
from memory_os.kernel.expiring import ACTOR
from memory_os.kernel.moving import facts, governed, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.promoting import Promoting
from memory_os.kernel.releasing import Releasing, blobs_of
from memory_os.kernel.sourcing import source_ids, standing_chunks
from memory_os.policies.verdict import Action
from memory_os.ports.cube_store import Listing

SOURCE_CHANGED = "source_changed"
_PROMOTED = "promote"
_PAGE = 500


@dataclass(slots=True)
class _Done:
    dry_run: bool = False
    cut: list[str] = field(default_factory=list)
    demoted: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    freed: int = 0

    def result(self) -> SettleResult:
        return SettleResult(
            cut=tuple(self.cut),
            demoted=tuple(self.demoted),
            archived=tuple(self.archived),
            freed_bytes=self.freed,
        )


class Aftercare(Protocol):
    """What follows from a change of memories, once it is written."""

    def changed(self, tenant_id: str, cubes: Sequence[Cube]) -> None:
        """Take note of memories that have a new version, or have left recall."""
        ...


class Unsettled:
    """Drop nothing: what is changed on a branch leaves main, and what was computed on it."""

    def changed(self, tenant_id: str, cubes: Sequence[Cube]) -> None:
        """Do nothing."""


class Settling:
    """Cut and archive caches as the platform."""

    def __init__(self, parts: Parts, promoting: Promoting | None = None) -> None:
        self._parts = parts
        self._promoting = promoting
        self._releasing = Releasing(parts)

    def changed(self, tenant_id: str, cubes: Sequence[Cube]) -> None:
        """Drop what these hold no longer, and what was computed from them, as far as it fell."""
        if cubes:
            self._releasing.dropped(tenant_id, [cube for cube in cubes if not cube.recallable])
            self.after(tenant_id, [cube.id for cube in cubes])

    def after(self, tenant_id: str, cube_ids: Sequence[str]) -> SettleResult:
        """Drop what was computed from these memories, as far as they no longer stand."""
        edges = self._parts.erasures.derived(tenant_id, cube_ids)
        behind = [edge.child for edge in edges if edge.role == _PROMOTED]
        if not behind:
            return SettleResult()
        found = self._parts.store.get(everything(tenant_id), list(dict.fromkeys(behind)))
        return self._settle(tenant_id, found)

    def everywhere(self, tenant_id: str, *, dry_run: bool = False) -> SettleResult:
        """Do the same for every cache of a tenant, drop those that no longer pay, and remove files
        that nobody holds. What is pinned is not judged by what it pays.

        ``dry_run`` only says what would be dropped.
        """
        done = self._settle(tenant_id, self._caches(tenant_id), dry_run=dry_run)
        if not dry_run:
            self._releasing.collect(tenant_id)
        return done

    def _caches(self, tenant_id: str) -> Iterator[Cube]:
        seen = Visibility(kinds=frozenset({Kind.ACTIVATION}), states=RECALLED, any_validity=True)
        cursor: str | None = None
        while True:
            listing = Listing(seen, _PAGE, cursor)
            now = self._parts.clock.now()
            page = self._parts.store.find(everything(tenant_id), listing, now)
            yield from page.cubes
            cursor = page.cursor
            if cursor is None:
                return

    def _settle(
        self, tenant_id: str, cubes: Iterable[Cube], *, dry_run: bool = False
    ) -> SettleResult:
        done = _Done(dry_run)
        for cube in cubes:
            if isinstance(cube.payload, Activation) and cube.governance.state in RECALLED:
                self._one(tenant_id, cube, done)
        return done.result()

    def _one(self, tenant_id: str, cube: Cube, done: _Done) -> None:
        """Settle a cache; one that others change at the same time is settled with the next change.

        Until then it is not served past what stands.
        """
        payload, now = cache_of(cube), self._parts.clock.now()
        heads = self._parts.store.get(everything(tenant_id), source_ids(payload))
        standing = standing_chunks(payload, {head.id: head for head in heads}, now)
        if standing == len(payload.chunks):
            verdict = self._unpaid(cube, heads)
            if verdict is None:
                return
            op, into, left = self._archive(cube, verdict), done.demoted, 0
        elif standing:
            op, into, left = self._cut(cube, payload, standing), done.cut, standing
        else:
            op, into, left = self._archive(cube, SOURCE_CHANGED), done.archived, 0
        if not done.dry_run:
            try:
                self._parts.store.write(Write(tenant_id, now, (op,)))
            except VersionConflict:
                return
            self._releasing.dropped(tenant_id, [cube])
        into.append(cube.id)
        done.freed += sum(blob.size for blob in blobs_of(cube)[left:])

    def _unpaid(self, cube: Cube, sources: Sequence[Cube]) -> str | None:
        """Return why a cache is not worth its bytes any more, nothing if it is or nobody asks."""
        if self._promoting is None or cube.governance.pinned:
            return None
        verdict = self._promoting.dropped(cube, sources)
        return verdict.reason if verdict and verdict.action is Action.DEMOTE else None

    def _cut(self, cube: Cube, payload: Activation, standing: int) -> WriteOp:
        rights = ROLE_RIGHTS[Role.ADMIN]
        platform = Principal(cube.tenant_id, ACTOR, PrincipalKind.OPERATOR, rights=rights)
        left = replace(payload, tokens=standing * CHUNK, chunks=payload.chunks[:standing])
        after = next_version(self._parts, platform, cube, left, self._parts.clock.now())
        return Revise(after, cube.version.number, (), self._note(after, "cut"))

    def _archive(self, cube: Cube, reason: str) -> WriteOp:
        now, rules = self._parts.clock.now(), self._parts.rules
        looked_at = replace(facts(cube, now, rules), pinned=False)
        planned = transition(place(cube, now), Event.ARCHIVE, looked_at)
        after = governed(cube, planned, reason, now, rules)
        return Govern(
            cube.id,
            cube.version.number,
            after,
            self._note(cube, Event.ARCHIVE.value, reason),
            cube.governance,
        )

    def _note(self, cube: Cube, action: str, reason: str = SOURCE_CHANGED) -> Note:
        version = cube.version
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        return Note(ACTOR, action, (cube.id,), reason, salted)
