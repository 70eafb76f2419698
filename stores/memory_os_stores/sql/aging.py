"""Finding what a sweep has to look at, in SQL: the port ``AgingStore``.

Strength halves every half-life, so it is below a level from ``even_at`` plus so many half-lives
on: a comparison of two columns, no formula for each row.
"""

import json
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Cast, ColumnElement, LargeBinary, Select, and_, cast, func, or_, select
from sqlalchemy.sql.expression import literal

from memory_os.clock import from_micros, to_micros
from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Usage
from memory_os.domain.lifecycle import RECALLED, State
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.vocabulary import Kind
from memory_os.ports.aging_store import Crowd, Field, Grouping, Member
from memory_os_stores.sql.admission import accessible, reached
from memory_os_stores.sql.codec import governance_of, usage_of
from memory_os_stores.sql.database import Database
from memory_os_stores.sql.reads import AT_HEAD
from memory_os_stores.sql.tables import cubes, versions

Clause = ColumnElement[bool]

_SETTLED = (State.EXPIRED.value, State.ERASED.value)
_SEEN = sorted(state.value for state in RECALLED)


class SqlAgingStore:
    """Find cubes by age, strength and size."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overdue(self, access: AccessFilter, where: Field, now: datetime) -> list[str]:
        """Return what expired though its state does not say so; see the port."""
        due = and_(cubes.c.due_at.is_not(None), cubes.c.due_at <= to_micros(now))
        return self._ids(access, where, due, cubes.c.state.not_in(_SETTLED))

    def held_overdue(self, access: AccessFilter, where: Field, now: datetime) -> list[str]:
        """Return what is frozen past its expiry; see the port."""
        ends = func.memory_micros(func.json_extract(cubes.c.governance, "$.lifespan.expires_at"))
        frozen = cubes.c.state == State.FROZEN.value
        return self._ids(access, where, frozen, ends <= to_micros(now))

    def weaker(
        self,
        access: AccessFilter,
        where: Field,
        states: Sequence[State],
        sigma: float,
        now: datetime,
    ) -> list[str]:
        """Return what has faded below ``sigma``; see the port."""
        return self._ids(access, where, _in(states), _falls_to(sigma) < to_micros(now))

    def stronger(
        self,
        access: AccessFilter,
        where: Field,
        states: Sequence[State],
        sigma: float,
        now: datetime,
    ) -> list[str]:
        """Return what is at ``sigma`` or above; see the port."""
        return self._ids(access, where, _in(states), _falls_to(sigma) >= to_micros(now))

    def ended(self, access: AccessFilter, where: Field, before: datetime) -> list[str]:
        """Return what has not held since ``before``; see the port."""
        query = (
            _of(select(cubes.c.cube_id).select_from(versions.join(cubes, AT_HEAD)), access, where)
            .where(
                versions.c.tenant_id == access.tenant_id,
                versions.c.superseded_at.is_(None),
                versions.c.valid_to.is_not(None),
                versions.c.valid_to <= to_micros(before),
                cubes.c.state.in_(_SEEN),
            )
            .order_by(cubes.c.cube_id)
        )
        with self._database.reading() as lane:
            return [str(row[0]) for row in lane.connection.execute(query)]

    def crowds(self, access: AccessFilter, where: Field, per: Grouping) -> list[Crowd]:
        """Return every group by kind and key; see the port."""
        group = _group(per)
        query = (
            _of(
                select(cubes.c.kind, group, func.count(), func.sum(_bytes())).select_from(
                    cubes.join(versions, AT_HEAD)
                ),
                access,
                where,
            )
            .where(cubes.c.recall_state.in_(_SEEN))
            .group_by(cubes.c.kind, group)
            .order_by(cubes.c.kind, group)
        )
        with self._database.reading() as lane:
            rows = lane.connection.execute(query).all()
        return [Crowd(str(name), Kind(kind), count, size) for kind, name, count, size in rows]

    def members(
        self, access: AccessFilter, where: Field, per: Grouping, crowd: Crowd
    ) -> list[Member]:
        """Return the memories of one group; see the port."""
        columns = (
            cubes.c.cube_id,
            cubes.c.created_at,
            cubes.c.usage,
            cubes.c.governance,
            cubes.c.state,
            _bytes(),
        )
        query = (
            _of(select(*columns).select_from(cubes.join(versions, AT_HEAD)), access, where)
            .where(
                cubes.c.recall_state.in_(_SEEN),
                cubes.c.kind == crowd.kind.value,
                _group(per) == crowd.key,
            )
            .order_by(cubes.c.cube_id)
        )
        with self._database.reading() as lane:
            rows = lane.connection.execute(query).all()
        return [
            Member(
                cube_id,
                from_micros(created_at),
                usage_of(usage),
                governance_of(governance).pinned,
                state == State.FROZEN.value,
                size,
            )
            for cube_id, created_at, usage, governance, state, size in rows
        ]

    def usages(self, tenant_id: str, ids: Sequence[str]) -> dict[str, tuple[Usage, datetime]]:
        """Return the usage counters of these cubes; see the port."""
        named = func.json_each(json.dumps(list(ids))).table_valued("value")
        query = select(cubes.c.cube_id, cubes.c.usage, cubes.c.created_at).where(
            cubes.c.tenant_id == tenant_id, cubes.c.cube_id.in_(select(named.c.value))
        )
        with self._database.reading() as lane:
            rows = lane.connection.execute(query).all()
        return {cube_id: (usage_of(usage), from_micros(at)) for cube_id, usage, at in rows}

    def _ids(self, access: AccessFilter, where: Field, *clauses: Clause) -> list[str]:
        query = _of(select(cubes.c.cube_id), access, where).where(*clauses)
        with self._database.reading() as lane:
            found = lane.connection.execute(query.order_by(cubes.c.cube_id))
            return [str(row[0]) for row in found]


def _of(query: Select[Any], access: AccessFilter, where: Field) -> Select[Any]:
    query = query.where(accessible(access), reached(where.scope, ScopeMatch.EXACT))
    if where.agents is not None:
        query = query.where(cubes.c.agent_id.in_(sorted(where.agents)))
    if where.others:
        others = cubes.c.agent_id.not_in(sorted(where.others))
        query = query.where(or_(cubes.c.agent_id.is_(None), others))
    return query


def _in(states: Sequence[State]) -> Clause:
    return cubes.c.state.in_([state.value for state in states])


def _falls_to(sigma: float) -> ColumnElement[float]:
    """Return when strength has fallen to what ``sigma`` stands for, in microseconds."""
    half_lives = -math.log2(sigma / (1.0 - sigma))
    return cubes.c.even_at + cubes.c.half_life * literal(half_lives)


def _group(per: Grouping) -> ColumnElement[str]:
    if per == "scope":
        return cubes.c.scope_key
    column = {"user": cubes.c.user_id, "agent": cubes.c.agent_id}.get(per)
    return literal("") if column is None else func.coalesce(column, "")


def _bytes() -> ColumnElement[int]:
    blob: Cast[bytes] = cast(versions.c.payload, LargeBinary)
    return func.length(blob)
