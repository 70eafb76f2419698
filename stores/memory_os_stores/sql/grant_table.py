"""The table of grants, once for every dialect; see ``tables``."""

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, Text

from memory_os_stores.sql.tables import metadata

grants = Table(
    "grants",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("grant_id", Text, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("principal", Text),
    Column("pattern", Text),
    Column("memory_id", Text),
    Column("scope", Text, nullable=False),
    Column("rights", Text, nullable=False),
    Column("purposes", Text, nullable=False),
    Column("until", BigInteger),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rests_on", Text),
    Column("revoked_at", BigInteger),
    Column("revoked_by", Text),
    PrimaryKeyConstraint("tenant_id", "grant_id"),
    Index("grants_by_change", "tenant_id", "change"),
    sqlite_with_rowid=False,
)
"""Who was given which rights on what; the only place that says so.

``change`` is the journal entry that last changed the row, so that the highest one tells whether
anything did. Scopes and sets are JSON.
"""
