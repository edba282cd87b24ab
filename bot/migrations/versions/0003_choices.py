"""What a clarifying question offered."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the choices with the turn."""
    op.add_column("turns", sa.Column("choices", sa.Text()))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("turns", "choices")
