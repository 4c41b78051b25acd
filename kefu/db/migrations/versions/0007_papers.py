"""papers"""

import sqlalchemy as sa
from alembic import op

import kefu.db.base

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "bill_dispute",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("bill_number", sa.String(length=40), nullable=False),
        sa.Column("doubt", sa.String(length=12), nullable=False),
        sa.Column("amount", kefu.db.base.Exact(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_bill_dispute_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_bill_dispute")),
    )
    with op.batch_alter_table("bill_dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bill_dispute_account_number"), ["account_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_bill_dispute_bill_number"), ["bill_number"], unique=False)

    op.create_table(
        "invoice_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("bill_number", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("amount", kefu.db.base.Exact(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("tax_number", sa.String(length=30), nullable=True),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("bank", sa.String(length=200), nullable=True),
        sa.Column("conversation_id", sa.String(length=120), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("invoice_number", sa.String(length=40), nullable=True),
        sa.Column("url", sa.String(length=400), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", kefu.db.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["invoice_request.id"],
            name=op.f("fk_invoice_request_replaces_id_invoice_request"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_invoice_request_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_request")),
    )
    with op.batch_alter_table("invoice_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_request_account_number"), ["account_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_request_bill_number"), ["bill_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_request_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_request_ticket_id"), ["ticket_id"], unique=False)

    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=12), server_default="reader", nullable=False))
        batch_op.add_column(sa.Column("status", sa.String(length=12), server_default="accepted", nullable=False))
        batch_op.add_column(sa.Column("supersedes_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("photos", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("conversation_id", sa.String(length=120), nullable=True))
        batch_op.create_index(batch_op.f("ix_reading_supersedes_id"), ["supersedes_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_reading_supersedes_id_reading"), "reading", ["supersedes_id"], ["id"], ondelete="SET NULL"
        )

    op.execute("UPDATE reading SET source = 'estimate' WHERE estimated")
