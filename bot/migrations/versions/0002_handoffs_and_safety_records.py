"""Handoffs, safety records that nothing can change, and what a reply's checks did."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TURN_COLUMNS = (("text_version", sa.String(40)), ("signed_off_by", sa.Text()), ("signed_off_on", sa.String(10)))
_REFUSAL = "safety records are never changed"


def upgrade() -> None:
    """Make the tables, and refuse changes of safety records in the database itself."""
    moment = sa.DateTime(timezone=True)
    for name, kind in (*_TURN_COLUMNS, ("checks", sa.Text())):
        op.add_column("turns", sa.Column(name, kind))
    op.create_index("citations_of_a_document", "citations", ["brand_id", "document"])
    op.create_table(
        "removals",
        sa.Column(
            "turn_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("turns.number", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column("brand_id", sa.String(64), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
    )
    # Earlier servers made the table by themselves; those who waited then still wait.
    if sa.inspect(op.get_bind()).has_table("handoffs"):
        op.rename_table("handoffs", "handoffs_before")
    op.create_table(
        "handoffs",
        sa.Column("brand_id", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(64), primary_key=True),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("agent", sa.Text()),
        sa.Column("joined_at", moment),
        sa.Column("closed_at", moment),
        sa.ForeignKeyConstraint(
            ["brand_id", "conversation_id"],
            ["conversations.brand_id", "conversations.conversation_id"],
            ondelete="CASCADE",
            name="a_handoff_belongs_to_a_conversation",
        ),
    )
    if sa.inspect(op.get_bind()).has_table("handoffs_before"):
        op.execute(
            "INSERT INTO handoffs (brand_id, conversation_id, asked_at, reason, state, agent) "
            "SELECT brand_id, conversation_id, asked_at, 'person', state, agent FROM handoffs_before"
        )
        op.drop_table("handoffs_before")
    op.create_table(
        "safety_records",
        sa.Column("brand_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("words_sha256", sa.String(64), nullable=False),
        sa.UniqueConstraint("brand_id", "words_sha256", name="a_reply_is_recorded_once"),
    )
    _refuse_changes()


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER safety_records_no_{act.lower()} BEFORE {act} ON safety_records "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_safety_records() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER safety_records_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON safety_records "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_safety_records()"
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("safety_records", "handoffs", "removals"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change_of_safety_records")
    op.drop_index("citations_of_a_document", "citations")
    for name in ("checks", *(name for name, _ in _TURN_COLUMNS)):
        op.drop_column("turns", name)
