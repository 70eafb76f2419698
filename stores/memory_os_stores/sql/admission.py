"""Access and visibility, once in Python for rows read by key and once in SQL for searches."""

import json
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Join,
    Table,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from memory_os.clock import to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.grants import Purpose, Reach
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Trust
from memory_os.domain.vocabulary import Visibility as Audience
from memory_os_stores.sql.codec import RESTRICTED, Row
from memory_os_stores.sql.filters import Governed, filtered
from memory_os_stores.sql.namespaces import ancestors, join, split
from memory_os_stores.sql.reads import AT_HEAD, OF_CUBE, recorded
from memory_os_stores.sql.tables import cubes, states, versions

PRIVATE = "private"
_TENANT = Audience.TENANT.value
_QUARANTINED = State.QUARANTINED.value
_HIDDEN = frozenset({State.QUARANTINED, State.ERASED})

Clause = ColumnElement[bool]


def admits(access: AccessFilter, row: Row) -> bool:
    """Tell whether ``access`` lets a row of ``CUBE_COLUMNS`` through; the tenant is matched."""
    if access.branch not in (None, row[26]):
        return False
    quarantined = row[25] == _QUARANTINED
    restricted = access.purpose is not None and RESTRICTED in row[11]
    private = row[10] == PRIVATE
    if not access.bindings and access.own and not (quarantined or restricted or private):
        return True
    return access.sees(
        row[1],
        Scope(row[3], row[4], row[5], split(row[6])),
        made_by=row[9],
        visibility=Audience(row[10]),
        quarantined=quarantined,
        restricted=restricted,
    )


def accessible(access: AccessFilter) -> Clause:
    """Return ``admits`` as a condition on ``cubes``."""
    bound = reached(access.bindings, ScopeMatch.INHERIT)
    parts = [
        cubes.c.tenant_id == access.tenant_id,
        _opened(access, bound),
    ]
    if access.branch is not None:
        parts.append(cubes.c.branch == access.branch)
    held = cubes.c.state == _QUARANTINED
    if not (access.sees_quarantined and not access.bindings):
        reviewed = [_covered(access.allowances.reviewed, private=True)]
        if access.sees_quarantined:
            reviewed.append(bound)
        parts.append(or_(not_(held), *reviewed))
    if access.purpose is not None:
        parts.append(or_(func.instr(cubes.c.governance, RESTRICTED) == 0, _named(access, held)))
    return and_(*parts)


def _opened(access: AccessFilter, bound: Clause) -> Clause:
    ways: list[Clause] = []
    if access.own:
        mine: Clause = true()
        if not access.sees_private:
            own = [cubes.c.visibility != PRIVATE, cubes.c.created_by == access.principal_id]
            if access.bindings.user_id is not None:
                own.append(cubes.c.user_id == access.bindings.user_id)
            mine = or_(*own)
        ways.append(and_(bound, mine))
    if access.wide and (access.bindings or not access.own):
        ways.append(cubes.c.visibility == _TENANT)
    if access.allowances:
        ways.append(_covered(access.allowances.opened, private=True))
    return or_(false(), *ways)


def _named(access: AccessFilter, held: Clause) -> Clause:
    """Return the condition that a restricted cube's use is named by an allowance."""
    if access.purpose is None or not access.allowances:
        return false()
    used, reviewed = (
        _covered(access.allowances.named(purpose), private=False)
        for purpose in (access.purpose, Purpose.REVIEW)
    )
    return case((held, reviewed), else_=used)


def _covered(reach: Reach, *, private: bool) -> Clause:
    """Return ``Reach.covers``, minding what is ``private`` or not, as a condition on ``cubes``."""
    ways = [reached(scope, ScopeMatch.EXACT) for scope in sorted(reach.whole, key=Scope.key)]
    for scope in sorted(reach.scopes, key=Scope.key):
        inside = reached(scope, ScopeMatch.EXACT)
        ways.append(and_(cubes.c.visibility != PRIVATE, inside) if private else inside)
    if reach.ids:
        named = func.json_each(literal(json.dumps(sorted(reach.ids)))).table_valued("value")
        ways.append(cubes.c.cube_id.in_(select(named.c.value)))
    return or_(false(), *ways)


