"""Storing new memories: drafts, admission, one transaction, the index, in that order."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right, State
from memory_os.domain.operations import Added, AddedEvent, AddRequest, AddResult
from memory_os.domain.payload import text_of
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import Visibility
from memory_os.domain.writing import Create, Record, Replay, Write, WriteOp
from memory_os.errors import (
    AlreadyExists,
    InvalidInput,
    ModelFailed,
    QuotaExhausted,
    VersionConflict,
)
from memory_os.governance.guard import admit, bound_scope, require_in
from memory_os.kernel.admitting import Prepared, added_of, contributor, prepared, refused
from memory_os.kernel.allowances import allowance
from memory_os.kernel.causing import after_storing
from memory_os.kernel.collecting import paused
from memory_os.kernel.echoing import Echoes
from memory_os.kernel.entries import Entry, all_terms, entries, fresh_chunks, passages
from memory_os.kernel.expiring import overdue, swept
from memory_os.kernel.extraction import Contributor, extract
from memory_os.kernel.forming import Draft, Former, drafts, expiry_of
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.indexing import LiveIndex
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.resolving import Resolving, Settled
from memory_os.kernel.retaining import Answers
from memory_os.kernel.retrying import Turns
from memory_os.kernel.veiling import Veil
from memory_os.policies.admission import Admit, Verdict, covers, deduplicates, judge

_LARGE = 64


@dataclass(slots=True)
class _Batch:
    """What one transaction is going to store, and the answer it will give.

    ``planned_at`` is the tenant's sequence number that everything here was planned on.
    ``held`` are the content hashes that heads of the tenant have, nothing if that is not known.
    ``refused`` is to be journalled of what is not stored, ``told`` by id of what is.
    """

    planned_at: int
    answers: Answers
    cubes: list[tuple[Cube, tuple[Entry, ...]]] = field(default_factory=list)
    results: list[Added] = field(default_factory=list)
    by_content: dict[tuple[Scope, str], list[Cube]] = field(default_factory=dict)
    turns: dict[Scope, int] = field(default_factory=dict)
    overdue: dict[str, Cube] = field(default_factory=dict)
    held: set[str] | None = None
    settled: Settled = field(default_factory=Settled)
    refused: list[Note] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plan:
    """One request with what its caller may do and the drafts of its cubes."""

    request: AddRequest
    access: AccessFilter
    former: Former
    drafts: list[Prepared]


class Adding:
    """Add memories for any principal."""

    def __init__(
        self,
        parts: Parts,
        indexing: LiveIndex,
        turns: Turns,
        policies: Policies,
        echoes: Echoes,
    ) -> None:
        self._parts = parts
        self._echoes = echoes
        self._indexing = indexing
        self._turns = turns
        self._policies = policies
        self._resolving = Resolving(parts)
        self._veil = Veil(parts)

    def add(self, principal: Principal, requests: Sequence[AddRequest]) -> AddResult:
        """Store all requests in one transaction, durably, and index them before returning.

        Raises:
            AccessDenied, InvalidInput, NotSupported, AlreadyExists, IdempotencyConflict,
            VersionConflict: it lost to other writers again and again; StoreError.
        """
        keys = {request.idempotency_key for request in requests} - {None}
        if len(keys) > 1:
            raise InvalidInput(
                f"one transaction has one idempotency key, not {len(keys)}", field="idempotency_key"
            )
        key = f"add:{principal.id}:{next(iter(keys))}" if keys else None
        answers = Answers(self._parts, principal.tenant_id)
        with paused() if _large(requests) else nullcontext():
            return once(
                self._parts,
                tenant_id=principal.tenant_id,
                key=key,
                request_hash=digest(*requests) if key else "",
                answer_type=AddResult,
                act=lambda replay: self._turns.until_stored(
                    principal.tenant_id,
                    lambda: self._store(principal, requests, answers, replay),
                ),
            )

    def _store(
        self,
        principal: Principal,
        requests: Sequence[AddRequest],
        answers: Answers,
        replay: Callable[[AddResult], Replay | None],
    ) -> AddResult:
        batch = _Batch(self._parts.store.head(principal.tenant_id), answers)
        now = self._parts.clock.now()
        plans = [self._plan(principal, request, now, batch) for request in requests]
        if len(plans) > 1:
            hashes = [each.content_hash for plan in plans for each in plan.drafts]
            batch.held = self._parts.store.held_contents(principal.tenant_id, hashes)
        for plan in plans:
            stored = [self._take(prepared, plan, batch) for prepared in plan.drafts]
            if plan.request.infer:
                allowance(self._parts, principal.tenant_id).fits(cube for cube, _ in batch.cubes)
                self._infer(stored, plan, batch)
        settled = batch.settled
        batch.cubes = [(settled.fresh.get(cube.id, cube), found) for cube, found in batch.cubes]
        results = tuple(_settled(added, settled) for added in batch.results)
        answer = AddResult(results=results, cost=batch.answers.cost)
        record = replay(answer)
        if batch.cubes:
            former = Former(principal, Scope(), now, self._parts.ids, self._parts.seal)
            self._commit(former, batch, record)
        elif batch.refused or record is not None:
            notes = tuple(map(Record, batch.refused))
            self._parts.store.write(Write(principal.tenant_id, now, notes, record))
        return answer

    def _plan(
        self, principal: Principal, request: AddRequest, now: datetime, batch: _Batch
    ) -> _Plan:
        """Check the caller's rights and draft the cubes of one request."""
        asked = request.scope
        access = admit(principal, Right.WRITE, asked)
        scope = bound_scope(principal, asked)
        require_in(principal, Right.WRITE, scope)
        if request.visibility is Visibility.TENANT:
            require_in(principal, Right.SHARE, scope)
        policies = self._policies.of(principal.tenant_id, scope.agent_id)
        former = Former(principal, scope, now, self._parts.ids, self._parts.seal, policies)
        made = self._drafts(request, access, scope, batch)
        return _Plan(request, access, former, [prepared(draft, former) for draft in made])

    def _drafts(
        self, request: AddRequest, access: AccessFilter, scope: Scope, batch: _Batch
    ) -> list[Draft]:
        if request.messages is None:
            return list(drafts(request, 0))
        if scope not in batch.turns:
            batch.turns[scope] = self._parts.store.last_turn(access, scope)
        turn = batch.turns[scope] + 1
        batch.turns[scope] += len(request.messages)
        return list(drafts(request, turn))

    def _infer(self, stored: list[Added], plan: _Plan, batch: _Batch) -> None:
        """Store what the model reads in the raw texts; if it fails, say so and keep the texts.

        What was held or refused is not shown to it.
        """
        read = [
            (each.draft, added)
            for each, added in zip(plan.drafts, stored, strict=True)
            if added.state not in (None, State.QUARANTINED)
        ]
        if not read:
            return
        try:
            batch.answers.spend_for(plan.former.scope)
            sources = self._contributors([added for _, added in read], plan.access, batch)
            raw = [draft for draft, _ in read]
            shown = self._veil.shown(plan.former.principal.tenant_id, plan.former.scope)
            found = list(extract(batch.answers.language_model, raw, sources, shown))
        except (ModelFailed, QuotaExhausted) as error:
            last = batch.results.pop()
            batch.results.append(last.model_copy(update={"reason": f"not inferred: {error}"}))
            return
        batch.held = None
        for draft in found:
            self._take(prepared(draft, plan.former), plan, batch)

    def _contributors(
        self, stored: list[Added], access: AccessFilter, batch: _Batch
    ) -> list[Contributor]:
        """Return the cubes behind ``stored``: new ones of this batch, and touched ones."""
        known = {cube.id: cube for cube, _ in batch.cubes}
        touched = [added.id for added in stored if added.id not in known]
        known |= {cube.id: cube for cube in self._parts.store.get(access, touched)}
        cubes = [known[added.id] for added in stored]
        return [contributor(cube) for cube in cubes]

    def _take(self, given: Prepared, plan: _Plan, batch: _Batch) -> Added:
        added = self._decided(given, plan, batch)
        batch.results.append(added)
        return added

    def _decided(self, given: Prepared, plan: _Plan, batch: _Batch) -> Added:
        draft, former, access = given.draft, plan.former, plan.access
        if given.verdict.action is Admit.REJECT:
            return self._refused(given.verdict.reason, draft, former, batch)
        verdict = self._compared(given, plan, batch)
        if verdict.existing is not None:
            return self._touched(verdict.existing, draft, access, verdict.reason)
        limit = self._parts.rules.passage_tokens
        found = entries(draft.payload, limit, self._parts.counter)
        if former.policies.redaction.where == "out":
            found = self._veil.entries(former.principal.tenant_id, former.scope, found)
        terms = all_terms(found)
        if verdict.action is Admit.ADD:
            tenant, settings = former.principal.tenant_id, former.policies.admission
            text = text_of(draft.payload)
            echo = self._echoes.repeated(tenant, former.scope, text, len(terms), settings)
            if echo is not None:
                return self._refused(f"echo of {echo}", draft, former, batch)
        self._free(draft.external_id, former, access, batch)
        cube = former.create(draft, given.content_hash, terms)
        batch.cubes.append((cube, found))
        if given.told:
            batch.told[cube.id] = given.told
        if verdict.action is Admit.HOLD:
            return added_of(cube, AddedEvent.HOLD, verdict.reason)
        if draft.request.resolve:
            self._resolving.settle(cube, former, access, batch.settled)
        place = (former.scope, given.content_hash)
        batch.by_content.setdefault(place, []).append(cube)
        return added_of(cube, AddedEvent.ADD, given.told)

    def _compared(self, given: Prepared, plan: _Plan, batch: _Batch) -> Verdict:
        """Decide on what may be stored by what is stored already."""
        draft, former = given.draft, plan.former
        if given.verdict.action is Admit.HOLD or not deduplicates(draft.payload):
            return given.verdict
        place = (former.scope, given.content_hash)
        expires = expiry_of(draft.request, former.now)
        existing = next(
            (
                cube.id
                for cube in self._same(place, plan.access, former.now, batch)
                if draft.external_id in (None, cube.external_id)
                and covers(cube, draft.request, expires)
            ),
            None,
        )
        return judge(draft.payload, existing)

    def _refused(self, reason: str, draft: Draft, former: Former, batch: _Batch) -> Added:
        batch.refused.append(Note(former.principal.id, "reject", (), reason))
        return refused(draft, reason)

    def _same(
        self, place: tuple[Scope, str], access: AccessFilter, now: datetime, batch: _Batch
    ) -> list[Cube]:
        """Return the cubes of this scope and content, and note those whose time is over."""
        made = batch.by_content.get(place)
        if made is None and (batch.held is None or place[1] in batch.held):
            stored = self._parts.store.by_content(access, *place)
            batch.overdue |= {cube.id: cube for cube in stored if overdue(cube, now)}
            made = batch.by_content[place] = [cube for cube in stored if not overdue(cube, now)]
        return made or []

    def _free(
        self, external_id: str | None, former: Former, access: AccessFilter, batch: _Batch
    ) -> None:
        """Note whose time is over but still holds the external id, held back or not.

        Raises:
            AlreadyExists: a memory that the caller may see has it.
        """
        if external_id is None:
            return
        anyone = replace(access, sees_quarantined=True)
        holder = self._parts.store.by_external_id(anyone, former.scope, external_id)
        if holder is None:
            return
        if overdue(holder, former.now):
            batch.overdue[holder.id] = holder
        elif access.sees_quarantined or holder.governance.state is not State.QUARANTINED:
            raise AlreadyExists(
                f"external id {external_id!r} is taken in this scope by memory {holder.id!r}; "
                "update that one",
                external_id=external_id,
                id=holder.id,
            )

    def _touched(self, cube_id: str, draft: Draft, access: AccessFilter, reason: str) -> Added:
        found = self._parts.store.get(access, [cube_id])
        return Added.model_construct(
            id=cube_id,
            memory=text_of(draft.payload),
            event=AddedEvent.TOUCH,
            state=found[0].governance.state if found else State.GENERATED,
            version=found[0].version.number if found else 1,
            reason=reason,
        )

    def _commit(self, former: Former, batch: _Batch, replay: Replay | None) -> None:
        principal, now = former.principal, former.now
        texts = [item.embedded for _, found in batch.cubes for item in found]
        allowed = allowance(self._parts, principal.tenant_id)
        if not batch.overdue:
            allowed.fits(cube for cube, _ in batch.cubes)
        fresh = [(c, [e for e in f if batch.answers.is_new(e.embedded)]) for c, f in batch.cubes]
        with allowed.entries(fresh):
            vectors = batch.answers.embed(texts)
        purge_after, seal = self._parts.rules.purge_after, self._parts.seal
        ops: list[WriteOp] = [
            swept(cube, now, purge_after, seal) for cube in batch.overdue.values()
        ]
        at = 0
        for cube, found in batch.cubes:
            rows = vectors[at : at + len(found)]
            at += len(found)
            note = self._note(principal, cube, batch.told.get(cube.id, ""))
            ops.append(Create(cube, passages(found, rows), note))
        ops += map(Record, batch.refused)
        ops += self._resolving.writes(batch.settled, former)
        ops += after_storing(self._parts, [cube for cube, _ in batch.cubes], now)
        write = Write(principal.tenant_id, now, tuple(ops), replay, batch.planned_at)
        try:
            written = self._parts.store.write(write)
        except VersionConflict:
            batch.answers.keep(texts, vectors)
            raise
        archived = any(not cube.recallable for cube, _ in batch.cubes)
        if batch.overdue or batch.settled.stored or archived:
            self._indexing.current(principal.tenant_id)
            return
        chunks = fresh_chunks(batch.cubes, vectors, written.first_chunk, now)
        self._indexing.committed(principal.tenant_id, written, chunks)

    def _note(self, principal: Principal, cube: Cube, told: str) -> Note:
        version, held = cube.version, cube.governance.state is State.QUARANTINED
        salted = self._parts.seal.salted(cube.tenant_id, version.signature, version.content_hash)
        reason = "; ".join(filter(None, (cube.governance.state_reason if held else "", told)))
        return Note(principal.id, "hold" if held else "create", (cube.id,), reason, salted)


def _large(requests: Sequence[AddRequest]) -> bool:
    """Tell whether so much is made at once, and no model waited for, that the pause pays."""
    size = sum(len(request.messages or (request,)) for request in requests)
    return size >= _LARGE and not any(request.infer for request in requests)


def _settled(added: Added, settled: Settled) -> Added:
    """Return the answer for a fact after it was settled with the others."""
    cube = settled.fresh.get(added.id)
    if cube is None or added.event is not AddedEvent.ADD:
        return added
    ended = settled.superseded.get(added.id, ())
    links = cube.version.conflicts_with
    before = cube.version.superseded_by
    return added.model_copy(
        update={
            "event": AddedEvent.SUPERSEDE if ended else AddedEvent.ADD,
            "state": cube.governance.state,
            "reason": "conflict"
            if links
            else f"superseded by {before}"
            if before
            else added.reason,
            "superseded": ended,
            "conflicts_with": links,
        }
    )
