"""codes by SMS"""

import sqlalchemy as sa
from alembic import op

import kefu.db.base

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "sms_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=120), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", kefu.db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_message")),
    )
    op.create_index(op.f("ix_sms_message_phone"), "sms_message", ["phone"])
    op.create_index(op.f("ix_sms_message_status"), "sms_message", ["status"])
    op.create_table(
        "identity_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=120), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("created_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", kefu.db.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_code")),
    )
    op.create_index("ix_identity_code_whose", "identity_code", ["conversation_id", "account_number"])
    with op.batch_alter_table("proof_attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("way", sa.String(length=8), server_default="digits", nullable=False))
