"""The statements of reading by key, compiled once a dialect."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.expression import ClauseElement

from memory_os_stores.sql.compiled import dialect_named, key, listed, part, sql_text
from memory_os_stores.sql.tables import (
    CONTENT_KEY,
    TAKEN,
    chunks,
    cubes,
    facts,
    journal,
    outbox,
    states,
    tenants,
    versions,
)

CUBE_COLUMNS = (
    cubes.c.tenant_id,
    cubes.c.cube_id,
    cubes.c.kind,
    cubes.c.user_id,
    cubes.c.agent_id,
    cubes.c.session_id,
    cubes.c.namespace,
    cubes.c.external_id,
    cubes.c.created_at,
    cubes.c.created_by,
    cubes.c.visibility,
    cubes.c.governance,
    cubes.c.usage,
    versions.c.version,
    versions.c.recorded_at,
    versions.c.superseded_at,
    versions.c.valid_from,
    versions.c.valid_to,
    versions.c.semantic_type,
    versions.c.trust,
    versions.c.confidence,
    versions.c.content_hash,
    versions.c.form,
    versions.c.header,
    versions.c.payload,
    cubes.c.state,
    cubes.c.branch,
)
"""What ``codec.cube_of`` reads, in its order."""

CHUNK_COLUMNS = (
    chunks.c.cube_id,
    chunks.c.version,
    chunks.c.number,
    chunks.c.ordinal,
    chunks.c.start,
    chunks.c.stop,
    chunks.c.heading,
    chunks.c.tokens,
    chunks.c.vector,
    chunks.c.live_from,
    chunks.c.live_to,
)
"""What ``codec.passage_of`` reads, in its order."""

NONE_SKIPPED: ColumnElement[int] = literal_column("0")
"""SQLite's dialect always writes an offset; without this it would bind one."""

OF_CUBE = and_(versions.c.tenant_id == cubes.c.tenant_id, versions.c.cube_id == cubes.c.cube_id)
AT_HEAD = and_(OF_CUBE, versions.c.version == cubes.c.version)
OF_VERSION = and_(
    chunks.c.tenant_id == versions.c.tenant_id,
    chunks.c.cube_id == versions.c.cube_id,
    chunks.c.version == versions.c.version,
)


@dataclass(frozen=True, slots=True)
class Reads:
    """Read by key; what each binds is said where it is compiled."""

    heads: str
    heads_at: str
    versions: str
    history: str
    past: str
    standing: str
    standing_then: str
    external: str
    content: str
    held: str
    statement: str
    turn: str
    head: str
    hash: str
    journal: str
    outbox: str
    chunks_of: str
    spans: str
    scan: str
    scan_rest: str
    tenants: str
    fact: str


