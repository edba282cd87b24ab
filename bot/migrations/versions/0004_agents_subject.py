"""Who took a conversation over, by what does not change and no two share."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the agent's subject beside the name that the customer reads."""
    op.add_column("handoffs", sa.Column("agent_subject", sa.Text()))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("handoffs", "agent_subject")
