"""The tables of oversight: signed heads of the journal, and quotas."""

from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, Table, Text, text

from memory_os_stores.sql.tables import metadata

journal_heads = Table(
    "journal_heads",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("signature", Text, nullable=False),
    Column("number", BigInteger, nullable=False, server_default=text("0")),
    Column("prev", Text, nullable=False, server_default=text("''")),
    PrimaryKeyConstraint("tenant_id", "seq"),
    sqlite_with_rowid=False,
)
"""Signed heads of the journal; the same lie apart from the database, where it is a file."""

quotas = Table(
    "quotas",
    metadata,
    Column("tenant_id", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("meter", Text, nullable=False),
    Column("most", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "holder", "meter"),
    sqlite_with_rowid=False,
)
"""Quotas that were set, with what is used of each; ``since`` is when its window began."""
