"""The table of branches; their cubes lie among the others."""

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, Text

from memory_os_stores.sql.tables import metadata

branches = Table(
    "branches",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scope_key", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("user_id", Text),
    Column("agent_id", Text),
    Column("session_id", Text),
    Column("namespace", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "name", "scope_key"),
    Index("branches_by_id", "tenant_id", "branch", unique=True),
    sqlite_with_rowid=False,
)
"""Branches: a name, what ``cubes.branch`` says for it, and the moment it starts from."""
