"""promises: jobs, clocks of tickets, who answers for them, what staff are told, calls back, surveys, remedies, exports"""

import sqlalchemy as sa
from alembic import op

from kefu.db.base import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    core()
    callbacks()
    reports()
    surveys()


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
        sa.Column("scheduled", sa.Integer(), nullable=False),
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
        "remedy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("place_name", sa.String(length=60), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy")),
    )
    op.create_index(op.f("ix_remedy_indicator"), "remedy", ["indicator"], unique=False)
    op.create_index(op.f("ix_remedy_month"), "remedy", ["month"], unique=False)
    op.create_index("ix_remedy_place_indicator", "remedy", ["place", "indicator"], unique=False)
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
    op.create_table(
        "ticket_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=80), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["ticket_event.id"], name=op.f("fk_ticket_export_event_id_ticket_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_export_ticket_id_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_export")),
    )
    op.create_index("ix_ticket_export_due", "ticket_export", ["status", "due_at", "id"], unique=False)
    op.create_index(op.f("ix_ticket_export_ticket_id"), "ticket_export", ["ticket_id"], unique=False)
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
    op.create_index(op.f("ix_ticket_phone"), "ticket", ["phone"], unique=False)
    op.create_index(op.f("ix_ticket_owner"), "ticket", ["owner"], unique=False)
    op.create_index(op.f("ix_ticket_unit"), "ticket", ["unit"], unique=False)


def callbacks() -> None:
    op.create_table(
        "callback_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("callback_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["callback_id"], ["callback.id"], name=op.f("fk_callback_attempt_callback_id_callback"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_attempt")),
    )
    op.create_index(op.f("ix_callback_attempt_callback_id"), "callback_attempt", ["callback_id"], unique=False)
    op.add_column("callback", sa.Column("owner", sa.String(length=40), server_default="", nullable=False))
    op.add_column("callback", sa.Column("misses", sa.Integer(), server_default="0", nullable=False))
    op.add_column("callback", sa.Column("wrong_number", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("callback", sa.Column("try_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE callback SET try_at = window_start")
    with op.batch_alter_table("callback", schema=None) as batch_op:
        batch_op.alter_column("try_at", existing_type=UtcDateTime(), nullable=False)
    op.create_index("ix_callback_agenda", "callback", ["status", "try_at", "id"], unique=False)
    with op.batch_alter_table("callback_slot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("desk", sa.String(length=40), server_default="", nullable=False))
        batch_op.drop_constraint("uq_callback_slot_starts_at", type_="unique")
        batch_op.create_unique_constraint(op.f("uq_callback_slot_starts_at_desk"), ["starts_at", "desk"])
    # what was promised before is kept, too
    op.execute(
        "INSERT INTO job (kind, key, subject, due_at, facts, status, scheduled, attempts, created_at) "
        "SELECT 'callback_over', number, 'callback:' || number, window_end, '{}', 'waiting', 1, 0, created_at "
        "FROM callback WHERE status = 'requested'"
    )


def reports() -> None:
    """What a message was read as, and how its answer left the customer: for the report on what the assistant finished."""
    op.add_column("inbox", sa.Column("intent", sa.String(length=40), nullable=True))
    op.add_column("inbox", sa.Column("left_as", sa.String(length=10), nullable=True))
    op.create_index("ix_inbox_received", "inbox", ["received_at"], unique=False)


def surveys() -> None:
    op.add_column("survey", sa.Column("round", sa.Integer(), server_default="0", nullable=False))
    op.add_column("survey", sa.Column("status", sa.String(length=12), server_default="asked", nullable=False))
    op.add_column("survey", sa.Column("fixed", sa.Boolean(), nullable=True))
    op.add_column("survey", sa.Column("expectations", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("survey", sa.Column("asks", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("survey", sa.Column("callback", sa.String(length=24), nullable=True))
    op.add_column("survey", sa.Column("recorded_by", sa.String(length=40), nullable=True))
    op.add_column("survey", sa.Column("put_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE survey SET status = 'done' WHERE score IS NOT NULL")
