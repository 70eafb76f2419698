"""Keep which memory holds which tensors, and how often prompts begin alike."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables; nothing that came before held tensors."""
    op.create_table(
        "tensors",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("cube_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "cube_id", "version", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("tensors_by_chain", "tensors", ["tenant_id", "chain"])
    op.create_index("tensors_by_path", "tensors", ["tenant_id", "path"])
    op.create_table(
        "prefix_uses",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("strength", sa.Float(), nullable=False),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "chain"),
        sqlite_with_rowid=False,
    )
    op.create_index("prefix_uses_by_time", "prefix_uses", ["tenant_id", "touched_at"])
