"""The tables of erasing: what was made from what, erasures, tombstones."""

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, Text, text

from memory_os_stores.sql.tables import metadata

PENDING = "stage <> 'complete'"
"""Which erasures still have work to do."""

derivations = Table(
    "derivations",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("parent_id", Text, nullable=False),
    Column("cube_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "parent_id", "cube_id", "role"),
    Index("derivations_by_child", "tenant_id", "cube_id"),
    sqlite_with_rowid=False,
)
"""What memories were made from others; the versions hold the same, where it cannot be searched."""

erasures = Table(
    "erasures",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("erasure_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("record", Text, nullable=False),
    Column("receipt", Text),
    PrimaryKeyConstraint("tenant_id", "erasure_id"),
    Index(
        "erasures_pending",
        "requested_at",
        sqlite_where=text(PENDING),
        postgresql_where=text(PENDING),
    ),
    sqlite_with_rowid=False,
)
"""What was or is being erased: ids and numbers as JSON, and the last receipt."""

tombstones = Table(
    "tombstones",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("memory_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("erased_at", BigInteger, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("erasure_id", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "memory_id"),
    sqlite_with_rowid=False,
)
"""What is left of erased memories."""