@lru_cache(maxsize=4)
def reads(dialect_name: str) -> Reads:
    """Compile the reads for a dialect."""
    dialect = dialect_named(dialect_name)

    def text(query: ClauseElement, *binds: str) -> str:
        return sql_text(query, dialect, *binds)

    tenant = key(cubes.c.tenant_id)
    after = chunks.c.number > bindparam("after")
    return Reads(
        heads=text(_cubes(AT_HEAD).where(tenant, _named()), "key_tenant_id", "ids"),
        heads_at=text(
            _cubes(OF_CUBE).where(tenant, _named(), recorded(bindparam("at"))),
            *("key_tenant_id", "ids", "at", "at"),
        ),
        versions=text(_pairs(_cubes(OF_CUBE), versions), "key_tenant_id", "pairs"),
        history=text(
            _cubes(OF_CUBE).where(tenant, key(cubes.c.cube_id)).order_by(versions.c.version),
            *("key_tenant_id", "key_cube_id"),
        ),
        past=text(
            select(states.c.cube_id, states.c.until, states.c.recall_state, states.c.due_at)
            .where(key(states.c.tenant_id), states.c.cube_id.in_(select(listed("ids").c.value)))
            .order_by(states.c.cube_id, states.c.seq),
            *("key_tenant_id", "ids"),
        ),
        standing=text(
            select(cubes.c.cube_id, cubes.c.governance).where(
                tenant, _named(), cubes.c.state_at <= bindparam("at")
            ),
            *("key_tenant_id", "ids", "at"),
        ),
        standing_then=text(
            select(states.c.cube_id, states.c.governance).where(
                key(states.c.tenant_id),
                states.c.cube_id.in_(select(listed("ids").c.value)),
                states.c.since <= bindparam("at"),
                states.c.until > bindparam("at"),
            ),
            *("key_tenant_id", "ids", "at", "at"),
        ),
        external=text(
            _cubes(AT_HEAD).where(
                tenant,
                key(cubes.c.scope_key, cubes.c.external_id, cubes.c.branch),
                literal_column(TAKEN),
            ),
            *("key_tenant_id", "key_scope_key", "key_external_id", "key_branch"),
        ),
        content=text(
            _cubes(AT_HEAD)
            .where(
                tenant,
                cubes.c.cube_id.in_(_holding()),
                key(versions.c.content_hash, cubes.c.scope_key),
                literal_column("recall_state IN ('generated', 'activated')"),
            )
            .order_by(cubes.c.created_at, cubes.c.cube_id),
            *("key_tenant_id", "in_tenant_id", "content_key"),
            *("key_content_hash", "key_scope_key"),
        ),
        held=text(
            select(versions.c.content_hash).where(
                key(versions.c.tenant_id),
                literal_column(CONTENT_KEY).in_(select(listed("content_keys").c.value)),
                versions.c.superseded_at.is_(None),
            ),
            *("key_tenant_id", "content_keys"),
        ),
        statement=text(
            _cubes(AT_HEAD)
            .where(
                tenant,
                cubes.c.cube_id.in_(_stating()),
                key(cubes.c.scope_key),
                literal_column("recall_state IN ('generated', 'activated')"),
            )
            .order_by(cubes.c.created_at, cubes.c.cube_id),
            *("key_tenant_id", "in_tenant_id", "in_statement", "key_scope_key"),
        ),
        turn=text(
            select(cubes.c.turn)
            .where(
                key(cubes.c.tenant_id, cubes.c.scope_key, cubes.c.branch),
                literal_column("turn > 0"),
                or_(
                    cubes.c.visibility != literal_column("'private'"),
                    literal_column("1") == bindparam("sees_private"),
                    cubes.c.created_by == bindparam("principal_id"),
                ),
            )
            .order_by(cubes.c.turn.desc())
            .limit(literal_column("1"))
            .offset(NONE_SKIPPED),
            *("key_tenant_id", "key_scope_key", "key_branch", "sees_private", "principal_id"),
        ),
        head=text(select(tenants.c.seq).where(key(tenants.c.tenant_id)), "key_tenant_id"),
        hash=text(
            select(journal.c.hash).where(key(journal.c.tenant_id, journal.c.seq)),
            *("key_tenant_id", "key_seq"),
        ),
        journal=text(_after(journal), "key_tenant_id", "after", "rows"),
        outbox=text(_after(outbox), "key_tenant_id", "after", "rows"),
        chunks_of=text(
            _pairs(select(*CHUNK_COLUMNS), chunks).order_by(chunks.c.number),
            *("key_tenant_id", "pairs"),
        ),
        spans=text(
            select(chunks.c.number, chunks.c.start, chunks.c.stop, chunks.c.heading).where(
                key(chunks.c.tenant_id), chunks.c.number.in_(select(listed("numbers").c.value))
            ),
            *("key_tenant_id", "numbers"),
        ),
        scan=text(
            select(*CHUNK_COLUMNS)
            .where(key(chunks.c.tenant_id), after)
            .order_by(chunks.c.number)
            .limit(bindparam("rows"))
            .offset(NONE_SKIPPED),
            *("key_tenant_id", "after", "rows"),
        ),
        scan_rest=text(
            select(*CHUNK_COLUMNS)
            .where(
                key(chunks.c.tenant_id, chunks.c.cube_id, chunks.c.version, chunks.c.live_from),
                after,
            )
            .order_by(chunks.c.number),
            *("key_tenant_id", "key_cube_id", "key_version", "key_live_from", "after"),
        ),
        tenants=text(select(tenants.c.tenant_id).order_by(tenants.c.tenant_id)),
        fact=text(select(facts.c.value).where(key(facts.c.name)), "key_name"),
    )


def recorded(at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Match the version that was current at ``at``, in microseconds."""
    return and_(
        versions.c.recorded_at <= at,
        or_(versions.c.superseded_at.is_(None), versions.c.superseded_at > at),
    )


def _cubes(join: ColumnElement[bool]) -> Select[Any]:
    return select(*CUBE_COLUMNS).where(join)


def _named() -> ColumnElement[bool]:
    return cubes.c.cube_id.in_(select(listed("ids").c.value))


def _holding() -> Select[Any]:
    """Return the ids whose heads may have a content hash: SQLite needs this apart from the join
    to use the index.
    """
    held = versions.alias("held")
    return select(held.c.cube_id).where(
        key(held.c.tenant_id, prefix="in"),
        literal_column(CONTENT_KEY) == bindparam("content_key"),
        held.c.superseded_at.is_(None),
    )


def _stating() -> Select[Any]:
    """Return the ids whose heads say something of a subject by a predicate."""
    held = versions.alias("held")
    return select(held.c.cube_id).where(
        key(held.c.tenant_id, held.c.statement, prefix="in"), held.c.superseded_at.is_(None)
    )


def _pairs(query: Select[Any], table: Table) -> Select[Any]:
    pairs = listed("pairs")
    wanted = select(part(pairs, 0), part(pairs, 1))
    return query.where(key(table.c.tenant_id), tuple_(table.c.cube_id, table.c.version).in_(wanted))


def _after(table: Table) -> Select[Any]:
    return (
        select(*(column for column in table.c if column.name != "tenant_id"))
        .where(key(table.c.tenant_id), table.c.seq > bindparam("after"))
        .order_by(table.c.seq)
        .limit(bindparam("rows"))
        .offset(NONE_SKIPPED)
    )
