"""Keep derivations where they can be searched, erasures, and what is left of the erased."""

import sqlalchemy as sa
from alembic import op
from pydantic_core import from_json

revision = "0007"
down_revision = "0008"

_PENDING = "stage <> 'complete'"


def upgrade() -> None:
    """Create the tables, fill in the derivations, and let journal reasons be taken out."""
    for name in ("salt", "sealed"):
        column = sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))
        op.add_column("journal", column)
    names = ("tenant_id", "parent_id", "cube_id", "role")
    derivations = op.create_table(
        "derivations",
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.PrimaryKeyConstraint(*names),
        sqlite_with_rowid=False,
    )
    op.create_index("derivations_by_child", "derivations", ["tenant_id", "cube_id"])
    op.create_table(
        "erasures",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tenant_id", "erasure_id")),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "erasure_id"),
        sqlite_with_rowid=False,
    )
    condition = sa.text(_PENDING)
    op.create_index(
        "erasures_pending",
        "erasures",
        ["requested_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    op.create_table(
        "tombstones",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tenant_id", "memory_id")),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        *(sa.Column(n, sa.Text(), nullable=False) for n in ("erased_by", "reason", "erasure_id")),
        sa.PrimaryKeyConstraint("tenant_id", "memory_id"),
        sqlite_with_rowid=False,
    )
    _fill(derivations)


def _fill(derivations: sa.Table) -> None:
    versions = sa.table("versions", *map(sa.column, ("tenant_id", "cube_id", "header")))
    bind = op.get_bind()
    made = sa.select(versions).where(versions.c.header.contains('"parents"'))
    rows = {
        (tenant_id, parent["cube_id"], cube_id, parent.get("role", "version"))
        for tenant_id, cube_id, header in bind.execute(made)
        for parent in from_json(header).get("parents", ())
        if parent["cube_id"] != cube_id
    }
    if rows:
        names = [column.name for column in derivations.columns]
        listed = [dict(zip(names, row, strict=True)) for row in sorted(rows)]
        bind.execute(sa.insert(derivations), listed)
