"""photos customers send"""

import sqlalchemy as sa
from alembic import op

import kefu.db.base

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=120), nullable=False),
        sa.Column("utterance_id", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", kefu.db.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_attachment_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["utterance_id"], ["utterance.id"], name=op.f("fk_attachment_utterance_id_utterance"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("conversation_id", "sha256", name=op.f("uq_attachment_conversation_id_sha256")),
        sa.UniqueConstraint("token", name=op.f("uq_attachment_token")),
    )
    op.create_table(
        "ticket_attachment",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_ticket_attachment_attachment_id_attachment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_attachment_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "attachment_id", name=op.f("pk_ticket_attachment")),
    )
    op.create_index(op.f("ix_ticket_attachment_attachment_id"), "ticket_attachment", ["attachment_id"])
    with op.batch_alter_table("inbox") as batch:
        batch.add_column(sa.Column("attachments", sa.JSON(), server_default="[]", nullable=False))
