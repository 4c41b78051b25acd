"""promises: jobs, clocks of tickets, who answers for them, what staff are told"""

import sqlalchemy as sa
from alembic import op

from kefu.db.base import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    core()


def core() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_job_kind_key")),
    )
    op.create_index("ix_job_due", "job", ["status", "due_at", "id"], unique=False)
    op.create_index("ix_job_subject", "job", ["subject", "status"], unique=False)
    op.create_table(
        "staff_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ticket", sa.String(length=24), nullable=True),
        sa.Column("callback", sa.String(length=24), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_message")),
    )
    op.create_index("ix_staff_message_username", "staff_message", ["username", "read_at", "id"], unique=False)
    op.create_table(
        "ticket_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("within", sa.JSON(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("pause_reason", sa.String(length=24), nullable=True),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("breached_at", UtcDateTime(), nullable=True),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("guessed", sa.Integer(), nullable=True),
        sa.Column("says", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_clock_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_clock")),
        sa.UniqueConstraint("ticket_id", "target", "round", name=op.f("uq_ticket_clock_ticket_id_target_round")),
    )
    op.create_index("ix_ticket_clock_open", "ticket_clock", ["met_at", "stopped_at", "due_at"], unique=False)
    op.add_column("staff", sa.Column("unit", sa.String(length=40), nullable=True))
    op.add_column("ticket", sa.Column("unit", sa.String(length=40), nullable=True))
    op.add_column("ticket", sa.Column("owner", sa.String(length=40), server_default="", nullable=False))
    op.add_column("ticket", sa.Column("branch", sa.String(length=60), nullable=True))
    op.add_column("ticket", sa.Column("indicator", sa.String(length=40), nullable=True))
    op.add_column("ticket", sa.Column("area_class", sa.String(length=10), nullable=True))
    op.add_column("ticket", sa.Column("customer_class", sa.String(length=40), nullable=True))
    op.add_column("ticket", sa.Column("waiting_for", sa.String(length=24), nullable=True))
    op.add_column("ticket", sa.Column("resolution", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("ticket", sa.Column("verifier", sa.String(length=40), nullable=True))
    op.add_column("ticket", sa.Column("reopened", sa.Integer(), server_default="0", nullable=False))
    op.add_column("ticket", sa.Column("merged_into", sa.String(length=24), nullable=True))
    op.create_index(op.f("ix_ticket_branch"), "ticket", ["branch"], unique=False)
    op.create_index(op.f("ix_ticket_indicator"), "ticket", ["indicator"], unique=False)
    op.create_index(op.f("ix_ticket_owner"), "ticket", ["owner"], unique=False)
    op.create_index(op.f("ix_ticket_unit"), "ticket", ["unit"], unique=False)
