"""Keep policy sets, and let cubes be found by how strong they are and when they end."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from pydantic_core import from_json

revision = "0005"
down_revision = "0004"

_DAY = 86_400_000_000


def upgrade() -> None:
    """Add the columns, the index and the tables, and fill the columns in for what is there."""
    op.add_column("cubes", sa.Column("even_at", sa.BigInteger(), nullable=True))
    op.add_column("cubes", sa.Column("half_life", sa.BigInteger(), nullable=True))
    _fill_in()
    op.create_index(
        "versions_by_end",
        "versions",
        ["tenant_id", "valid_to"],
        sqlite_where=sa.text("superseded_at IS NULL AND valid_to IS NOT NULL"),
        postgresql_where=sa.text("superseded_at IS NULL AND valid_to IS NOT NULL"),
    )
    op.create_table(
        "policy_sets",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("agents", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", "version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "policy_agents",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", "agent_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "policy_agents_by_agent", "policy_agents", ["tenant_id", "agent_id"], unique=True
    )


def _fill_in() -> None:
    names = ("tenant_id", "cube_id", "created_at", "usage", "even_at", "half_life")
    cubes = sa.table("cubes", *(sa.column(name) for name in names))
    bind = op.get_bind()
    found = bind.execute(
        sa.select(cubes.c.tenant_id, cubes.c.cube_id, cubes.c.created_at, cubes.c.usage)
    ).fetchall()
    rows = [
        {"tenant": tenant, "cube": cube, **_fading(created_at, from_json(usage))}
        for tenant, cube, created_at, usage in found
    ]
    if rows:
        here = sa.and_(
            cubes.c.tenant_id == sa.bindparam("tenant"), cubes.c.cube_id == sa.bindparam("cube")
        )
        bind.execute(
            sa.update(cubes)
            .where(here)
            .values(even_at=sa.bindparam("even"), half_life=sa.bindparam("half")),
            rows,
        )


def _fading(created_at: int, usage: dict[str, Any]) -> dict[str, int]:
    half = int(usage.get("half_life", 60.0) * _DAY)
    lasts = int(half * math.log2(max(usage.get("strength", 1.0), 2.0**-1000)))
    touched = usage.get("touched_at")
    since = created_at if touched is None else _micros(touched)
    return {"even": since + lasts, "half": half}


def _micros(text: str) -> int:
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)
