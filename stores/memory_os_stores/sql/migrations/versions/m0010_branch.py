"""Let branches keep rows of their own beside those of main."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_TAKEN = "external_id IS NOT NULL AND state NOT IN ('expired', 'erased')"
_BRANCHED = "branch <> 'main'"


def upgrade() -> None:
    """Add the columns and the table; an external id is one branch's from now on."""
    op.add_column(
        "cubes", sa.Column("branch", sa.Text(), nullable=False, server_default=sa.text("'main'"))
    )
    op.add_column("cubes", sa.Column("branched_at", sa.BigInteger(), nullable=True))
    op.drop_index("cubes_by_external_id", "cubes")
    op.create_index(
        "cubes_by_external_id",
        "cubes",
        ["tenant_id", "scope_key", "external_id", "branch"],
        unique=True,
        sqlite_where=sa.text(_TAKEN),
        postgresql_where=sa.text(_TAKEN),
    )
    op.create_index(
        "cubes_by_branch",
        "cubes",
        ["tenant_id", "branch", "cube_id"],
        sqlite_where=sa.text(_BRANCHED),
        postgresql_where=sa.text(_BRANCHED),
    )
    op.create_table(
        "branches",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope_key", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", "scope_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("branches_by_id", "branches", ["tenant_id", "branch"], unique=True)
