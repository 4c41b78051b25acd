"""a bill's lines know their tier and their arithmetic"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with op.batch_alter_table("bill_line") as table:
        table.add_column(sa.Column("tier", sa.Integer(), nullable=True))
        table.add_column(sa.Column("formula", sa.String(length=200), nullable=True))
        table.alter_column("label", existing_type=sa.String(length=60), type_=sa.String(length=80))
