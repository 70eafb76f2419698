"""Adapter cubes: weights trained from memories, kept, judged by their gate, given out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube, Parent
from memory_os.domain.grants import Purpose
from memory_os.domain.lifecycle import RECALLED, Event, Right, State, transition, underlying
from memory_os.domain.operations import Memory
from memory_os.domain.operations.adapter import (
    AdapterRequest,
    GateRequest,
    TrainingRequest,
    TrainingVerdict,
)
from memory_os.domain.operations.record import to_memory
from memory_os.domain.payload import Blob
from memory_os.domain.vocabulary import Kind, Visibility
from memory_os.domain.writing import Create, Replay, Revise, WriteOp
from memory_os.errors import IllegalTransition, NotFound, VersionConflict
from memory_os.governance.guard import admit, bound_scope, require_in, require_on
from memory_os.kernel.adapting import (
    adapter_of,
    contributor,
    edges,
    formed,
    payload_of,
    trainable,
)
from memory_os.kernel.allowances import allowance
from memory_os.kernel.closing import everything
from memory_os.kernel.forming import Former
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.joining import Joining
from memory_os.kernel.keeping import Keeping
from memory_os.kernel.lookup import gone, known
from memory_os.kernel.moving import facts, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.releasing import Releasing
from memory_os.kernel.retrying import Turns
from memory_os.parametric.format import alone, unpack
from memory_os.parametric.gate import Scores, trial
from memory_os.policies.promotion import POLICY, judge_adapter, judge_training
from memory_os.policies.verdict import Action

_NOBODYS = Blob("", 0, "0" * 64)
PASSED = "passed"


class Adapters:
    """Keep adapters for any principal."""

    def __init__(self, parts: Parts, indexing: Indexing, turns: Turns, policies: Policies) -> None:
        self._parts = parts
        self._turns = turns
        self._policies = policies
        self._joining = Joining(parts, indexing)
        self._keeping = Keeping(parts, indexing)
        self._releasing = Releasing(parts)

    def may_train(self, principal: Principal, request: TrainingRequest) -> TrainingVerdict:
        """Return whether these memories may be trained on together, with what they say.

        Raises:
            AccessDenied; NotFound: one is not there for the caller.
        """
        access = admit(principal, Right.READ, principal.bindings, purpose=Purpose.TRAIN)
        now = self._parts.clock.now()
        cubes = [known(self._parts, access, one) for one in dict.fromkeys(request.ids)]
        for cube in cubes:
            if cube.gone(now) or not cube.recallable:
                raise NotFound(f"no memory {cube.id!r} in recall to train on", id=cube.id)
        verdict = judge_training(
            [contributor(principal, cube, now) for cube in cubes],
            self._policies.of(
                principal.tenant_id, bound_scope(principal, request.scope).agent_id
            ).promotion.parametric,
        )
        allowed = verdict.action is Action.PROMOTE
        return TrainingVerdict(
            allowed=allowed,
            reason=verdict.reason,
            policy=POLICY,
            inputs=dict(verdict.inputs),
            memories=tuple(map(trainable, cubes)) if allowed else (),
        )

    def store(
        self, principal: Principal, request: AdapterRequest, content: bytes | memoryview
    ) -> Memory:
        """Keep an adapter, durably, as a draft: it cannot be attached before its gate has passed.

        Raises:
            AccessDenied; NotFound: a contributor, or what it replaces, is not there for the caller;
            VersionConflict: a contributor was revised meanwhile; InvalidInput: the file is damaged;
            NotSupported: no plain LoRA of this base; QuotaExhausted, StoreError.
        """
        key = None if request.dry_run else request.idempotency_key
        return once(
            self._parts,
            tenant_id=principal.tenant_id,
            key=f"adapter:{principal.id}:{key}" if key else None,
            request_hash=digest(request) if key else "",
            answer_type=Memory,
            act=lambda replay: self._turns.until_stored(
                principal.tenant_id, lambda: self._store(principal, request, content, replay)
            ),
        )

    def _store(
        self,
        principal: Principal,
        request: AdapterRequest,
        content: bytes | memoryview,
        replay: Callable[[Memory], Replay | None],
    ) -> Memory:
        parts, tenant = self._parts, principal.tenant_id
        admit(principal, Right.WRITE, request.scope)
        scope = bound_scope(principal, request.scope)
        require_in(principal, Right.WRITE, scope)
        if request.visibility is Visibility.TENANT:
            require_in(principal, Right.SHARE, scope)
        planned_at, now = parts.store.head(tenant), parts.clock.now()
        sources = self._contributors(principal, request, now)
        before = None
        if request.replaces is not None:
            before = self._keeping.head(principal, request.replaces, None)
            adapter_of(before)
        file = unpack(content, request.base)
        if request.dry_run:
            payload = payload_of(request, file, sources, _NOBODYS)
            return to_memory(
                formed(parts, principal, scope, request, payload, sources, before, now)
            )
        put: list[Blob] = []
        try:
            with parts.blobs.adding(tenant):
                put.append(parts.blobs.put(tenant, alone(content), file.codec))
                payload = payload_of(request, file, sources, put[0])
                cube = formed(parts, principal, scope, request, payload, sources, before, now)
                allowed = allowance(parts, tenant)
                ops: list[WriteOp]
                if before is None:
                    cube = replace(cube, id=parts.ids.new("mem"))
                    cube = self._joining.sealed(cube).cube
                    allowed.fits([cube])
                    note = self._keeping.note(principal, cube, "create", request.reason)
                    ops = [Create(cube, (), note)]
                else:
                    allowed.fits((), [cube])
                    note = self._keeping.note(principal, cube, "revise", request.reason)
                    ops = [Revise(cube, before.version.number, (), note)]
                    if cube.governance.state is State.ACTIVATED:
                        cube, op = self._keeping.moved(
                            principal, cube, Event.DEACTIVATE, "replaced", now
                        )
                        ops.append(op)
                answer = to_memory(cube)
                self._keeping.write(tenant, now, ops, replay(answer), planned_at)
        except BaseException:
            self._releasing.release(tenant, (blob.path for blob in put))
            raise
        return answer

    def judge(self, principal: Principal, memory_id: str, request: GateRequest) -> Memory:
        """Record what an adapter showed, and activate it if that passes the policy's gate.

        Refused, it stays a draft or becomes one, with the numbers and the reason in its manifest.

        Raises:
            AccessDenied, NotFound, InvalidInput: no adapter, or scores that do not pair up;
            VersionConflict; IllegalTransition: it is frozen, held or retired.
        """
        return self._turns.until_stored(
            principal.tenant_id, lambda: self._judge(principal, memory_id, request)
        )

    def _judge(self, principal: Principal, memory_id: str, request: GateRequest) -> Memory:
        parts, now = self._parts, self._parts.clock.now()
        cube = self._keeping.head(principal, memory_id, request.expected_version)
        payload = adapter_of(cube)
        transition(place(cube, now), Event.REVISE, facts(cube, now, parts.rules))
        if cube.governance.state not in RECALLED:
            raise IllegalTransition(
                f"{cube.id!r} is {cube.governance.state.value}; restore it before it is judged",
                state=cube.governance.state.value,
                event="judge",
                reason="retired",
                legal=[],
            )
        scores = Scores(
            request.before,
            request.after,
            request.divergence,
            request.kept_before,
            request.kept_after,
            request.canary_clean,
            request.detach_tested,
        )
        found = trial(scores, payload.manifest.seed)
        settings = self._policies.of(cube.tenant_id, cube.scope.agent_id).promotion.parametric
        verdict = judge_adapter(found, settings)
        passed = verdict.action is Action.PROMOTE
        told = scores.told()
        manifest = replace(
            payload.manifest,
            scores_before={"recall": told["recall_before"], "kept": told["kept_before"]},
            scores_after={
                "recall": told["recall_after"],
                "kept": told["kept_after"],
                "gain_lower": found.gain_lower,
                "divergence": found.divergence,
                "forgetting": found.forgetting,
            },
            verdict=PASSED if passed else verdict.reason,
        )
        former = Former(principal, cube.scope, now, parts.ids, parts.seal)
        judged = replace(payload, manifest=manifest)
        parents = (Parent(cube.id, cube.version.number, "version"), *edges(manifest))
        after = former.next_version(cube, judged, (), parents=parents)
        note = self._keeping.note(principal, after, "judge", request.reason)
        ops: list[WriteOp] = [Revise(after, cube.version.number, (), note)]
        event = None
        if passed and after.governance.state is State.GENERATED:
            event = Event.ACTIVATE
        elif not passed and after.governance.state is State.ACTIVATED:
            event = Event.DEACTIVATE
        if event is not None:
            after, op = self._keeping.moved(principal, after, event, verdict.reason, now)
            ops.append(op)
        self._keeping.write(cube.tenant_id, now, ops)
        return to_memory(after)

    def load(
        self, principal: Principal, memory_id: str, *, draft: bool = False
    ) -> tuple[Blob, memoryview]:
        """Return the file of an adapter that may be attached, verified.

        ``draft`` gives who may write it one that is still to be judged.

        Raises:
            AccessDenied; NotFound: unknown, or not attachable for this caller: not activated, or a
            contributor was revised or left recall; StoreCorrupt: the file is damaged.
        """
        access = admit(principal, Right.READ, principal.bindings)
        cube, now = known(self._parts, access, memory_id), self._parts.clock.now()
        payload = adapter_of(cube)
        if draft:
            require_on(principal, Right.WRITE, cube)
        refusal = gone(self._parts, cube)
        if refusal is not None:
            raise refusal
        state = underlying(cube.position)
        if state is not State.ACTIVATED and not (draft and state is State.GENERATED):
            raise NotFound(
                f"{memory_id!r} cannot be attached: it is {cube.governance.state.value}, and its "
                f"gate says {payload.manifest.verdict!r}",
                id=memory_id,
                reason="not_active",
            )
        stale = self.stale(cube, now)
        if stale and not draft:
            raise NotFound(
                f"{memory_id!r} cannot be attached: {stale[0]!r}, which it was trained on, has "
                "changed; train it again",
                id=memory_id,
                reason="contributor_changed",
            )
        return payload.blob, self._parts.blobs.read(cube.tenant_id, payload.blob)

    def stale(self, cube: Cube, now: datetime) -> list[str]:
        """Return which memories that an adapter was trained on are no longer what they were."""
        made_of = {
            source.cube_id: source.version for source in adapter_of(cube).manifest.contributors
        }
        heads = self._parts.store.get(everything(cube.tenant_id), list(made_of))
        fresh = {
            head.id
            for head in heads
            if head.version.number == made_of[head.id] and head.recallable and not head.gone(now)
        }
        return [one for one in made_of if one not in fresh]

    def _contributors(
        self, principal: Principal, request: AdapterRequest, now: datetime
    ) -> list[tuple[Cube, float]]:
        """Return what an adapter was trained on, as it stands, with its weights.

        Raises:
            AccessDenied: the right to train on one is missing; NotFound, VersionConflict.
        """
        access = admit(principal, Right.READ, principal.bindings, purpose=Purpose.TRAIN)
        found = []
        for given in request.contributors:
            cube = known(self._parts, access, given.id)
            if cube.gone(now) or not cube.recallable or cube.kind is not Kind.TEXT:
                raise NotFound(f"no text {given.id!r} in recall to have trained on", id=given.id)
            require_on(principal, Right.TRAIN, cube)
            if cube.version.number != given.version:
                raise VersionConflict(
                    f"{given.id!r} is at version {cube.version.number}, not {given.version}: it "
                    "changed since it was trained on; train again",
                    version=cube.version.number,
                )
            found.append((cube, given.weight))
        return found
