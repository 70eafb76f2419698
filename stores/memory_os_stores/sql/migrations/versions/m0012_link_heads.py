"""Number the signed heads of the journal, each with a hash of the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns; heads of before have no number, and the next one counts them."""
    op.add_column(
        "journal_heads",
        sa.Column("number", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column(
        "journal_heads", sa.Column("prev", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
