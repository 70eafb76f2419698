"""Planning an erasure: who is meant, what goes with them, and whether it may."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.erasure import Erased as Gone
from memory_os.domain.erasure import Tainted
from memory_os.domain.lifecycle import Event, Right, State, transition
from memory_os.domain.operations.erase import EraseRequest
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind
from memory_os.errors import InvalidInput
from memory_os.governance.guard import admit, bound_scope, require_on
from memory_os.kernel.joining import allowed
from memory_os.kernel.lookup import known
from memory_os.kernel.moving import facts
from memory_os.kernel.parts import Parts
from memory_os.policies.erasing import closure, tainted
from memory_os.ports.cube_store import Listing

PAGE = 1_000
SHORTEST = 8
"""How many characters a text has at least that a reason is searched for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would take: heads by the role they go in, and adapters it taints."""

    cubes: tuple[Cube, ...]
    members: tuple[Gone, ...]
    tainted: tuple[Tainted, ...]


def everything(tenant_id: str) -> AccessFilter:
    """Return the filter of the platform itself: what must go, goes, whoever may see it."""
    return AccessFilter(tenant_id, "platform", sees_private=True, sees_quarantined=True)


class Closing:
    """Find what an erasure takes, for any principal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def targets(self, principal: Principal, request: EraseRequest) -> list[str]:
        """Return the ids of the memories that the request means itself.

        Raises:
            AccessDenied: a right is missing, or a memory is shared with the caller only;
            NotFound: an id is unknown or foreign; Erased: it was erased before.
        """
        right = Right.ERASE if request.override is None else Right.LEGAL_ERASE
        if request.ids:
            access = admit(principal, right, principal.bindings)
            return [
                self._mine(principal, right, access, one).id for one in dict.fromkeys(request.ids)
            ]
        if request.subject is not None:
            return self._about(principal, right, request.subject)
        access = admit(principal, right, request.scope)
        return self._in_scope(access, bound_scope(principal, request.scope))

    def planned(self, tenant_id: str, targets: Sequence[str]) -> Plan:
        """Return the closure of ``targets``."""
        store, access = self._parts.erasures, everything(tenant_id)

        def merged(ids: Sequence[str]) -> dict[str, str]:
            held = self._parts.store.get(access, ids) if ids else ()
            return {c.id: c.governance.absorbed.into for c in held if c.governance.absorbed}

        roles = closure(
            targets,
            lambda ids: store.derived(tenant_id, ids),
            lambda ids: store.made_of(tenant_id, ids),
            merged,
        )
        cubes = tuple(self._parts.store.get(access, list(roles)))
        kinds = {cube.id: cube.kind for cube in cubes}
        members = tuple(Gone(one, kinds.get(one, Kind.TEXT), roles[one]) for one in roles)
        adapters = [member.id for member in members if member.kind is Kind.PARAMETRIC]
        edges = store.made_of(tenant_id, adapters)
        return Plan(cubes, members, tainted(members, edges))

    def checked(self, principal: Principal, plan: Plan, request: EraseRequest) -> None:
        """Pass if the lifecycle lets all of the plan go.

        Raises:
            IllegalTransition: a memory is frozen or retained; the message names it.
            AccessDenied: the right for it is missing.
            InvalidInput: the reason repeats what a memory says.
        """
        now, rules = self._parts.clock.now(), self._parts.rules
        event = Event.ERASE if request.override is None else Event.OVERRIDE
        for cube in plan.cubes:
            looked_at = facts(cube, now, rules)
            allowed(principal, cube, partial(transition, cube.position, event, looked_at))
            text = cube.text.strip()
            if len(text) >= SHORTEST and text in request.reason:
                raise InvalidInput(
                    f"the reason repeats the text of {cube.id!r}, and a reason is kept for ever; "
                    "give one without content",
                    field="reason",
                )

    def due(self, tenant_id: str, now: datetime) -> list[Plan]:
        """Return what is past its ``purge_at``, each with what goes with it.

        What was made from an expired memory and is not gone itself lives on; one that is frozen
        keeps what it was made from.
        """
        plans: list[Plan] = []
        taken: set[str] = set()
        for cube in self._gone(tenant_id, now):
            if cube.id in taken:
                continue
            plan = self.planned(tenant_id, [cube.id])
            if any(_frozen(one) for one in plan.cubes):
                continue
            due = {one.id for one in plan.cubes if self._purge_due(one, now)}
            members = tuple(member for member in plan.members if member.id in due)
            cubes = tuple(one for one in plan.cubes if one.id in due)
            taken |= due
            if members and cube.id in due:
                plans.append(Plan(cubes, members, ()))
        return plans

    def _gone(self, tenant_id: str, now: datetime) -> list[Cube]:
        seen = Visibility(
            kinds=frozenset(Kind), states=frozenset({State.EXPIRED}), any_validity=True
        )
        found = self._listed(everything(tenant_id), seen)
        return [cube for cube in found if self._purge_due(cube, now)]

    def _purge_due(self, cube: Cube, now: datetime) -> bool:
        looked_at = facts(cube, now, self._parts.rules)
        return cube.gone(now) and looked_at.purge_due and not looked_at.retained

    def _mine(
        self, principal: Principal, right: Right, access: AccessFilter, memory_id: str
    ) -> Cube:
        cube = known(self._parts, access, memory_id)
        require_on(principal, right, cube)
        return cube

    def _about(self, principal: Principal, right: Right, subject: str) -> list[str]:
        access = admit(principal, right, Scope(user_id=subject))
        found = self._in_scope(access, bound_scope(principal, Scope(user_id=subject)))
        named = self._parts.erasures.naming(principal.tenant_id, subject)
        facts_of = self._parts.store.get(access, named) if named else ()
        mine = (c for c in facts_of if principal.bindings.reaches(c.scope, ScopeMatch.EXACT))
        return list(dict.fromkeys((*found, *(cube.id for cube in mine))))

    def _in_scope(self, access: AccessFilter, scope: Scope) -> list[str]:
        seen = Visibility(
            scope=scope,
            match=ScopeMatch.EXACT,
            kinds=frozenset(Kind),
            states=frozenset(State),
            any_validity=True,
        )
        held = replace(access, sees_quarantined=True)
        return [cube.id for cube in self._listed(held, seen)]

    def _listed(self, access: AccessFilter, seen: Visibility) -> list[Cube]:
        now, cubes, cursor = self._parts.clock.now(), list[Cube](), None
        while True:
            page = self._parts.store.find(access, Listing(seen, PAGE, cursor), now)
            cubes += page.cubes
            cursor = page.cursor
            if cursor is None:
                return cubes


def _frozen(cube: Cube) -> bool:
    governance = cube.governance
    return governance.state is State.FROZEN or State.FROZEN in governance.resume
