"""service desk"""

import sqlalchemy as sa
from alembic import op

import kefu.db.base

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "callback_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("starts_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_slot")),
        sa.UniqueConstraint("starts_at", name=op.f("uq_callback_slot_starts_at")),
    )
    op.create_table(
        "proof_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=120), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_attempt")),
    )
    with op.batch_alter_table("proof_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_attempt_account_number"), ["account_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_attempt_conversation_id"), ["conversation_id"], unique=False)

    op.create_table(
        "handoff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("opened_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("claimed_at", kefu.db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", kefu.db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_handoff_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff")),
    )
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handoff_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_handoff_waiting", ["status", "id"], unique=False)

    op.create_table(
        "survey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=120), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("asked_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", kefu.db.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_survey_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
    )
    with op.batch_alter_table("survey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_survey_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "ticket_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["other_id"], ["ticket.id"], name=op.f("fk_ticket_link_other_id_ticket"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_link_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_link")),
        sa.UniqueConstraint(
            "ticket_id", "other_id", "relation", name=op.f("uq_ticket_link_ticket_id_other_id_relation")
        ),
    )
    with op.batch_alter_table("ticket_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_link_other_id"), ["other_id"], unique=False)

    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proof", sa.String(length=12), server_default="channel", nullable=False))
        batch_op.add_column(sa.Column("expires_at", kefu.db.base.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("callback", schema=None) as batch_op:
        batch_op.add_column(sa.Column("desk", sa.String(length=40), nullable=True))

    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("grade_reasons", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("desk", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("demand", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("anonymous", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index(batch_op.f("ix_ticket_desk"), ["desk"], unique=False)