def reached(scope: Scope, match: ScopeMatch) -> Clause:
    """Return ``Scope.reaches`` as a condition on ``cubes``."""
    inherit = match is ScopeMatch.INHERIT
    parts: list[Clause] = []
    for column, given in (
        (cubes.c.user_id, scope.user_id),
        (cubes.c.agent_id, scope.agent_id),
        (cubes.c.session_id, scope.session_id),
    ):
        if given is not None:
            same = column == given
            parts.append(or_(same, column.is_(None)) if inherit else same)
    if scope.namespace:
        prefix = join(scope.namespace)
        below = func.substr(cubes.c.namespace, 1, len(prefix)) == prefix
        above = cubes.c.namespace.in_(ancestors(scope.namespace))
        parts.append(or_(below, above) if inherit else below)
    return and_(true(), *parts)


def joined(visibility: Visibility) -> Join:
    """Return ``cubes`` with the version that the visibility looks at."""
    if visibility.as_of is None:
        return cubes.join(versions, AT_HEAD)
    return cubes.join(versions, and_(OF_CUBE, recorded(literal(to_micros(visibility.as_of)))))


def visible(access: AccessFilter, visibility: Visibility, now: datetime) -> Clause:
    """Return the condition on what ``joined`` gives that the visibility means."""
    as_of = None if visibility.as_of is None else to_micros(visibility.as_of)
    valid_at = to_micros(visibility.valid_at or visibility.as_of or now)
    v = versions.c
    parts = [
        accessible(access),
        reached(visibility.scope, visibility.match),
        cubes.c.kind.in_(sorted(kind.value for kind in visibility.kinds)),
        in_state(visibility, as_of, to_micros(visibility.lapse_at or visibility.as_of or now)),
    ]
    if not visibility.any_validity:
        parts.append(or_(v.valid_from.is_(None), v.valid_from <= valid_at))
        parts.append(or_(v.valid_to.is_(None), v.valid_to > valid_at))
    said = func.coalesce(v.said_at, v.recorded_at)
    if visibility.since is not None:
        parts.append(said >= to_micros(visibility.since))
    if visibility.until is not None:
        parts.append(said < to_micros(visibility.until))
    if visibility.semantic_types is not None:
        parts.append(v.semantic_type.in_(sorted(t.value for t in visibility.semantic_types)))
    if visibility.min_trust > Trust.UNTRUSTED:
        parts.append(v.trust >= int(visibility.min_trust))
    if visibility.filter is not None:
        parts.append(filtered(visibility.filter, governed(visibility.as_of)))
    return and_(*parts)


def in_state(visibility: Visibility, as_of: int | None, moment: int) -> Clause:
    """Return the condition that the cube stood in one of the visibility's states.

    At an earlier moment what the cube was then counts, but what is quarantined or erased today is
    hidden from the past too. A cube whose time is over at ``moment`` counts as expired, swept or
    not.
    """
    here = _stands(cubes, visibility, moment)
    if as_of is None:
        return here
    there = case((cubes.c.state_at <= as_of, here), else_=_stood(visibility, as_of, moment))
    hidden = sorted(state.value for state in _HIDDEN - visibility.states)
    return and_(there, cubes.c.state.not_in(hidden)) if hidden else there


def governed(as_of: datetime | None) -> Governed:
    """Return the columns that hold the state and the governance at ``as_of``."""
    if as_of is None:
        return Governed(cubes.c.state, cubes.c.governance)
    at = to_micros(as_of)
    return Governed(
        _then(states.c.state, cubes.c.state, at), _then(states.c.governance, cubes.c.governance, at)
    )


def left_at(at: ColumnElement[int]) -> Clause:
    """Match the governance that a cube has left and that held at ``at``, in microseconds."""
    return and_(
        states.c.tenant_id == cubes.c.tenant_id,
        states.c.cube_id == cubes.c.cube_id,
        states.c.since <= at,
        states.c.until > at,
    )


def _then(past: Column[str], present: Column[str], at: int) -> ColumnElement[str]:
    held = select(past).where(left_at(literal(at))).limit(1).correlate(cubes).scalar_subquery()
    return case((cubes.c.state_at <= at, present), else_=held)


def _stood(visibility: Visibility, as_of: int, moment: int) -> Clause:
    held = _stands(states, visibility, moment)
    return select(literal(1)).where(left_at(literal(as_of)), held).exists()


def _stands(table: Table, visibility: Visibility, moment: int) -> Clause:
    """Return the condition on what governs a cube, or did, at ``moment``."""
    wanted = sorted(state.value for state in visibility.states)
    alive = table.c.state.not_in([State.QUARANTINED.value, State.ERASED.value])
    lapsed = and_(table.c.due_at.is_not(None), table.c.due_at <= moment, alive)
    standing = or_(table.c.state.in_(wanted), table.c.recall_state.in_(wanted))
    return case((lapsed, true() if State.EXPIRED in visibility.states else false()), else_=standing)
