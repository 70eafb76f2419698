"""The statements of writing, compiled once a dialect."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from memory_os_stores.sql.branch_tables import branches
from memory_os_stores.sql.compiled import dialect_named, key, sql_text
from memory_os_stores.sql.erasure_tables import derivations
from memory_os_stores.sql.tables import (
    BRANCHED,
    TAKEN,
    chunks,
    cubes,
    facts,
    journal,
    outbox,
    policy_agents,
    policy_sets,
    replays,
    states,
    tenants,
    versions,
)


@dataclass(frozen=True, slots=True)
class Inserts:
    """Insert a row, bound in the order of the table's columns."""

    tenant: str
    cube: str
    version: str
    chunk: str
    entry: str
    work: str
    state: str
    replay: str
    fact: str
    edge: str
    policy: str
    policy_agent: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Read what a change starts from, and change it; new values are bound before the key."""

    tenant: str
    move_tenant: str
    standing: str
    meanwhile: str
    supersede: str
    advance: str
    govern: str
    use: str
    usage: str
    policy_version: str
    drop_policy_agents: str
    drop_policy_agent: str
    holder: str
    close: str
    opening: str
    replay: str
    drop_replay: str
    drop_replays: str
    revector: str
    drop_fact: str
    branched: str
    branch: str
    kept: str
    drop_branch: str
    drop_chunks: str
    drop_states: str
    drop_versions: str
    drop_cube: str


@lru_cache(maxsize=4)
def inserts(dialect_name: str) -> Inserts:
    """Compile the inserts for a dialect."""
    dialect = dialect_named(dialect_name)

    def into(table: Table) -> str:
        return sql_text(insert(table), dialect, *(column.name for column in table.c))

    return Inserts(
        tenant=into(tenants),
        cube=into(cubes),
        version=into(versions),
        chunk=into(chunks),
        entry=into(journal),
        work=into(outbox),
        state=into(states),
        replay=into(replays),
        fact=into(facts),
        edge=f"{into(derivations)} ON CONFLICT DO NOTHING",
        policy=into(policy_sets),
        policy_agent=into(policy_agents),
    )


@lru_cache(maxsize=4)
def changes(dialect_name: str) -> Changes:
    """Compile the changes for a dialect."""
    dialect = dialect_named(dialect_name)
    cube = key(cubes.c.tenant_id, cubes.c.cube_id)
    chunk = key(chunks.c.tenant_id, chunks.c.cube_id, chunks.c.version)
    branch = key(branches.c.tenant_id, branches.c.branch)
    tenant_key = ("key_tenant_id",)
    branch_key = ("key_tenant_id", "key_branch")
    cube_key = ("key_tenant_id", "key_cube_id")
    version_key = ("key_tenant_id", "key_cube_id", "key_version")

    def setting(table: Table, *names: str) -> tuple[Update, list[str]]:
        values: list[tuple[Any, Any]] = [(table.c[name], bindparam(f"to_{name}")) for name in names]
        return update(table).ordered_values(*values), [f"to_{name}" for name in names]

    def of_cube(table: Table) -> str:
        gone = delete(table).where(key(table.c.tenant_id, table.c.cube_id))
        return sql_text(gone, dialect, *cube_key)

    move, moved = setting(tenants, "seq", "next_chunk", "hash")
    supersede, superseded = setting(versions, "superseded_at")
    advance, advanced = setting(cubes, "version", "turn")
    govern, governed = setting(
        cubes, "state", "recall_state", "state_at", "visibility", "due_at", "governance"
    )
    use = update(cubes).ordered_values(
        (cubes.c.usage, bindparam("to_usage")),
        (
            cubes.c.even_at,
            func.coalesce(bindparam("to_touched"), cubes.c.created_at) + bindparam("to_lasts"),
        ),
        (cubes.c.half_life, bindparam("to_half_life")),
    )
    used = ["to_usage", "to_touched", "to_lasts", "to_half_life"]
    close, closed = setting(chunks, "live_to")
    revector, revectored = setting(chunks, "vector")
    head = (tenants.c.seq, tenants.c.next_chunk, tenants.c.hash)
    standing = (
        cubes.c.version,
        cubes.c.state,
        cubes.c.recall_state,
        cubes.c.state_at,
        cubes.c.due_at,
        cubes.c.governance,
    )
    opening = (chunks.c.ordinal, chunks.c.start, chunks.c.stop, chunks.c.heading, chunks.c.tokens)
    return Changes(
        tenant=sql_text(select(*head).where(key(tenants.c.tenant_id)), dialect, *tenant_key),
        move_tenant=sql_text(move.where(key(tenants.c.tenant_id)), dialect, *moved, *tenant_key),
        standing=sql_text(select(*standing).where(cube), dialect, *cube_key),
        meanwhile=sql_text(
            select(cubes.c.scope_key, cubes.c.turn, versions.c.content_hash).where(
                key(outbox.c.tenant_id),
                outbox.c.seq > bindparam("after"),
                cubes.c.tenant_id == outbox.c.tenant_id,
                cubes.c.cube_id == outbox.c.cube_id,
                versions.c.tenant_id == cubes.c.tenant_id,
                versions.c.cube_id == cubes.c.cube_id,
                versions.c.version == cubes.c.version,
            ),
            dialect,
            *("key_tenant_id", "after"),
        ),
        supersede=sql_text(
            supersede.where(key(versions.c.tenant_id, versions.c.cube_id, versions.c.version)),
            dialect,
            *superseded,
            *version_key,
        ),
        advance=sql_text(advance.where(cube), dialect, *advanced, *cube_key),
        govern=sql_text(govern.where(cube), dialect, *governed, *cube_key),
        use=sql_text(use.where(cube), dialect, *used, *cube_key),
        usage=sql_text(select(cubes.c.usage).where(cube), dialect, *cube_key),
        policy_version=sql_text(
            select(func.max(policy_sets.c.version)).where(
                key(policy_sets.c.tenant_id, policy_sets.c.name)
            ),
            dialect,
            "key_tenant_id",
            "key_name",
        ),
        drop_policy_agents=sql_text(
            delete(policy_agents).where(key(policy_agents.c.tenant_id, policy_agents.c.name)),
            dialect,
            "key_tenant_id",
            "key_name",
        ),
        drop_policy_agent=sql_text(
            delete(policy_agents).where(key(policy_agents.c.tenant_id, policy_agents.c.agent_id)),
            dialect,
            "key_tenant_id",
            "key_agent_id",
        ),
        holder=sql_text(
            select(cubes.c.cube_id).where(
                key(cubes.c.tenant_id, cubes.c.scope_key, cubes.c.external_id, cubes.c.branch),
                literal_column(TAKEN),
            ),
            dialect,
            *("key_tenant_id", "key_scope_key", "key_external_id", "key_branch"),
        ),
        close=sql_text(
            close.where(chunk, chunks.c.live_to.is_(None)), dialect, *closed, *version_key
        ),
        opening=sql_text(
            select(*opening, chunks.c.vector).where(chunk).order_by(chunks.c.number),
            dialect,
            *version_key,
        ),
        replay=sql_text(
            select(replays.c.request_hash, replays.c.answer, replays.c.at).where(
                key(replays.c.tenant_id, replays.c.key)
            ),
            dialect,
            "key_tenant_id",
            "key_key",
        ),
        drop_replay=sql_text(
            delete(replays).where(key(replays.c.tenant_id, replays.c.key)),
            dialect,
            "key_tenant_id",
            "key_key",
        ),
        drop_replays=sql_text(
            delete(replays).where(key(replays.c.tenant_id), replays.c.at < bindparam("key_at")),
            dialect,
            "key_tenant_id",
            "key_at",
        ),
        revector=sql_text(
            revector.where(key(chunks.c.tenant_id, chunks.c.number)),
            dialect,
            *revectored,
            "key_tenant_id",
            "key_number",
        ),
        drop_fact=sql_text(delete(facts).where(key(facts.c.name)), dialect, "key_name"),
        branched=sql_text(
            select(cubes.c.version, cubes.c.state).where(cube, literal_column(BRANCHED)),
            dialect,
            *cube_key,
        ),
        branch=sql_text(select(branches.c.name).where(branch), dialect, *branch_key),
        kept=sql_text(
            select(cubes.c.cube_id).where(
                key(cubes.c.tenant_id, cubes.c.branch), literal_column(BRANCHED)
            ),
            dialect,
            *branch_key,
        ),
        drop_branch=sql_text(delete(branches).where(branch), dialect, *branch_key),
        drop_chunks=of_cube(chunks),
        drop_states=of_cube(states),
        drop_versions=of_cube(versions),
        drop_cube=of_cube(cubes),
    )
