"""Create every table."""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

EXPECTED_ROWS = (
    ("cubes", "cubes", "1000000 1000000 1"),
    ("cubes", "cubes_by_user", "1000000 1000000 1000 1 1"),
    ("cubes", "cubes_by_time", "1000000 1000000 1 1"),
    ("cubes", "cubes_by_turn", "1000000 1000000 30 1"),
    ("cubes", "cubes_by_external_id", "100000 100000 2 1"),
    ("states", "states", "10000 10000 2 1"),
    ("versions", "sqlite_autoindex_versions_1", "1000000 1000000 2 1"),
    ("versions", "versions_by_content", "1000000 1000000 2"),
    ("chunks", "chunks", "1500000 1500000 1"),
    ("chunks", "chunks_by_cube", "1500000 1500000 2 1 1 1"),
    ("journal", "journal", "1000000 1000000 1"),
    ("outbox", "outbox", "1000000 1000000 1"),
    ("replays", "replays", "10000 10000 1"),
    ("replays", "replays_by_time", "10000 10000 2"),
)
"""Statistics of a grown store (sqlite.org/fileformat2.html#stat1tab): without any, SQLite takes a
tenant for ten rows and scans it where an index would answer."""


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "api_keys",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "key_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("api_keys_by_id", "api_keys", ["key_id"], unique=True)
    op.create_table(
        "cubes",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("cube_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("scope_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recall_state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("governance", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=True),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "cube_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "cubes_by_external_id",
        "cubes",
        ["tenant_id", "scope_key", "external_id"],
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL AND state NOT IN ('expired', 'erased')"),
        postgresql_where=sa.text("external_id IS NOT NULL AND state NOT IN ('expired', 'erased')"),
    )
    op.create_index("cubes_by_time", "cubes", ["tenant_id", "created_at", "cube_id"])
    op.create_index(
        "cubes_by_turn",
        "cubes",
        ["tenant_id", "scope_key", "turn"],
        sqlite_where=sa.text("turn > 0"),
        postgresql_where=sa.text("turn > 0"),
    )
    op.create_index("cubes_by_user", "cubes", ["tenant_id", "user_id", "created_at", "cube_id"])
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("salted", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cube_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "replays",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("replays_by_time", "replays", ["tenant_id", "at"])
    op.create_table(
        "tenants",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("next_chunk", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "states",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("cube_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recall_state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "cube_id", "seq"),
        sa.ForeignKeyConstraint(["tenant_id", "cube_id"], ["cubes.tenant_id", "cubes.cube_id"]),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "versions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("cube_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=True),
        sa.Column("semantic_type", sa.Text(), nullable=False),
        sa.Column("trust", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "cube_id", "version"),
        sa.ForeignKeyConstraint(["tenant_id", "cube_id"], ["cubes.tenant_id", "cubes.cube_id"]),
    )
    op.create_index(
        "versions_by_content",
        "versions",
        ["tenant_id", sa.text("substr(content_hash, 1, 16)")],
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "chunks",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cube_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Integer(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("live_from", sa.BigInteger(), nullable=False),
        sa.Column("live_to", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "number"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "cube_id", "version"],
            ["versions.tenant_id", "versions.cube_id", "versions.version"],
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "chunks_by_cube", "chunks", ["tenant_id", "cube_id", "version", "live_from", "live_to"]
    )
    facts = sa.table("facts", sa.column("name"), sa.column("value"))
    op.execute(sa.insert(facts).values(name="instance", value=token_hex(16)))
    if op.get_context().dialect.name == "sqlite":
        _expect_rows()


def _expect_rows() -> None:
    op.execute("ANALYZE")
    statistics = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
    for table, index, rows in EXPECTED_ROWS:
        op.execute(sa.insert(statistics).values(tbl=table, idx=index, stat=rows))
    op.execute("ANALYZE sqlite_schema")
