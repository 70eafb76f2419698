"""Let facts be found by subject and predicate."""

import sqlalchemy as sa
from alembic import op
from pydantic_core import from_json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column and its index, and fill it in for the facts that are there."""
    op.add_column("versions", sa.Column("statement", sa.Text(), nullable=True))
    versions = sa.table(
        "versions",
        *(sa.column(name) for name in ("tenant_id", "cube_id", "version", "payload", "form")),
        sa.column("statement"),
    )
    key = (versions.c.tenant_id, versions.c.cube_id, versions.c.version)
    facts = sa.select(*key, versions.c.payload).where(
        versions.c.form == "fact", versions.c.payload.contains('"predicate"')
    )
    bind = op.get_bind()
    for *place, payload in bind.execute(facts).fetchall():
        parts = from_json(payload)
        subject, predicate = parts.get("subject"), parts.get("predicate")
        if subject and predicate:
            here = sa.and_(*(column == value for column, value in zip(key, place, strict=True)))
            about = f"{_folded(subject)}\x1f{_folded(predicate)}"
            bind.execute(sa.update(versions).where(here).values(statement=about))
    op.create_index(
        "versions_by_statement",
        "versions",
        ["tenant_id", "statement"],
        sqlite_where=sa.text("superseded_at IS NULL AND statement IS NOT NULL"),
        postgresql_where=sa.text("superseded_at IS NULL AND statement IS NOT NULL"),
    )


def _folded(part: str) -> str:
    return " ".join(part.casefold().split())
