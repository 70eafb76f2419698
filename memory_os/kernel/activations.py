"""Activation cubes: caches of prompt prefixes, kept, checked, recoded and settled."""

from collections.abc import Callable
from dataclasses import replace

from memory_os.activation.checking import passes
from memory_os.activation.format import unpack
from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.kv import CHUNK, joined
from memory_os.domain.lifecycle import RECALLED, Event, Right, State, transition
from memory_os.domain.operations import Memory
from memory_os.domain.operations.activation import (
    ActivationRequest,
    CheckRequest,
    RecodeRequest,
)
from memory_os.domain.operations.record import to_memory
from memory_os.domain.payload import Activation, Blob, Check, KvChunk
from memory_os.domain.vocabulary import Visibility
from memory_os.domain.writing import Create, Replay, WriteOp
from memory_os.errors import IllegalTransition
from memory_os.governance.guard import admit, bound_scope, require_in
from memory_os.kernel.allowances import allowance
from memory_os.kernel.caching import (
    cache_of,
    layers_of,
    new_cube,
    next_version,
    payload_of,
    put_chunks,
    with_check,
)
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.joining import PLANNED, Joining
from memory_os.kernel.keeping import Keeping
from memory_os.kernel.moving import facts, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.releasing import Releasing
from memory_os.kernel.retrying import Turns
from memory_os.kernel.sourcing import sources_now

_NOBODYS = Blob("", 0, "0" * 64)
"""The file that a dry run has not written."""


