"""Merging memories into one, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import Event, Right, Transition, transition
from memory_os.domain.operations.merge import MergeRequest, MergeResult
from memory_os.domain.operations.record import to_memory
from memory_os.domain.payload import kind_of
from memory_os.domain.writing import Replay
from memory_os.governance.guard import admit
from memory_os.kernel.admitting import edited, labelled
from memory_os.kernel.forming import Former
from memory_os.kernel.idempotency import digest, once
from memory_os.kernel.inheriting import permits
from memory_os.kernel.joining import PLANNED, Action, Formed, Joining, allowed
from memory_os.kernel.likeness import compared
from memory_os.kernel.merged import (
    absorbed,
    checked,
    edges,
    merged_governance,
    merged_payload,
    merged_usage,
    merged_version,
    spokesman,
)
from memory_os.kernel.moving import facts, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.retrying import Turns


class Merging:
    """Merge for any principal."""

    def __init__(self, parts: Parts, joining: Joining, turns: Turns, policies: Policies) -> None:
        self._parts = parts
        self._policies = policies
        self._turns = turns
        self._joining = joining

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
            act=lambda replay: self._turns.until_stored(
                principal.tenant_id, lambda: self._merge(principal, request, replay)
            ),
        )

    def _merge(
        self,
        principal: Principal,
        request: MergeRequest,
        replay: Callable[[MergeResult], Replay | None],
    ) -> MergeResult:
        admit(principal, Right.WRITE, principal.bindings)
        access = admit(principal, Right.READ, principal.bindings)
        now = self._parts.clock.now()
        parents = [self._joining.here(access, memory_id, now) for memory_id in request.parents]
        one_scope = len({cube.scope for cube in parents}) == 1
        planned = [self._plan(principal, cube, now, one_scope=one_scope) for cube in parents]
        checked(parents)
        chosen = spokesman(parents)
        limits = self._policies.of(principal.tenant_id, chosen.scope.agent_id).merge
        others = [cube for cube in parents if cube is not chosen]
        likeness = compared(self._parts, chosen, others, limits)
        scores = {item.other: item.cosine for item in likeness} | {chosen.id: 1.0}
        cube_id = PLANNED if request.dry_run else self._parts.ids.new("mem")
        made = self._formed(principal, cube_id, parents, chosen, request.content, now)
        version = replace(made.cube.version, parents=edges(parents, scores))
        made = replace(made, cube=replace(made.cube, version=version))
        moved = [
            cube.moved(absorbed(cube, plan, cube_id, request.reason, now))
            for cube, plan in zip(parents, planned, strict=True)
        ]
        answer = MergeResult(
            results=(to_memory(self._joining.veil.cube(access, made.cube)),),
            parents=tuple(map(to_memory, self._joining.veil.cubes(access, moved))),
            likeness=tuple(likeness),
            dry_run=request.dry_run,
        )
        if not request.dry_run:
            action = Action(principal, Event.MERGE.value, request.reason)
            ops = [
                self._joining.create(made, action, *request.parents),
                *self._joining.governs(parents, moved, action, cube_id),
                *permits(self._parts, parents, made.cube, now),
            ]
            self._joining.write(principal.tenant_id, now, ops, replay(answer))
        return answer

    def _formed(
        self,
        principal: Principal,
        cube_id: str,
        parents: Sequence[Cube],
        chosen: Cube,
        content: str | None,
        now: datetime,
    ) -> Formed:
        payload = merged_payload(chosen, content)
        told = payload != chosen.payload
        governance = merged_governance(parents, now)
        if told:
            policies = self._policies.of(principal.tenant_id, chosen.scope.agent_id)
            ids, seal = self._parts.ids, self._parts.seal
            screened = edited(
                payload, None, Former(principal, chosen.scope, now, ids, seal, policies)
            )
            payload, governance = screened.payload, labelled(governance, screened.labels)
        cube = Cube(
            id=cube_id,
            tenant_id=principal.tenant_id,
            scope=chosen.scope,
            kind=kind_of(payload),
            created_at=now,
            payload=payload,
            version=merged_version(principal, parents, chosen, now, told=told),
            governance=governance,
            usage=merged_usage(parents, now),
        )
        return self._joining.sealed(cube)

    def _plan(
        self, principal: Principal, cube: Cube, now: datetime, *, one_scope: bool
    ) -> Transition:
        looked_at = replace(facts(cube, now, self._parts.rules), one_scope=one_scope)
        at = place(cube, now)
        return allowed(principal, cube, lambda: transition(at, Event.MERGE, looked_at))
