"""Grants in SQL: the port ``GrantStore``, and the rows that a transaction writes."""

from functools import lru_cache

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json
from sqlalchemy import func, insert, select, update

from memory_os.clock import from_micros, to_micros
from memory_os.domain.grants import Grant, Purpose
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Permit, Withdraw
from memory_os.errors import NotFound
from memory_os.ports.cube_store import ChangeKind
from memory_os_stores.sql.codec import Row
from memory_os_stores.sql.compiled import dialect_named, key, sql_text
from memory_os_stores.sql.database import Database, Lane
from memory_os_stores.sql.grant_table import grants
from memory_os_stores.sql.ledger import Ledger

_SCOPE: TypeAdapter[Scope] = TypeAdapter(Scope)


class SqlGrantStore:
    """Read grants beside the cubes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = changed_text(database.dialect)

    def changed(self, tenant_id: str) -> int:
        """Return the number of the entry that last changed a grant; see the port."""
        with self._database.reading() as lane:
            rows = lane.rows(self._changed, (tenant_id,))
        return int(rows[0][0] or 0)

    def list_grants(self, tenant_id: str) -> list[Grant]:
        """Return every grant of the tenant, oldest first; see the port."""
        query = (
            select(grants)
            .where(grants.c.tenant_id == tenant_id)
            .order_by(grants.c.granted_at, grants.c.grant_id)
        )
        with self._database.reading() as lane:
            return [_grant(tuple(row)) for row in lane.connection.execute(query)]


@lru_cache(maxsize=4)
def changed_text(dialect_name: str) -> str:
    """Compile the look at the last change; it binds the tenant."""
    query = select(func.max(grants.c.change)).where(key(grants.c.tenant_id))
    return sql_text(query, dialect_named(dialect_name), "key_tenant_id")


def keep_grant(lane: Lane, ledger: Ledger, op: Permit) -> None:
    """Store a grant, and journal it."""
    ledger.record(op.note, ChangeKind.NONE, "", 0, to_micros(ledger.at))
    row = dict(zip(grants.c.keys(), _row(op.grant, ledger.seq), strict=True))
    lane.connection.execute(insert(grants).values(row))


def end_grant(lane: Lane, ledger: Ledger, op: Withdraw) -> None:
    """End a grant, and journal it.

    Raises:
        NotFound: there is none of this id that nobody ended before.
    """
    at = to_micros(ledger.at)
    ledger.record(op.note, ChangeKind.NONE, "", 0, at)
    query = (
        update(grants)
        .where(grants.c.tenant_id == ledger.tenant_id, grants.c.grant_id == op.grant_id)
        .where(grants.c.revoked_at.is_(None))
        .values(change=ledger.seq, revoked_at=at, revoked_by=op.by)
    )
    if lane.connection.execute(query).rowcount == 0:
        raise NotFound(f"no grant {op.grant_id!r} that stands", id=op.grant_id)


def _row(grant: Grant, change: int) -> Row:
    return (
        grant.tenant_id,
        grant.id,
        change,
        grant.principal,
        None if grant.pattern is None else _scope_text(grant.pattern),
        grant.memory_id,
        _scope_text(grant.scope),
        to_json(sorted(grant.rights)).decode(),
        to_json(sorted(grant.purposes)).decode(),
        None if grant.until is None else to_micros(grant.until),
        grant.by,
        to_micros(grant.at),
        grant.reason,
        grant.rests_on,
        None if grant.revoked_at is None else to_micros(grant.revoked_at),
        grant.revoked_by,
    )


def _grant(row: Row) -> Grant:
    return Grant(
        tenant_id=row[0],
        id=row[1],
        principal=row[3],
        pattern=None if row[4] is None else _SCOPE.validate_json(row[4]),
        memory_id=row[5],
        scope=_SCOPE.validate_json(row[6]),
        rights=frozenset(map(Right, from_json(row[7]))),
        purposes=frozenset(map(Purpose, from_json(row[8]))),
        until=None if row[9] is None else from_micros(row[9]),
        by=row[10],
        at=from_micros(row[11]),
        reason=row[12],
        rests_on=row[13],
        revoked_at=None if row[14] is None else from_micros(row[14]),
        revoked_by=row[15],
    )


def _scope_text(scope: Scope) -> str:
    return _SCOPE.dump_json(scope).decode()
