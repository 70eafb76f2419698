"""The tables, once for every dialect.

Primary keys lead with ``tenant_id``, so that PostgreSQL can shard by it. Times are whole
microseconds since 1970, JSON is compact text without defaults, vectors are float16.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

metadata = MetaData()

TAKEN = "external_id IS NOT NULL AND state NOT IN ('expired', 'erased')"
"""Which cubes hold their external id against others."""

BRANCHED = "branch <> 'main'"
"""Which rows are a branch's own."""

CONTENT_KEY = "substr(content_hash, 1, 16)"
"""What the index of contents holds of a hash: enough to find it, half of its bytes."""

STATING = "superseded_at IS NULL AND statement IS NOT NULL"
"""Which versions are found by subject and predicate."""

ENDING = "superseded_at IS NULL AND valid_to IS NOT NULL"
"""Which versions are found by the end of their validity."""

WAITING = "state = 'queued'"
LEASED = "state = 'running'"
"""Which jobs a worker may come to hold: when they may run, or when their lease has ended."""

tenants = Table(
    "tenants",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("next_chunk", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant_id"),
    sqlite_with_rowid=False,
)
"""Where each tenant stands: last journal entry and its hash, next chunk number."""

cubes = Table(
    "cubes",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("cube_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("user_id", Text),
    Column("agent_id", Text),
    Column("session_id", Text),
    Column("namespace", Text, nullable=False),
    Column("scope_key", Text, nullable=False),
    Column("external_id", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("recall_state", Text, nullable=False),
    Column("state_at", BigInteger, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("due_at", BigInteger),
    Column("governance", Text, nullable=False),
    Column("turn", BigInteger),
    Column("usage", Text, nullable=False),
    Column("even_at", BigInteger),
    Column("half_life", BigInteger),
    Column("branch", Text, nullable=False, server_default=text("'main'")),
    Column("branched_at", BigInteger),
    PrimaryKeyConstraint("tenant_id", "cube_id"),
    Index("cubes_by_user", "tenant_id", "user_id", "created_at", "cube_id"),
    Index("cubes_by_time", "tenant_id", "created_at", "cube_id"),
    Index(
        "cubes_by_turn",
        "tenant_id",
        "scope_key",
        "turn",
        sqlite_where=text("turn > 0"),
        postgresql_where=text("turn > 0"),
    ),
    Index(
        "cubes_by_external_id",
        "tenant_id",
        "scope_key",
        "external_id",
        "branch",
        unique=True,
        sqlite_where=text(TAKEN),
        postgresql_where=text(TAKEN),
    ),
    Index(
        "cubes_by_branch",
        "tenant_id",
        "branch",
        "cube_id",
        sqlite_where=text(BRANCHED),
        postgresql_where=text(BRANCHED),
    ),
    sqlite_with_rowid=False,
)
"""The head of every cube: what does not change by version.

``recall_state`` is the state, or below frost the state under it; ``state_at`` is since when
the cube is governed like this; ``due_at`` is the expiry that nothing holds up; ``turn`` is a
message's place in its session. ``even_at`` is when strength has faded to 1, ``half_life`` what
it halves in, in microseconds: with both, any strength is one comparison away. ``branched_at`` is
when a branch got its row.
"""

states = Table(
    "states",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("cube_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("recall_state", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("governance", Text, nullable=False, server_default=text("'{}'")),
    PrimaryKeyConstraint("tenant_id", "cube_id", "seq"),
    ForeignKeyConstraint(["tenant_id", "cube_id"], ["cubes.tenant_id", "cubes.cube_id"]),
    sqlite_with_rowid=False,
)
"""The governance that cubes have left, each with the time it held (half-open)."""

versions = Table(
    "versions",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("cube_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    Column("valid_from", BigInteger),
    Column("valid_to", BigInteger),
    Column("said_at", BigInteger),
    Column("semantic_type", Text, nullable=False),
    Column("trust", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("statement", Text),
    PrimaryKeyConstraint("tenant_id", "cube_id", "version"),
    ForeignKeyConstraint(["tenant_id", "cube_id"], ["cubes.tenant_id", "cubes.cube_id"]),
    Index(
        "versions_by_content",
        "tenant_id",
        text(CONTENT_KEY),
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    Index(
        "versions_by_statement",
        "tenant_id",
        "statement",
        sqlite_where=text(STATING),
        postgresql_where=text(STATING),
    ),
    Index(
        "versions_by_end",
        "tenant_id",
        "valid_to",
        sqlite_where=text(ENDING),
        postgresql_where=text(ENDING),
    ),
)
"""Every version of every cube; only ``superseded_at`` is ever set later, once.

``statement`` is a fact's subject and predicate as they are compared.

Alone with a row id: without one, SQLite reads a whole row, payload and all, for each comparison on
the way to it, and every passage of a large document looks its version up.
"""

chunks = Table(
    "chunks",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("cube_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("heading", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("live_from", BigInteger, nullable=False),
    Column("live_to", BigInteger),
    PrimaryKeyConstraint("tenant_id", "number"),
    ForeignKeyConstraint(
        ["tenant_id", "cube_id", "version"],
        ["versions.tenant_id", "versions.cube_id", "versions.version"],
    ),
    Index("chunks_by_cube", "tenant_id", "cube_id", "version", "live_from", "live_to"),
    sqlite_with_rowid=False,
)
"""Passages under the numbers that indexes know them by; a reopened version has new ones.

The index holds the life of each, so that selecting them does not read their vectors.
"""

journal = Table(
    "journal",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("targets", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("salted", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("salt", Text, nullable=False, server_default=text("''")),
    Column("sealed", Text, nullable=False, server_default=text("''")),
    PrimaryKeyConstraint("tenant_id", "seq"),
    sqlite_with_rowid=False,
)
"""The hash chain; an entry's ``prev`` is the hash of the row before it.

``salt`` is the reason's; once the reason is taken out, ``sealed`` stands for both.
"""

outbox = Table(
    "outbox",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cube_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "seq"),
    sqlite_with_rowid=False,
)
"""Index work, under the sequence number of the journal entry that it belongs to."""

replays = Table(
    "replays",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "key"),
    Index("replays_by_time", "tenant_id", "at"),
    sqlite_with_rowid=False,
)
"""Idempotency records, kept for a day."""

facts = Table(
    "facts",
    metadata,
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("name"),
    sqlite_with_rowid=False,
)
"""What is true of the whole store: its instance id, the embedder behind its vectors."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scope_key", Text, nullable=False),
    Column("user_id", Text),
    Column("agent_id", Text),
    Column("session_id", Text),
    Column("namespace", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "name", "scope_key"),
    sqlite_with_rowid=False,
)
"""Named moments: a time, and where the tenant's journal stood."""

policy_sets = Table(
    "policy_sets",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("settings", Text, nullable=False),
    Column("agents", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "name", "version"),
    sqlite_with_rowid=False,
)
"""Every version of every policy set, with the agents it was set for."""

policy_agents = Table(
    "policy_agents",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("agent_id", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "name", "agent_id"),
    Index("policy_agents_by_agent", "tenant_id", "agent_id", unique=True),
    sqlite_with_rowid=False,
)
"""Which policy set an agent has; agents that are not here have the default one."""

jobs = Table(
    "jobs",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("job_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("run_after", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger),
    Column("dry_run", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("targets", Text, nullable=False),
    Column("cost", Text, nullable=False),
    Column("result", Text),
    Column("error", Text),
    Column("history", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "job_id"),
    Index("jobs_by_key", "tenant_id", "key", unique=True),
    Index(
        "jobs_waiting",
        "run_after",
        sqlite_where=text(WAITING),
        postgresql_where=text(WAITING),
    ),
    Index(
        "jobs_leased",
        "lease_until",
        sqlite_where=text(LEASED),
        postgresql_where=text(LEASED),
    ),
    sqlite_with_rowid=False,
)
"""Background work; ids of memories, never their content."""

schedules = Table(
    "schedules",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("trigger_name", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "trigger_name"),
    sqlite_with_rowid=False,
)
"""How far each trigger has come: the last slot that it queued work for."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("user_id", Text),
    Column("agent_id", Text),
    Column("session_id", Text),
    Column("namespace", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    PrimaryKeyConstraint("tenant_id", "key_id"),
    Index("api_keys_by_id", "key_id", unique=True),
    sqlite_with_rowid=False,
)
"""API keys: the digest of the secret, never the secret."""
