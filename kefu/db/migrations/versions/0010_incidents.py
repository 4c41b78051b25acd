"""incidents: reports, what was done, who is told; where accounts hang and when"""

import sqlalchemy as sa
from alembic import op

from kefu.db.base import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "network_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("parent_code", sa.String(length=40), nullable=True),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_move")),
        sa.UniqueConstraint("what", "code", "valid_from", name=op.f("uq_network_move_what_code_valid_from")),
    )
    op.create_table(
        "network_stamp",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_stamp")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("event", sa.String(length=12), nullable=False),
        sa.Column("about", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint(
            "conversation_id", "event", "about", name=op.f("uq_subscription_conversation_id_event_about")
        ),
    )
    op.create_index(op.f("ix_subscription_about"), "subscription", ["about"], unique=False)
    op.create_index(op.f("ix_subscription_conversation_id"), "subscription", ["conversation_id"], unique=False)
    op.create_table(
        "incident_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_event_incident_id_incident"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_event")),
    )
    op.create_index(op.f("ix_incident_event_incident_id"), "incident_event", ["incident_id"], unique=False)
    op.create_table(
        "supply_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("area_code", sa.String(length=40), nullable=True),
        sa.Column("home", sa.String(length=240), nullable=False),
        sa.Column("address", sa.String(length=240), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=True),
        sa.Column("conversation_id", sa.String(length=120), nullable=True),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("vulnerable", sa.String(length=40), nullable=True),
        sa.Column("alone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("quiet", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("by_number", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ticket", sa.String(length=24), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("reported_at", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_supply_report_incident_id_incident"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_report")),
    )
    op.create_index(op.f("ix_supply_report_area_code"), "supply_report", ["area_code"], unique=False)
    op.create_index(op.f("ix_supply_report_conversation_id"), "supply_report", ["conversation_id"], unique=False)
    op.create_index("ix_supply_report_home", "supply_report", ["home", "service"], unique=False)
    op.create_index(op.f("ix_supply_report_incident_id"), "supply_report", ["incident_id"], unique=False)
    op.create_index("ix_supply_report_service_at", "supply_report", ["service", "reported_at"], unique=False)
    op.create_index(op.f("ix_supply_report_ticket"), "supply_report", ["ticket"], unique=False)
    op.add_column("account", sa.Column("community", sa.String(length=60), nullable=True))
    op.add_column("account", sa.Column("building", sa.String(length=40), nullable=True))
    op.create_index("ix_account_home", "account", ["community", "service", "building"], unique=False)
    op.add_column("incident", sa.Column("origin", sa.String(length=10), server_default="fed", nullable=False))
    op.add_column("incident", sa.Column("priority", sa.String(length=12), server_default="high", nullable=False))
    op.add_column("incident", sa.Column("ticket", sa.String(length=24), nullable=True))
    op.add_column("incident", sa.Column("merged_into", sa.String(length=30), nullable=True))
    op.create_index(op.f("ix_incident_status"), "incident", ["status"], unique=False)
    part = {"sqlite": "json_extract(address_parts, '$.{}')", "postgresql": "address_parts ->> '{}'"}
    of = part[op.get_bind().dialect.name].format
    op.execute(
        f"UPDATE account SET community = substr(coalesce({of('community')}, {of('village')}), 1, 60), "
        f"building = substr({of('building')}, 1, 40)"
    )
