"""The cube store as plain Python says it: slow, obvious, and what every other one must equal."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube, Governance, Usage, Version
from memory_os.domain.filter_matching import matches
from memory_os.domain.grants import Purpose
from memory_os.domain.lifecycle import Position, Right, State, underlying
from memory_os.domain.payload import said_at
from memory_os.domain.query import Visibility
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.vocabulary import Sensitivity
from memory_os.domain.vocabulary import Visibility as Audience

INDEXED = (State.GENERATED, State.ACTIVATED, State.ARCHIVED)
HIDDEN = frozenset({State.QUARANTINED, State.ERASED})


@dataclass(slots=True)
class Life:
    """When recall could see a version: half-open, without an end while it still can."""

    version: int
    start: datetime
    end: datetime | None = None


@dataclass(slots=True)
class Kept:
    """Everything that ever was of one cube."""

    versions: list[Cube]
    governed: list[tuple[datetime, Governance]]
    usage: Usage
    lives: list[Life] = field(default_factory=list)

    @property
    def governance(self) -> Governance:
        """Return today's governance."""
        return self.governed[-1][1]

    def shown(self, number: int) -> Cube:
        """Return a version as it is read today."""
        place = number - self.versions[0].version.number
        cube, later = self.versions[place], self.versions[place + 1 :]
        after = later[0].version.recorded_at if later else None
        return replace(
            cube,
            governance=self.governance,
            usage=self.usage,
            version=replace(cube.version, superseded_at=after),
        )

    def head(self) -> Cube:
        """Return the head."""
        return self.shown(self.versions[-1].version.number)

    def at(self, moment: datetime) -> Cube | None:
        """Return the version that was current at ``moment``."""
        known = [cube for cube in self.versions if cube.version.recorded_at <= moment]
        return self.shown(known[-1].version.number) if known else None

    def standing(self, moment: datetime | None) -> Governance:
        """Return the governance at ``moment``, or today's."""
        known = [g for at, g in self.governed if moment is None or at <= moment]
        return known[-1] if known else self.governed[0][1]


class CubeModel:
    """Cubes in a dict; every question a loop over it."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def create(self, cube: Cube) -> None:
        """Keep a new cube."""
        at = cube.version.recorded_at
        kept = Kept([cube], [(at, cube.governance)], cube.usage)
        self.kept[cube.id] = kept
        self._follow(kept, at)

    def revise(self, cube: Cube) -> None:
        """Keep the next version of a cube."""
        kept, at = self.kept[cube.id], cube.version.recorded_at
        kept.versions.append(cube)
        self._close(kept, at)
        self._follow(kept, at)

    def govern(self, cube_id: str, governance: Governance, at: datetime) -> None:
        """Keep the cube's governance from ``at`` on."""
        kept = self.kept[cube_id]
        kept.governed.append((at, governance))
        self._follow(kept, at)

    def find(self, access: AccessFilter, wanted: Visibility, now: datetime) -> list[Cube]:
        """Return the cubes that pass, in the order of listings."""
        found = [self._passing(kept, access, wanted, now) for kept in self.kept.values()]
        return sorted(filter(None, found), key=lambda cube: (cube.created_at, cube.id))

    def select(
        self, access: AccessFilter, wanted: Visibility, now: datetime
    ) -> set[tuple[str, int]]:
        """Return the versions that pass and that recall could see."""
        found = self.find(access, wanted, now)
        return {
            (cube.id, life.version)
            for cube in found
            for life in self.kept[cube.id].lives
            if life.version == cube.version.number and _covers(life, wanted.as_of)
        }

    def _follow(self, kept: Kept, at: datetime) -> None:
        live = kept.lives and kept.lives[-1].end is None
        indexed = _underlying(kept.governance) in INDEXED
        if live and not indexed:
            self._close(kept, at)
        elif indexed and not live:
            kept.lives.append(Life(kept.versions[-1].version.number, at))

    def _close(self, kept: Kept, at: datetime) -> None:
        if kept.lives and kept.lives[-1].end is None:
            kept.lives[-1].end = at

    def _passing(
        self, kept: Kept, access: AccessFilter, wanted: Visibility, now: datetime
    ) -> Cube | None:
        cube = kept.head() if wanted.as_of is None else kept.at(wanted.as_of)
        if cube is None or not sees(access, cube, kept.versions[0]):
            return None
        stands = _stands(kept, wanted, now)
        if not stands or not _fits(cube, wanted, now):
            return None
        then = replace(kept.standing(wanted.as_of), visibility=cube.governance.visibility)
        passes = wanted.filter is None or matches(wanted.filter, cube.moved(then))
        return cube if passes else None


def sees(access: AccessFilter, cube: Cube, first: Cube) -> bool:
    """Tell whether a caller sees a cube whose first version was ``first``."""
    if cube.tenant_id != access.tenant_id or access.branch not in (None, cube.version.branch):
        return False
    governance = cube.governance
    user, private = access.bindings.user_id, governance.visibility is Audience.PRIVATE
    mine = (
        access.sees_private
        or first.version.origin.actor == access.principal_id
        or (user is not None and cube.scope.user_id == user)
    )
    reached = access.bindings.reaches(cube.scope, ScopeMatch.INHERIT)
    given = [i for i in access.allowances.items if i.covers(cube.id, cube.scope)]
    governing = [item for item in given if Right.GOVERN in item.rights]
    opening = governing if private else given
    opening = opening + [item for item in given if item.memory_id is not None]
    held = governance.state is State.QUARANTINED
    purpose = Purpose.REVIEW if held else access.purpose
    named = access.purpose is None or any(purpose in item.purposes for item in given)
    return (
        (
            (access.own and reached and (mine or not private))
            or (access.wide and governance.visibility is Audience.TENANT)
            or bool(opening)
        )
        and (not held or (access.sees_quarantined and reached) or bool(governing))
        and (named or governance.sensitivity is not Sensitivity.RESTRICTED)
    )


def _stands(kept: Kept, wanted: Visibility, now: datetime) -> bool:
    today, then = kept.governance, kept.standing(wanted.as_of)
    if wanted.as_of is not None and today.state in HIDDEN - wanted.states:
        return False
    expires = then.lifespan.expires_at
    frozen = State.FROZEN in (then.state, *then.resume)
    lapse_at = wanted.lapse_at or wanted.as_of or now
    over = expires is not None and expires <= lapse_at and not frozen
    if over and then.state not in HIDDEN:
        return State.EXPIRED in wanted.states
    return bool({then.state, _underlying(then)} & wanted.states)


def _fits(cube: Cube, wanted: Visibility, now: datetime) -> bool:
    version, payload = cube.version, cube.payload
    said = said_at(payload) or version.recorded_at
    valid_at = wanted.valid_at or wanted.as_of or now
    types = wanted.semantic_types
    return (
        wanted.scope.reaches(cube.scope, wanted.match)
        and cube.kind in wanted.kinds
        and (wanted.any_validity or _holds(version, valid_at))
        and (wanted.since is None or wanted.since <= said)
        and (wanted.until is None or said < wanted.until)
        and (types is None or version.semantic_type in types)
        and version.trust >= wanted.min_trust
    )


def _holds(version: Version, moment: datetime) -> bool:
    start, end = version.valid_from, version.valid_to
    return (start is None or start <= moment) and (end is None or moment < end)


def _underlying(governance: Governance) -> State:
    return underlying(Position(governance.state, governance.resume))


def _covers(life: Life, moment: datetime | None) -> bool:
    if moment is None:
        return life.end is None
    return life.start <= moment and (life.end is None or moment < life.end)
