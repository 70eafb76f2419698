"""New versions, lifecycle moves and deletion of memories that are there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from memory_os.domain.access import AccessFilter, Principal, access_filter
from memory_os.domain.cube import Cube
from memory_os.domain.grants import Purpose
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import (
    Event,
    Position,
    Right,
    State,
    Transition,
    legal_events,
    transition,
)
from memory_os.domain.operations import (
    DeleteAllRequest,
    DeleteResult,
    Memory,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.domain.operations.common import reason_text
from memory_os.domain.operations.record import to_memory
from memory_os.domain.query import Visibility
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.writing import Govern, Replay, Revise, Write, WriteOp
from memory_os.errors import AccessDenied, InvalidInput, VersionConflict
from memory_os.governance.guard import admit, bound_scope, may_show, require_on
from memory_os.kernel.admitting import edited, labelled
from memory_os.kernel.allowances import allowance
from memory_os.kernel.amending import (
    GOVERNED,
    VERSIONED,
    lowers_sensitivity,
    regoverned,
    revised_header,
    revised_payload,
)
from memory_os.kernel.behind import following
from memory_os.kernel.causing import after_storing
from memory_os.kernel.entries import all_terms, entries, fresh_chunks, passages
from memory_os.kernel.forming import Former
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.indexing import LiveIndex
from memory_os.kernel.lookup import gone, known
from memory_os.kernel.moving import facts, governed, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.retrying import Turns
from memory_os.kernel.settling import Aftercare
from memory_os.kernel.veiling import Veil
from memory_os.ports.cube_store import Listing

_EDITED_BY_CALLERS = frozenset(
    {Event.REVISE, Event.SUPERSEDE, Event.MERGE, Event.UNMERGE, Event.PURGE, Event.ERASE}
    | {Event.OVERRIDE}
)


Answer = TypeVar("Answer")


class Changing:
    """Change memories for any principal."""

    def __init__(
        self,
        parts: Parts,
        indexing: LiveIndex,
        turns: Turns,
        policies: Policies,
        settling: Aftercare,
    ) -> None:
        self._parts = parts
        self._policies = policies
        self._veil = Veil(parts)
        self._indexing = indexing
        self._turns = turns
        self._settling = settling

    def update(self, principal: Principal, memory_id: str, request: UpdateRequest) -> Memory:
        """Record the next version and return it.

        Raises:
            NotFound, VersionConflict, IllegalTransition, InvalidInput, IdempotencyConflict.
        """
        key = request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"update:{principal.id}:{memory_id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=Memory,
            act=lambda replay: self._retried(
                principal,
                request.expected_version,
                lambda: self._update(principal, memory_id, request, replay),
            ),
        )

    def transition(
        self, principal: Principal, memory_id: str, request: TransitionRequest
    ) -> Memory:
        """Move the memory by a lifecycle event and return it as it stands afterwards.

        Raises:
            NotFound, VersionConflict, IllegalTransition, AccessDenied, IdempotencyConflict,
            InvalidInput: an event that is not a caller's to send.
        """
        if request.event in _EDITED_BY_CALLERS:
            raise InvalidInput(
                f"{request.event.value!r} is not sent by itself: update and delete have calls of "
                "their own",
                field="event",
            )
        key = request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"transition:{principal.id}:{memory_id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=Memory,
            act=lambda replay: self._retried(
                principal,
                request.expected_version,
                lambda: self._transition(principal, memory_id, request, replay),
            ),
        )

    def delete(self, principal: Principal, memory_id: str, reason: str) -> DeleteResult:
        """Delete, recoverable until ``purge_at``.

        Raises:
            NotFound, IllegalTransition.
        """
        why = reason_text(reason)

        def act() -> DeleteResult:
            cube = self._head(principal, memory_id, None, purpose=None)
            self._must_be_here(cube)
            return self._delete(principal, [cube], why)

        return self._retried(principal, None, act)

    def delete_all(self, principal: Principal, request: DeleteAllRequest) -> DeleteResult:
        """Delete everything in a scope in one transaction, what is shared with it left alone.

        It goes whenever it holds, unless the request says ``valid_at``. What cannot be deleted
        where it stands, such as a frozen memory, stays.

        Raises:
            AccessDenied: the right is missing, or a bound caller asks for what is shared with it.
        """
        access = admit(principal, Right.WRITE, request.scope, purpose=None)
        if principal.bindings and request.scope_match is ScopeMatch.INHERIT:
            raise AccessDenied(
                "what is shared beyond the scope that this credential is bound to may be read, "
                "not deleted; ask for the scope match 'exact'",
                field="scope_match",
            )
        visibility = replace(
            request.visibility(ScopeMatch.EXACT),
            scope=bound_scope(principal, request.scope),
            any_validity=request.valid_at is None,
        )
        if request.states is None:
            visibility = replace(
                visibility, states=frozenset({State.GENERATED, State.ACTIVATED, State.ARCHIVED})
            )
        if request.dry_run:
            ids = tuple(cube.id for cube in self._deletable(access, visibility))
            return DeleteResult(deleted=len(ids), ids=ids, dry_run=True)
        return self._retried(
            principal,
            None,
            lambda: self._delete(principal, self._deletable(access, visibility), request.reason),
        )

    def position(self, principal: Principal, memory_id: str) -> Position:
        """Return where the memory stands in the lifecycle, deleted or not."""
        access = admit(principal, Right.READ, principal.bindings)
        return known(self._parts, access, memory_id).position

    def _deletable(self, access: AccessFilter, visibility: Visibility) -> list[Cube]:
        now = self._parts.clock.now()
        cubes: list[Cube] = []
        cursor: str | None = None
        while True:
            page = self._parts.store.find(access, Listing(visibility, 1_000, cursor), now)
            cubes += [c for c in page.cubes if Event.DELETE in legal_events(place(c, now))]
            cursor = page.cursor
            if cursor is None:
                return cubes

    def _transition(
        self,
        principal: Principal,
        memory_id: str,
        request: TransitionRequest,
        replay: Callable[[Memory], Replay | None],
    ) -> Memory:
        cube = self._head(principal, memory_id, request.expected_version)
        planned = self._plan(principal, cube, request.event)
        now = self._parts.clock.now()
        moved = cube.moved(governed(cube, planned, request.reason, now, self._parts.rules))
        answer = to_memory(self._veil.cube(access_filter(principal), moved))
        if not request.dry_run:
            action = planned.event.value
            self._govern(principal, [(cube, moved)], action, request.reason, now, replay(answer))
        return answer

    def _update(
        self,
        principal: Principal,
        memory_id: str,
        request: UpdateRequest,
        replay: Callable[[Memory], Replay | None],
    ) -> Memory:
        cube = self._head(principal, memory_id, request.expected_version)
        self._must_be_here(cube)
        given = request.changes
        now = self._parts.clock.now()
        revises = bool(given & VERSIONED)
        result, ops = cube, list[WriteOp]()
        governance = cube.governance
        if revises:
            self._plan(principal, cube, Event.REVISE)
            result, labels = self._revised(principal, cube, request, now)
            governance = labelled(governance, labels)
            found = entries(result.payload, self._parts.rules.passage_tokens, self._parts.counter)
            found = self._veil.entries(result.tenant_id, result.scope, found)
            allowed = allowance(self._parts, principal.tenant_id)
            allowed.fits((), [result])
            with allowed.entries([(result, found)]):
                vectors = self._parts.embedder.embed([item.embedded for item in found])
            stored = passages(found, vectors)
            note = self._note(principal, result, "revise", request.reason)
            ops.append(Revise(result, cube.version.number, stored, note))
            ops += after_storing(self._parts, [result], now)
        if given & GOVERNED:
            self._frozen_refuses(cube)
            if lowers_sensitivity(cube, request):
                require_on(principal, Right.GOVERN, cube)
            if request.visibility is not None:
                may_show(principal, cube, request.visibility)
            governance = regoverned(governance, request, now)
        governs = bool(given & GOVERNED) or governance is not cube.governance
        if governs:
            result = result.moved(governance)
            note = self._note(principal, result, "govern", request.reason)
            number, seen = result.version.number, cube.governance
            ops.append(Govern(cube.id, number, result.governance, note, seen))
        answer = to_memory(self._veil.cube(access_filter(principal), result))
        write = Write(principal.tenant_id, now, tuple(ops), replay(answer))
        written = self._parts.store.write(write)
        if revises and not governs:
            fresh = fresh_chunks([(result, found)], vectors, written.first_chunk, now)
            self._indexing.committed(principal.tenant_id, written, fresh)
        else:
            self._indexing.current(principal.tenant_id)
        if revises:
            self._settling.changed(principal.tenant_id, [result])
        return answer

    def _revised(
        self, principal: Principal, cube: Cube, request: UpdateRequest, now: datetime
    ) -> tuple[Cube, tuple[str, ...]]:
        """Return the next version as policy lets it be stored, and the labels it earns."""
        policies = self._policies.of(principal.tenant_id, cube.scope.agent_id)
        parts = self._parts
        former = Former(principal, cube.scope, now, parts.ids, parts.seal, policies)
        payload, changed = revised_payload(cube, request), revised_header(cube, request)
        labels: tuple[str, ...] = ()
        if request.content is not None or "metadata" in changed:
            screened = edited(payload, request.metadata, former)
            payload, labels = screened.payload, screened.labels
            if "metadata" in changed:
                changed["metadata"] = screened.metadata
        found = entries(payload, parts.rules.passage_tokens, parts.counter)
        return former.next_version(cube, payload, all_terms(found), **changed), labels

    def _delete(self, principal: Principal, cubes: list[Cube], reason: str) -> DeleteResult:
        now = self._parts.clock.now()
        moved = []
        for cube in cubes:
            planned = self._plan(principal, cube, Event.DELETE)
            after = governed(cube, planned, reason, now, self._parts.rules)
            moved.append((cube, cube.moved(after)))
        if moved:
            self._govern(principal, moved, Event.DELETE.value, reason, now)
        purge_at = moved[0][1].governance.lifespan.purge_at if moved else None
        ids = tuple(cube.id for cube in cubes)
        return DeleteResult(deleted=len(ids), ids=ids, purge_at=purge_at)

    def _govern(
        self,
        principal: Principal,
        moved: list[tuple[Cube, Cube]],
        action: str,
        reason: str,
        now: datetime,
        replay: Replay | None = None,
    ) -> None:
        """Write the moves, and those of merged parents that follow, in one transaction."""
        access = admit(principal, Right.WRITE, principal.bindings, purpose=None)
        ops = tuple(
            Govern(
                after.id,
                after.version.number,
                after.governance,
                self._note(principal, after, action, reason),
                before.governance,
            )
            for before, after in (*moved, *following(self._parts, access, moved, now))
        )
        self._parts.store.write(Write(principal.tenant_id, now, ops, replay))
        self._indexing.current(principal.tenant_id)
        left = [after for _, after in moved if not after.recallable]
        self._settling.changed(principal.tenant_id, left)

    def _plan(self, principal: Principal, cube: Cube, event: Event) -> Transition:
        now = self._parts.clock.now()
        planned = transition(place(cube, now), event, facts(cube, now, self._parts.rules))
        if planned.right is not None:
            require_on(principal, planned.right, cube)
        return planned

    def _must_be_here(self, cube: Cube) -> None:
        refusal = gone(self._parts, cube)
        if refusal is not None:
            raise refusal

    def _frozen_refuses(self, cube: Cube) -> None:
        if cube.governance.state is State.FROZEN:
            transition(cube.position, Event.REVISE)

    def _head(
        self,
        principal: Principal,
        memory_id: str,
        expected: int | None,
        purpose: Purpose | None = Purpose.RECALL,
    ) -> Cube:
        admit(principal, Right.WRITE, principal.bindings)
        access = admit(principal, Right.READ, principal.bindings, purpose=purpose)
        cube = known(self._parts, access, memory_id)
        require_on(principal, Right.WRITE, cube)
        if expected is not None and expected != cube.version.number:
            raise VersionConflict(
                f"{memory_id!r} is at version {cube.version.number}, not {expected}; read it again",
                version=cube.version.number,
            )
        return cube

    def _retried(
        self, principal: Principal, expected: int | None, act: Callable[[], Answer]
    ) -> Answer:
        """Run ``act`` again when others changed memory meanwhile, but for an expected version."""
        run = self._turns.until_stored if expected is None else self._turns.once
        return run(principal.tenant_id, act)

    def _note(self, principal: Principal, cube: Cube, action: str, reason: str) -> Note:
        version = cube.version
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        return Note(principal.id, action, (cube.id,), reason, salted)
