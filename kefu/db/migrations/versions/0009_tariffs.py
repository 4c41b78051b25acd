"""tariffs written over the API"""

import sqlalchemy as sa
from alembic import op

import kefu.db.base

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "tariff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tariff", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("updated_at", kefu.db.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff")),
        sa.UniqueConstraint("tariff", "valid_from", name=op.f("uq_tariff_tariff_valid_from")),
    )
