"""Keep what cubes were governed by in the past.

Of states left before this revision only the state is known; the rest is taken to have been as it
is at the upgrade.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the expiry and the governance to the states that cubes have left."""
    op.add_column("states", sa.Column("due_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "states",
        sa.Column("governance", sa.Text(), nullable=False, server_default=sa.text("'{}'")),
    )
    op.execute("""
        UPDATE states SET (due_at, governance) = (
            SELECT c.due_at, json_set(
                json_remove(c.governance, '$.resume'), '$.state', states.state,
                '$.state_reason', states.state)
            FROM cubes c WHERE c.tenant_id = states.tenant_id AND c.cube_id = states.cube_id)""")
    op.execute("""
        UPDATE states SET due_at = NULL,
            governance = json_set(governance, '$.resume', json_array(recall_state))
        WHERE state = 'frozen'""")
