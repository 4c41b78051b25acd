"""relief, plans, corrections, cut off"""

import sqlalchemy as sa
from alembic import op

from kefu.db.base import Exact, UtcDateTime

revision = "0006"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("account", sa.Column("cut_off_at", UtcDateTime(), nullable=True))
    op.add_column("account", sa.Column("low_income", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("bill", sa.Column("corrects", sa.String(length=40), nullable=True))
    op.add_column("bill", sa.Column("reason", sa.String(length=200), nullable=True))
    op.add_column("bill", sa.Column("carried", Exact(length=32), nullable=True))
    op.create_index(op.f("ix_bill_corrects"), "bill", ["corrects"], unique=False)
    op.create_table(
        "relief_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("wish", sa.String(length=20), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("bill", sa.String(length=40), nullable=True),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_relief_request_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_number"],
            ["account.number"],
            name=op.f("fk_relief_request_account_number_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relief_request")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_relief_request_ticket_id")),
    )
    op.create_index(op.f("ix_relief_request_account_number"), "relief_request", ["account_number"], unique=False)
    op.create_table(
        "fee_waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("adjustment_id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("our_fault", sa.Boolean(), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["bill_line.id"], name=op.f("fk_fee_waiver_line_id_bill_line"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["adjustment_id"], ["bill.id"], name=op.f("fk_fee_waiver_adjustment_id_bill"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_number"],
            ["account.number"],
            name=op.f("fk_fee_waiver_account_number_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_fee_waiver_ticket_id_ticket"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_waiver")),
        sa.UniqueConstraint("line_id", name=op.f("uq_fee_waiver_line_id")),
    )
    op.create_index(op.f("ix_fee_waiver_adjustment_id"), "fee_waiver", ["adjustment_id"], unique=False)
    op.create_index(op.f("ix_fee_waiver_account_number"), "fee_waiver", ["account_number"], unique=False)
    op.create_table(
        "payment_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("bills", sa.JSON(), nullable=False),
        sa.Column("stops_late_fee", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_number"],
            ["account.number"],
            name=op.f("fk_payment_plan_account_number_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_payment_plan_ticket_id_ticket"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_plan")),
    )
    op.create_index(op.f("ix_payment_plan_account_number"), "payment_plan", ["account_number"], unique=False)
    op.create_table(
        "payment_plan_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount", Exact(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["payment_plan.id"], name=op.f("fk_payment_plan_part_plan_id_payment_plan"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_plan_part")),
    )
    op.create_index(op.f("ix_payment_plan_part_plan_id"), "payment_plan_part", ["plan_id"], unique=False)
