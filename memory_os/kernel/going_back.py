"""What it takes to make one cube again what it was: planned, nothing done."""

from dataclasses import dataclass, replace
from datetime import datetime

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube, Governance, Parent
from memory_os.domain.lifecycle import Event, Right, State, transition, underlying
from memory_os.domain.past import same_content
from memory_os.errors import AccessDenied, IllegalTransition
from memory_os.governance.guard import require_on
from memory_os.governance.seal import Seal
from memory_os.kernel.moving import facts, governed, place
from memory_os.kernel.parts import Rules

_G, _A, _R, _X = State.GENERATED, State.ACTIVATED, State.ARCHIVED, State.EXPIRED
MOVES: dict[tuple[State, State], tuple[Event, ...]] = {
    (_G, _A): (Event.ACTIVATE,),
    (_G, _R): (Event.ARCHIVE,),
    (_A, _G): (Event.DEACTIVATE,),
    (_A, _R): (Event.ARCHIVE,),
    (_R, _G): (Event.RESTORE,),
    (_R, _A): (Event.RESTORE, Event.ACTIVATE),
    (_X, _G): (Event.RESTORE,),
    (_X, _A): (Event.RESTORE, Event.ACTIVATE),
    (_X, _R): (Event.RESTORE, Event.ARCHIVE),
}
"""The lifecycle's own moves that lead from where a cube stands to where it stood."""

_HELD = {
    State.FROZEN: "it is frozen; unfreeze it first",
    State.QUARANTINED: "it is quarantined; release it first",
    State.MERGED: "it was merged into another; unmerge that first",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a cube stays as it is."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A cube as it stands, and as it is to stand; ``source`` is the version it repeats, if any."""

    cube: Cube
    goal: Cube
    source: Cube | None = None

    @property
    def deletes(self) -> bool:
        """Tell whether the cube is to go."""
        return self.goal.governance.state is _X

    @property
    def restores(self) -> bool:
        """Tell whether the cube comes back from having been deleted or having expired."""
        return self.cube.governance.state is _X and not self.deletes


@dataclass(frozen=True, slots=True)
class Planner:
    """Plan for one principal at one moment."""

    principal: Principal
    now: datetime
    reason: str
    rules: Rules
    seal: Seal

    def plan(self, cube: Cube, then: Cube | None) -> Plan | Refusal | None:
        """Return what makes ``cube`` again what it was ``then`` (nothing: not there).

        Nothing to do is nothing. The moves are those of the lifecycle, with its guards and rights.
        """
        source = None
        if then is not None and not same_content(cube, then):
            source = then
        try:
            require_on(self.principal, Right.WRITE, cube)
            self._vouches(cube, source)
            governance = self._governance(cube, then)
        except (IllegalTransition, AccessDenied) as error:
            return self._refused(cube, error)
        if isinstance(governance, Refusal):
            return governance
        goal = cube.moved(governance)
        if source is not None:
            if place(cube, self.now).state in _HELD:
                return self._held(cube)
            goal = self._repeated(goal, source)
        if goal == cube:
            return None
        return Plan(cube, goal, source)

    def _vouches(self, cube: Cube, source: Cube | None) -> None:
        """Pass unless going back would undo that somebody lowered the trust of this very text.

        Raises:
            AccessDenied: it would, and the caller may not attest.
        """
        if source is None or source.version.content_hash != cube.version.content_hash:
            return
        if source.version.trust > cube.version.trust:
            require_on(self.principal, Right.ATTEST, cube)

    def _governance(self, cube: Cube, then: Cube | None) -> Governance | Refusal:
        here = place(cube, self.now).state
        if then is None:
            return self._gone(cube, here)
        there = _stood(then)
        if there is None or there is here:
            return self._regoverned(cube, then) if here not in _HELD else cube.governance
        if here in _HELD:
            same = underlying(cube.position) is there and here is State.FROZEN
            return cube.governance if same else self._held(cube)
        if there is State.MERGED:
            return Refusal("merged", "it was merged then; merge it again instead")
        unpinned = replace(self._regoverned(cube, then), pinned=False)
        moved = self._moved(cube.moved(unpinned), MOVES[here, there])
        return replace(self._settled(moved, then), pinned=then.governance.pinned)

    def _gone(self, cube: Cube, here: State) -> Governance | Refusal:
        if here is _X:
            return cube.governance
        if any(parent.role == "merge" for parent in cube.version.parents):
            return Refusal("merge_result", "it is what others were merged into; unmerge it first")
        return self._moved(cube, (Event.DELETE,))

    def _moved(self, cube: Cube, events: tuple[Event, ...]) -> Governance:
        for event in events:
            known = facts(cube, self.now, self.rules)
            planned = transition(place(cube, self.now), event, known)
            if planned.right is not None:
                require_on(self.principal, planned.right, cube)
            cube = cube.moved(governed(cube, planned, self.reason, self.now, self.rules))
        return cube.governance

    def _regoverned(self, cube: Cube, then: Cube) -> Governance:
        """Return today's governance with the pin, priority and, where it is to come, expiry."""
        was = then.governance
        plain = replace(cube.governance, pinned=was.pinned, priority=was.priority)
        return plain if cube.gone(self.now) else self._settled(plain, then)

    def _settled(self, governance: Governance, then: Cube) -> Governance:
        """Return ``governance`` with the expiry of then, unless that lies in the past by now."""
        was, lifespan = then.governance.lifespan, governance.lifespan
        if was.expires_at is not None and was.expires_at <= self.now:
            return governance
        kept = replace(lifespan, expires_at=was.expires_at, ttl_seconds=was.ttl_seconds)
        return replace(governance, lifespan=kept)

    def _repeated(self, cube: Cube, source: Cube) -> Cube:
        """Return ``cube`` with the content of ``source`` as its next version.

        The content keeps who answered for it: source class and trust are those it had.
        """
        number, said = cube.version.number + 1, source.version
        signature = self.seal.signature(
            cube.tenant_id,
            cube_id=cube.id,
            version=number,
            content_hash=said.content_hash,
            source_class=said.origin.source_class,
            trust=said.trust,
        )
        version = replace(
            said,
            number=number,
            recorded_at=self.now,
            superseded_at=None,
            signature=signature,
            parents=(Parent(cube.id, said.number, "version"),),
        )
        return replace(cube, payload=source.payload, version=version)

    def _held(self, cube: Cube) -> Refusal:
        state = place(cube, self.now).state
        return Refusal(state.value, _HELD[state])

    def _refused(self, cube: Cube, error: IllegalTransition | AccessDenied) -> Refusal:
        if isinstance(error, AccessDenied):
            return Refusal(error.code, error.message)
        state = place(cube, self.now).state
        if state in _HELD:
            return self._held(cube)
        return Refusal(str(error.detail["reason"]), error.message)


def _stood(then: Cube) -> State | None:
    """Return the state to go back to, nothing where the one now is left alone.

    A frozen cube goes back to the state under the frost: freezing is not repeated.
    """
    state = underlying(then.position)
    return None if state is State.QUARANTINED else state
