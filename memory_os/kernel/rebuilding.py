"""Rebuilding what an erasure tears apart: the parents that remain behind an erased merge."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from memory_os.domain.access import Principal, PrincipalKind
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.erasure import Erasure, Replaced
from memory_os.domain.lifecycle import Event, State, transition
from memory_os.domain.payload import kind_of
from memory_os.domain.writing import Keep, WriteOp
from memory_os.errors import InvalidInput
from memory_os.kernel.closing import everything
from memory_os.kernel.expiring import ACTOR
from memory_os.kernel.inheriting import permits
from memory_os.kernel.joining import Action, Formed, Joining
from memory_os.kernel.likeness import compared
from memory_os.kernel.merged import (
    checked,
    edges,
    merged_governance,
    merged_payload,
    merged_usage,
    merged_version,
    returned,
    spokesman,
)
from memory_os.kernel.parts import Parts
from memory_os.policies.erasing import MERGE
from memory_os.policies.policy_set import BUILT_IN

REBUILD = "rebuild"


class Rebuilding:
    """Merge again what remains behind erased results, or let the last one go back."""

    def __init__(self, parts: Parts, joining: Joining) -> None:
        self._parts = parts
        self._joining = joining

    def rebuild(self, erasure: Erasure) -> Erasure:
        """Give every parent that remains a place outside the closure; doing it twice does nothing.

        What was rebuilt is stored with it, so that a crash between loses no word of it.
        """
        for result, parents in self._behind(erasure).items():
            erasure = self._again(erasure, result, parents)
        return erasure

    def _behind(self, erasure: Erasure) -> dict[str, list[Cube]]:
        """Return the remaining parents by the outermost erased result they stand behind."""
        tenant_id, access = erasure.tenant_id, everything(erasure.tenant_id)
        gone = set(erasure.ids)
        made_of = self._parts.erasures.made_of(tenant_id, erasure.ids)
        merges = (edge.parent for edge in made_of if edge.role == MERGE)
        outside = [one for one in dict.fromkeys(merges) if one not in gone]
        if not outside:
            return {}
        into = {
            cube.id: cube.governance.absorbed.into
            for cube in self._parts.store.get(access, erasure.ids)
            if cube.governance.absorbed
        }
        found: dict[str, list[Cube]] = {}
        for cube in self._parts.store.get(access, outside):
            absorbed = cube.governance.absorbed
            if absorbed is None or absorbed.into not in gone:
                continue
            top = absorbed.into
            while into.get(top) in gone:
                top = into[top]
            found.setdefault(top, []).append(cube)
        return found

    def _again(self, erasure: Erasure, result: str, parents: list[Cube]) -> Erasure:
        now = self._parts.clock.now()
        access = everything(erasure.tenant_id)
        action = Action(_platform(erasure.tenant_id), REBUILD, "")
        standing = [cube for cube in parents if cube.governance.state is State.MERGED]
        made = self._merged(access.tenant_id, result, standing, now)
        ops: list[WriteOp] = []
        after = [cube.moved(_freed(cube)) for cube in parents]
        if made is not None:
            others = (cube.id for cube in standing)
            ops.append(self._joining.create(made, action, *others, rationed=False))
            ops += permits(self._parts, standing, made.cube, now)
            after = [_behind(cube, made.cube.id) for cube in parents]
        new = made.cube.id if made else None
        ops += self._joining.governs(parents, after, action, new or erasure.id)
        ids = tuple(cube.id for cube in standing)
        if ids:
            replaced = Replaced(result, new or ids[0], ids)
            erasure = replace(erasure, replaced=(*erasure.replaced, replaced))
        self._joining.write(erasure.tenant_id, now, [*ops, Keep(erasure)], None)
        return erasure

    def _merged(
        self, tenant_id: str, result: str, standing: Sequence[Cube], now: datetime
    ) -> Formed | None:
        """Return a new merge of these, nothing where there are not two that can be one."""
        if len(standing) < 2:
            return None
        parents = [cube.moved(_freed(cube)) for cube in standing]
        try:
            checked(parents)
            return self._joining.sealed(self._joined(tenant_id, result, parents, now))
        except InvalidInput:
            return None

    def _joined(self, tenant_id: str, result: str, parents: Sequence[Cube], now: datetime) -> Cube:
        chosen = spokesman(parents)
        payload = merged_payload(chosen, None)
        others = [cube for cube in parents if cube is not chosen]
        likeness = compared(self._parts, chosen, others, BUILT_IN.merge)
        scores = {item.other: item.cosine for item in likeness} | {chosen.id: 1.0}
        version = merged_version(_platform(tenant_id), parents, chosen, now, told=False)
        return Cube(
            id=self._parts.ids.new("mem"),
            tenant_id=tenant_id,
            scope=chosen.scope,
            kind=kind_of(payload),
            created_at=now,
            payload=payload,
            version=replace(version, parents=edges(parents, scores)),
            governance=self._governed(tenant_id, result, merged_governance(parents, now)),
            usage=merged_usage(parents, now),
        )

    def _governed(self, tenant_id: str, result: str, fresh: Governance) -> Governance:
        """Return the governance of a rebuilt result: out of recall where the old one was."""
        held = self._parts.store.get(everything(tenant_id), [result])
        left = held[0].governance.resume[-1:] if held else ()
        if left == (State.ARCHIVED,):
            return replace(fresh, state=State.ARCHIVED, state_reason=REBUILD)
        if left == (State.QUARANTINED,):
            resume = (State.GENERATED,)
            return replace(fresh, state=State.QUARANTINED, state_reason=REBUILD, resume=resume)
        return replace(fresh, state_reason=REBUILD)


def _platform(tenant_id: str) -> Principal:
    return Principal(tenant_id, ACTOR, PrincipalKind.OPERATOR)


def _behind(cube: Cube, new: str) -> Cube:
    governance = cube.governance
    if governance.state is not State.MERGED or governance.absorbed is None:
        return cube.moved(_freed(cube))
    absorbed = replace(governance.absorbed, into=new)
    return cube.moved(replace(governance, state_reason=REBUILD, absorbed=absorbed))


def _freed(cube: Cube) -> Governance:
    """Return the governance of a parent that stands behind nothing any more.

    Under frost or in quarantine it goes back, in time, to what it was before the merge.
    """
    governance = cube.governance
    if governance.state is State.MERGED:
        return returned(cube, transition(cube.position, Event.UNMERGE))
    resume = tuple(_without_merge(governance.resume))
    return replace(governance, resume=resume, absorbed=None)


def _without_merge(resume: Sequence[State]) -> Iterator[State]:
    return (state for state in resume if state is not State.MERGED)