class Activations:
    """Keep caches for any principal."""

    def __init__(self, parts: Parts, indexing: Indexing, turns: Turns) -> None:
        self._parts = parts
        self._turns = turns
        self._joining = Joining(parts, indexing)
        self._keeping = Keeping(parts, indexing)
        self._releasing = Releasing(parts)

    def store(
        self, principal: Principal, request: ActivationRequest, content: bytes | memoryview
    ) -> Memory:
        """Keep the cache of a prefix, durably; it cannot be loaded before its check has passed.

        Raises:
            AccessDenied, NotFound: a source is not there for the caller; VersionConflict: one was
            revised meanwhile; InvalidInput: the file is damaged or does not fit; NotSupported:
            another model's; QuotaExhausted, IdempotencyConflict, StoreError.
        """
        key = None if request.dry_run else request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"activation:{principal.id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=Memory,
            act=lambda replay: self._turns.until_stored(
                principal.tenant_id, lambda: self._store(principal, request, content, replay)
            ),
        )

    def _store(
        self,
        principal: Principal,
        request: ActivationRequest,
        content: bytes | memoryview,
        replay: Callable[[Memory], Replay | None],
    ) -> Memory:
        parts, tenant = self._parts, principal.tenant_id
        admit(principal, Right.WRITE, request.scope)
        scope = bound_scope(principal, request.scope)
        require_in(principal, Right.WRITE, scope)
        if request.visibility is Visibility.TENANT:
            require_in(principal, Right.SHARE, scope)
        access = admit(principal, Right.READ, principal.bindings)
        planned_at, now = parts.store.head(tenant), parts.clock.now()
        sources = list(sources_now(parts, access, request.sources, now).values())
        layers = layers_of(content, request)
        if request.dry_run:
            blobs = [replace(_NOBODYS, codec=request.codec)] * (layers.tokens // CHUNK)
            payload = payload_of(parts, tenant, request, blobs)
            return to_memory(new_cube(principal, PLANNED, scope, request, payload, sources, now))
        put: list[Blob] = []
        try:
            with parts.blobs.adding(tenant):
                put.extend(put_chunks(parts, tenant, layers, request.model, request.codec))
                payload = payload_of(parts, tenant, request, put)
                cube_id = parts.ids.new("mem")
                cube = new_cube(principal, cube_id, scope, request, payload, sources, now)
                cube = self._joining.sealed(cube).cube
                allowance(parts, tenant).fits([cube])
                answer = to_memory(cube)
                create = Create(
                    cube, (), self._keeping.note(principal, cube, "create", request.reason)
                )
                self._keeping.write(tenant, now, [create], replay(answer), planned_at)
        except BaseException:
            self._releasing.release(tenant, (blob.path for blob in put))
            raise
        return answer

    def check(self, principal: Principal, memory_id: str, request: CheckRequest) -> Memory:
        """Record how a cache compared with a full prefill; passed, it becomes loadable.

        One that fails, and was loadable, is so no longer. Whoever may write says what was
        measured: a caller that trusts nobody checks what it loads itself.

        Raises:
            AccessDenied, NotFound, InvalidInput: no activation; VersionConflict;
            IllegalTransition: its tensors were dropped, or it is frozen or held.
        """
        return self._turns.until_stored(
            principal.tenant_id, lambda: self._check(principal, memory_id, request)
        )

    def _check(self, principal: Principal, memory_id: str, request: CheckRequest) -> Memory:
        now, tenant = self._parts.clock.now(), principal.tenant_id
        cube = self._keeping.head(principal, memory_id, request.expected_version)
        payload = self._loaded(cube)
        told = Check(
            request.probes,
            request.top1_agreement,
            request.max_logit_difference,
            passed=False,
        )
        done = replace(told, passed=passes(told, payload.chunks[0].blob.codec))
        after = with_check(self._parts, principal, cube, done, now)
        ops: list[WriteOp] = [self._keeping.revise(principal, cube, after, "check", request.reason)]
        event = None
        if done.passed and after.governance.state is State.GENERATED:
            event = Event.ACTIVATE
        elif not done.passed and after.governance.state is State.ACTIVATED:
            event = Event.DEACTIVATE
        if event is not None:
            reason = "check_passed" if done.passed else "check_failed"
            after, op = self._keeping.moved(principal, after, event, reason, now)
            ops.append(op)
        self._keeping.write(tenant, now, ops)
        return to_memory(after)

    def recode(self, principal: Principal, memory_id: str, request: RecodeRequest) -> Memory:
        """Keep a cache in another codec; it has to be checked again.

        Raises:
            AccessDenied, NotFound, InvalidInput; VersionConflict; IllegalTransition: its tensors
            were dropped, or it is frozen or held; StoreCorrupt: a chunk is damaged.
        """
        return self._turns.until_stored(
            principal.tenant_id, lambda: self._recode(principal, memory_id, request)
        )

    def _recode(self, principal: Principal, memory_id: str, request: RecodeRequest) -> Memory:
        parts, tenant, now = self._parts, principal.tenant_id, self._parts.clock.now()
        cube = self._keeping.head(principal, memory_id, None)
        payload = self._loaded(cube)
        put: list[Blob] = []
        try:
            with parts.blobs.adding(tenant):
                if request.dry_run:
                    put = [replace(_NOBODYS, codec=request.codec)] * len(payload.chunks)
                else:
                    files = (parts.blobs.read(tenant, chunk.blob) for chunk in payload.chunks)
                    layers = joined([unpack(content, payload.model) for content in files])
                    put.extend(put_chunks(parts, tenant, layers, payload.model, request.codec))
                chunks = tuple(
                    KvChunk(chunk.hash, blob, chunk.sources)
                    for chunk, blob in zip(payload.chunks, put, strict=True)
                )
                fresh = replace(payload, chunks=chunks, check=None)
                after = next_version(parts, principal, cube, fresh, now)
                recode = self._keeping.revise(principal, cube, after, "recode", request.reason)
                ops: list[WriteOp] = [recode]
                if after.governance.state is State.ACTIVATED:
                    after, op = self._keeping.moved(
                        principal, after, Event.DEACTIVATE, "recoded", now
                    )
                    ops.append(op)
                if not request.dry_run:
                    self._keeping.write(tenant, now, ops)
        except BaseException:
            self._releasing.release(tenant, (blob.path for blob in put))
            raise
        if not request.dry_run:
            self._releasing.dropped(tenant, [cube])
        return to_memory(after)

    def _loaded(self, cube: Cube) -> Activation:
        """Return the payload of a cache that holds tensors and may be changed.

        Raises:
            InvalidInput: no activation; IllegalTransition: it may not be changed, or holds none.
        """
        payload, now = cache_of(cube), self._parts.clock.now()
        transition(place(cube, now), Event.REVISE, facts(cube, now, self._parts.rules))
        held = self._parts.tensors.paths(cube.tenant_id, [cube.id])
        if cube.governance.state not in RECALLED or not held:
            raise IllegalTransition(
                f"{cube.id!r} holds no tensors any more; compute the prefix again and store that",
                id=cube.id,
                state=cube.governance.state.value,
                reason="tensors_dropped",
                legal=[],
            )
        return payload
