"""Keep background work and how far its triggers have come."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "jobs",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tenant_id", "job_id", "kind")),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_after", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("dry_run", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("cost", sa.Text(), nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("history", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "job_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("jobs_by_key", "jobs", ["tenant_id", "key"], unique=True)
    _partial("jobs_waiting", "run_after", "state = 'queued'")
    _partial("jobs_leased", "lease_until", "state = 'running'")
    op.create_table(
        "schedules",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("trigger_name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "trigger_name"),
        sqlite_with_rowid=False,
    )


def _partial(name: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "jobs", [column], sqlite_where=condition, postgresql_where=condition)
