"""Merging memories into one, and taking a merge apart again, each in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube, Parent
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Event, Right, State, Transition, transition
from memory_os.domain.operations import (
    MergeRequest,
    MergeResult,
    UnmergeRequest,
    UnmergeResult,
)
from memory_os.domain.operations.record import to_memory
from memory_os.domain.payload import kind_of
from memory_os.domain.simhash import simhash
from memory_os.domain.writing import Create, Govern, Passage, Replay, Write, WriteOp
from memory_os.errors import IllegalTransition, NotFound
from memory_os.governance.guard import admit
from memory_os.kernel.entries import Entry, all_terms, entries, passages
from memory_os.kernel.forming import PAYLOAD
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.likeness import compared
from memory_os.kernel.merged import (
    absorbed,
    checked,
    edges,
    merged_governance,
    merged_payload,
    merged_usage,
    merged_version,
    returned,
    spokesman,
)
from memory_os.kernel.moving import facts, governed, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import retried

PLANNED = "mem_planned"
"""The id of a result that a dry run shows."""

_EDITED = ("payload", "tags", "metadata", "semantic_type", "valid_from", "valid_to", "confidence")


@dataclass(frozen=True, slots=True)
class _Formed:
    """A new cube with the index entries of its text."""

    cube: Cube
    found: tuple[Entry, ...]


class Merging:
    """Merge and unmerge for any principal."""

    def __init__(self, parts: Parts, indexing: Indexing) -> None:
        self._parts = parts
        self._indexing = indexing

    def merge(self, principal: Principal, request: MergeRequest) -> MergeResult:
        """Make one memory of the parents, which recall no longer sees.

        Raises:
            NotFound, IllegalTransition: a parent is frozen, held or in another scope;
            InvalidInput, AccessDenied, IdempotencyConflict, StoreError.
        """
        key = None if request.dry_run else request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"merge:{principal.id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=MergeResult,
            act=lambda replay: retried(None, lambda: self._merge(principal, request, replay)),
        )

    def unmerge(
        self, principal: Principal, memory_id: str, request: UnmergeRequest
    ) -> UnmergeResult:
        """Bring the parents of a merge back as they were, and archive its result.

        Raises:
            NotFound: no such memory, or it is no merge's result; IllegalTransition: a parent or
            the result has moved on since; AccessDenied, StoreError.
        """
        return retried(None, lambda: self._unmerge(principal, memory_id, request))

    def _merge(
        self,
        principal: Principal,
        request: MergeRequest,
        replay: Callable[[MergeResult], Replay | None],
    ) -> MergeResult:
        access = admit(principal, Right.WRITE, principal.bindings)
        now = self._parts.clock.now()
        parents = [self._here(access, memory_id, now) for memory_id in request.parents]
        one_scope = len({cube.scope for cube in parents}) == 1
        planned = [self._plan(principal, cube, now, one_scope=one_scope) for cube in parents]
        checked(parents)
        chosen = spokesman(parents)
        likeness = compared(self._parts, chosen, [cube for cube in parents if cube is not chosen])
        scores = {item.other: item.cosine for item in likeness} | {chosen.id: 1.0}
        cube_id = PLANNED if request.dry_run else self._parts.ids.new("mem")
        made = self._result(principal, cube_id, parents, chosen, scores, request.content, now)
        moved = [
            cube.moved(absorbed(cube, plan, cube_id, request.reason, now))
            for cube, plan in zip(parents, planned, strict=True)
        ]
        answer = MergeResult(
            results=(to_memory(made.cube),),
            parents=tuple(to_memory(cube) for cube in moved),
            likeness=tuple(likeness),
            dry_run=request.dry_run,
        )
        if request.dry_run:
            return answer
        targets = (cube_id, *request.parents)
        ops: list[WriteOp] = [self._create(principal, made, "merge", targets, request.reason)]
        ops += self._governs(principal, parents, moved, "merge", cube_id, request.reason)
        self._write(principal, now, ops, replay(answer))
        return answer

    def _unmerge(
        self, principal: Principal, memory_id: str, request: UnmergeRequest
    ) -> UnmergeResult:
        access = admit(principal, Right.WRITE, principal.bindings)
        now = self._parts.clock.now()
        result = self._found(access, memory_id)
        first = self._parts.store.read(access, [(memory_id, 1)])[0]
        edges_in = [p for p in (first or result).version.parents if p.role == "merge"]
        if first is None or not edges_in:
            raise NotFound(f"no merge made {memory_id!r}; nothing to take apart", id=memory_id)
        archived = self._archived(principal, result, request.reason, now)
        parents = self._parts.store.get(access, [edge.cube_id for edge in edges_in])
        intact = len(parents) == len(edges_in) and all(
            cube.governance.state is State.MERGED and _into(cube) == memory_id for cube in parents
        )
        back = [
            cube.moved(returned(cube, self._parted(principal, cube, intact=intact)))
            for cube in parents
        ]
        if not intact:
            raise _undone(memory_id)
        kept = self._kept(first, result, dry_run=request.dry_run, now=now)
        answer = UnmergeResult(
            results=tuple(to_memory(cube) for cube in back),
            archived=to_memory(archived),
            kept=to_memory(kept.cube) if kept else None,
            dry_run=request.dry_run,
        )
        if not request.dry_run:
            ops: list[WriteOp] = []
            if kept is not None:
                targets = (kept.cube.id, memory_id)
                ops.append(self._create(principal, kept, "keep", targets, request.reason))
            ops += self._governs(principal, parents, back, "unmerge", memory_id, request.reason)
            ops += self._governs(
                principal, [result], [archived], "unmerge", memory_id, request.reason
            )
            self._write(principal, now, ops, None)
        return answer

    def _result(
        self,
        principal: Principal,
        cube_id: str,
        parents: Sequence[Cube],
        chosen: Cube,
        scores: dict[str, float],
        content: str | None,
        now: datetime,
    ) -> _Formed:
        payload = merged_payload(chosen, content)
        told = payload != chosen.payload
        version = merged_version(principal, parents, chosen, now, told=told)
        cube = Cube(
            id=cube_id,
            tenant_id=principal.tenant_id,
            scope=chosen.scope,
            kind=kind_of(payload),
            created_at=now,
            payload=payload,
            version=replace(version, parents=edges(parents, scores)),
            governance=merged_governance(parents, now),
            usage=merged_usage(parents, now),
        )
        return self._sealed(cube)

    def _kept(
        self, first: Cube, head: Cube, *, dry_run: bool, now: datetime
    ) -> _Formed | None:
        """Return a new cube that says what was edited in the result, if anything was."""
        if all(_field(first, name) == _field(head, name) for name in _EDITED):
            return None
        state = State.ACTIVATED if head.governance.state is State.ACTIVATED else State.GENERATED
        parent = Parent(head.id, head.version.number, "copy")
        version = replace(
            head.version, number=1, recorded_at=now, superseded_at=None, parents=(parent,)
        )
        governance = replace(
            head.governance,
            state=state,
            state_reason="kept from a merge",
            state_since=now,
            resume=(),
        )
        cube_id = PLANNED if dry_run else self._parts.ids.new("mem")
        cube = replace(
            head, id=cube_id, created_at=now, version=version, governance=governance,
            external_id=None,
        )  # fmt: skip
        return self._sealed(cube)

    def _sealed(self, cube: Cube) -> _Formed:
        """Return ``cube`` with content hash, signature and similarity hash, and its entries."""
        rules, seal, version = self._parts.rules, self._parts.seal, cube.version
        found = entries(cube.payload, rules.passage_tokens, self._parts.counter)
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
        return _Formed(replace(cube, version=whole), found)

    def _plan(
        self, principal: Principal, cube: Cube, now: datetime, *, one_scope: bool
    ) -> Transition:
        looked_at = replace(facts(cube, now, self._parts.rules), one_scope=one_scope)
        return _named(cube, lambda: _allowed(principal, transition(
            place(cube, now), Event.MERGE, looked_at
        )))  # fmt: skip

    def _parted(self, principal: Principal, cube: Cube, *, intact: bool) -> Transition:
        """Plan a parent's return; what expired while it was merged comes back expired."""
        looked_at = replace(
            facts(cube, self._parts.clock.now(), self._parts.rules), merge_intact=intact
        )
        return _named(
            cube, lambda: _allowed(principal, transition(cube.position, Event.UNMERGE, looked_at))
        )

    def _archived(self, principal: Principal, cube: Cube, reason: str, now: datetime) -> Cube:
        """Return the result as it stands in the archive; pinning does not keep it out."""
        if cube.position.state is State.ARCHIVED and place(cube, now) == cube.position:
            return cube
        looked_at = replace(facts(cube, now, self._parts.rules), pinned=False)
        planned = _named(
            cube,
            lambda: _allowed(principal, transition(place(cube, now), Event.ARCHIVE, looked_at)),
        )
        return cube.moved(governed(cube, planned, reason or "unmerge", now, self._parts.rules))

    def _create(
        self,
        principal: Principal,
        made: _Formed,
        action: str,
        targets: tuple[str, ...],
        reason: str,
    ) -> Create:
        note = self._note(principal, made.cube, action, targets, reason)
        return Create(made.cube, self._embedded(made.found), note)

    def _embedded(self, found: tuple[Entry, ...]) -> tuple[Passage, ...]:
        vectors: NDArray[np.float32] = self._parts.embedder.embed([item.embedded for item in found])
        return passages(found, vectors)

    def _governs(
        self,
        principal: Principal,
        before: Sequence[Cube],
        after: Sequence[Cube],
        action: str,
        other: str,
        reason: str,
    ) -> list[Govern]:
        return [
            Govern(
                now.id,
                now.version.number,
                now.governance,
                self._note(principal, now, action, (now.id, other), reason),
                was.governance,
            )
            for was, now in zip(before, after, strict=True)
            if was != now
        ]

    def _write(
        self, principal: Principal, now: datetime, ops: list[WriteOp], replay: Replay | None
    ) -> None:
        self._parts.store.write(Write(principal.tenant_id, now, tuple(ops), replay))
        self._indexing.current(principal.tenant_id)

    def _here(self, access: AccessFilter, memory_id: str, now: datetime) -> Cube:
        cube = self._found(access, memory_id)
        if cube.gone(now):
            raise NotFound(
                f"no memory {memory_id!r}: it was deleted or has expired; restore it first",
                id=memory_id,
            )
        return cube

    def _found(self, access: AccessFilter, memory_id: str) -> Cube:
        found = self._parts.store.get(access, [memory_id])
        if not found:
            raise NotFound(f"no memory {memory_id!r}", id=memory_id)
        return found[0]

    def _note(
        self, principal: Principal, cube: Cube, action: str, targets: tuple[str, ...], reason: str
    ) -> Note:
        version = cube.version
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        return Note(principal.id, action, targets, reason, salted)


def _field(cube: Cube, name: str) -> object:
    return cube.payload if name == "payload" else getattr(cube.version, name)


def _into(cube: Cube) -> str | None:
    return cube.governance.absorbed.into if cube.governance.absorbed else None


def _allowed(principal: Principal, planned: Transition) -> Transition:
    if planned.right is not None:
        principal.require(planned.right)
    return planned


def _named(cube: Cube, plan: Callable[[], Transition]) -> Transition:
    """Return the plan; a refusal tells which memory it was."""
    try:
        return plan()
    except IllegalTransition as error:
        raise IllegalTransition(
            f"{cube.id!r}: {error.message}", id=cube.id, **error.detail
        ) from error


def _undone(memory_id: str) -> IllegalTransition:
    return IllegalTransition(
        f"the merge behind {memory_id!r} cannot be taken apart: a parent was erased or can no "
        "longer be seen; legal moves: none",
        id=memory_id,
        reason="merge_undone",
        legal=[],
    )
