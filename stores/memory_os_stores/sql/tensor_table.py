"""The table of blobs: which memory holds which tensors."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from memory_os_stores.sql.tables import metadata

tensors = Table(
    "tensors",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("cube_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("chain", Text),
    Column("path", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "cube_id", "version", "position"),
    Index("tensors_by_chain", "tenant_id", "chain"),
    Index("tensors_by_path", "tenant_id", "path"),
    sqlite_with_rowid=False,
)
"""The blobs that memories hold: of a cache each chunk under its chained hash, of an adapter a file.

Of a cache only the head's are here, and none once its tensors were dropped. A blob that no row
names is nobody's.
"""

prefix_uses = Table(
    "prefix_uses",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("uses", BigInteger, nullable=False),
    Column("strength", Float, nullable=False),
    Column("touched_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "chain"),
    Index("prefix_uses_by_time", "tenant_id", "touched_at"),
    sqlite_with_rowid=False,
)
"""How often prompts began with a prefix, kept or not; ``strength`` halves every seven days.

What nobody has asked for in a long time is forgotten.
"""
