"""Conversations, turns, citations and feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the four tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "conversations",
        sa.Column("brand_id", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(64), primary_key=True),
        sa.Column("opened_at", moment, nullable=False),
    )
    op.create_index("conversations_by_age", "conversations", ["brand_id", "opened_at"])
    op.create_table(
        "turns",
        sa.Column("number", number, primary_key=True, autoincrement=True),
        sa.Column("brand_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("turn_id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("kind", sa.String(16)),
        sa.Column("release", sa.String(64)),
        sa.Column("language", sa.String(8)),
        sa.Column("vehicle_model", sa.String(64)),
        sa.Column("vehicle_model_year", sa.Integer()),
        sa.Column("vehicle_market", sa.String(8)),
        sa.Column("composer", sa.String(16)),
        sa.Column("usage_model", sa.Text()),
        sa.Column("input_tokens", sa.Integer()),
        sa.Column("output_tokens", sa.Integer()),
        sa.Column("cost", sa.Float()),
        sa.ForeignKeyConstraint(
            ["brand_id", "conversation_id"],
            ["conversations.brand_id", "conversations.conversation_id"],
            ondelete="CASCADE",
            name="turns_belong_to_a_conversation",
        ),
    )
    op.create_index("turns_of_a_conversation", "turns", ["brand_id", "conversation_id", "turn_id"], unique=True)
    op.create_index("turns_in_order", "turns", ["brand_id", "conversation_id", "number"])
    op.create_table(
        "citations",
        sa.Column("turn_number", number, sa.ForeignKey("turns.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column("brand_id", sa.String(64), nullable=False),
        sa.Column("passage", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer()),
        sa.Column("quote", sa.Text(), nullable=False),
    )
    op.create_index("citations_of_a_passage", "citations", ["brand_id", "passage"])
    op.create_table(
        "feedback",
        sa.Column("turn_number", number, sa.ForeignKey("turns.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("brand_id", sa.String(64), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("at", moment, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("feedback", "citations", "turns", "conversations"):
        op.drop_table(table)
