"""Review: vouching for memories, and ending the time of what is held."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from memory_os.domain.access import Principal, access_filter
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Event, Right, State, transition
from memory_os.domain.operations import Memory
from memory_os.domain.operations.record import to_memory
from memory_os.domain.operations.review import AttestRequest, RejectRequest
from memory_os.domain.vocabulary import Trust
from memory_os.domain.writing import Govern, Replay, Revise, Write, WriteOp
from memory_os.errors import IllegalTransition, VersionConflict
from memory_os.governance.guard import admit, require_on
from memory_os.kernel.allowances import allowance
from memory_os.kernel.entries import all_terms, entries, passages
from memory_os.kernel.forming import Former
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.lookup import gone, known
from memory_os.kernel.moving import facts, governed, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns
from memory_os.kernel.veiling import Veil

Request = TypeVar("Request", AttestRequest, RejectRequest)
Replaying = Callable[[Memory], Replay | None]


class Reviewing:
    """Review for any principal who may."""

    def __init__(self, parts: Parts, indexing: Indexing, turns: Turns) -> None:
        self._parts = parts
        self._indexing = indexing
        self._turns = turns
        self._veil = Veil(parts)

    def attest(self, principal: Principal, memory_id: str, request: AttestRequest) -> Memory:
        """Record a version of the memory with another trust and return it.

        Raises:
            AccessDenied, NotFound, VersionConflict, IdempotencyConflict;
            IllegalTransition: it is frozen, held or merged.
        """
        admit(principal, Right.ATTEST, principal.bindings)
        return self._once(
            principal,
            f"attest:{memory_id}",
            request,
            request.expected_version,
            lambda replay: self._attest(principal, memory_id, request, replay),
        )

    def reject(self, principal: Principal, memory_id: str, request: RejectRequest) -> Memory:
        """End the time of a held memory: it is gone, and can be restored until ``purge_at``.

        Raises:
            AccessDenied, NotFound, IdempotencyConflict; IllegalTransition: it is not held, or
            must be kept.
        """
        admit(principal, Right.GOVERN, principal.bindings)
        return self._once(
            principal,
            f"reject:{memory_id}",
            request,
            None,
            lambda replay: self._reject(principal, memory_id, request, replay),
        )

    def _once(
        self,
        principal: Principal,
        name: str,
        request: Request,
        expected: int | None,
        act: Callable[[Replaying], Memory],
    ) -> Memory:
        key = None if request.dry_run else request.idempotency_key
        run = self._turns.until_stored if expected is None else self._turns.once
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"{name}:{principal.id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=Memory,
            act=lambda replay: run(principal.tenant_id, lambda: act(replay)),
        )

    def _attest(
        self, principal: Principal, memory_id: str, request: AttestRequest, replay: Replaying
    ) -> Memory:
        cube = self._head(principal, memory_id, Right.ATTEST)
        if request.expected_version not in (None, cube.version.number):
            raise VersionConflict(
                f"{memory_id!r} is at version {cube.version.number}, not "
                f"{request.expected_version}; read it again",
                version=cube.version.number,
            )
        refusal = gone(self._parts, cube)
        if refusal is not None:
            raise refusal
        now, rules = self._parts.clock.now(), self._parts.rules
        transition(place(cube, now), Event.REVISE, facts(cube, now, rules))
        found = entries(cube.payload, rules.passage_tokens, self._parts.counter)
        found = self._veil.entries(cube.tenant_id, cube.scope, found)
        former = Former(principal, cube.scope, now, self._parts.ids, self._parts.seal)
        attested = former.attested(cube, all_terms(found), Trust[request.trust.upper()])
        answer = to_memory(self._veil.cube(access_filter(principal), attested))
        if not request.dry_run:
            with allowance(self._parts, cube.tenant_id).entries([(attested, found)]):
                vectors = self._parts.embedder.embed([item.embedded for item in found])
            note = self._note(principal, attested, "attest", request.reason)
            before = cube.version.number
            revise = Revise(attested, before, passages(found, vectors), note)
            self._write(principal, now, revise, replay(answer))
        return answer

    def _reject(
        self, principal: Principal, memory_id: str, request: RejectRequest, replay: Replaying
    ) -> Memory:
        cube = self._head(principal, memory_id, Right.GOVERN)
        now, rules = self._parts.clock.now(), self._parts.rules
        at = place(cube, now)
        if at.state is not State.QUARANTINED:
            raise IllegalTransition(
                f"{memory_id!r} is {at.state.value}, not held for review; delete it instead",
                state=at.state.value,
                event="reject",
                reason="not_held",
                legal=[],
            )
        planned = transition(at, Event.EXPIRE, replace(facts(cube, now, rules), expiry_due=True))
        after = cube.moved(governed(cube, planned, request.reason, now, rules))
        answer = to_memory(after)
        if not request.dry_run:
            note = self._note(principal, after, "reject", request.reason)
            number = cube.version.number
            move = Govern(cube.id, number, after.governance, note, cube.governance)
            self._write(principal, now, move, replay(answer))
        return answer

    def _head(self, principal: Principal, memory_id: str, right: Right) -> Cube:
        access = admit(principal, Right.READ, principal.bindings)
        cube = known(self._parts, access, memory_id)
        require_on(principal, right, cube)
        return cube

    def _write(
        self, principal: Principal, now: datetime, op: WriteOp, replay: Replay | None
    ) -> None:
        self._parts.store.write(Write(principal.tenant_id, now, (op,), replay))
        self._indexing.current(principal.tenant_id)

    def _note(self, principal: Principal, cube: Cube, action: str, reason: str) -> Note:
        version = cube.version
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        return Note(principal.id, action, (cube.id,), reason, salted)


class ReviewingConnector:
    """The part of the connector port about review and trust, for whoever ``caller`` says calls."""

    def __init__(self, reviewing: Reviewing, caller: Callable[[], Principal]) -> None:
        self._reviewing = reviewing
        self._reviewer = caller

    def attest(self, memory_id: str, request: AttestRequest) -> Memory:
        """Say how far a memory may be relied on."""
        return self._reviewing.attest(self._reviewer(), memory_id, request)

    def reject(self, memory_id: str, request: RejectRequest) -> Memory:
        """End the time of a memory that is held."""
        return self._reviewing.reject(self._reviewer(), memory_id, request)
