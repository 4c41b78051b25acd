"""Alembic's entry: migrates the database it is handed (kefu/db/migrate.py), or DATABASE_URL from the command line."""

from alembic import context
from sqlalchemy import Connection

from kefu.db.tables import Base


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    from kefu.db.session import get_database

    with get_database().engine.begin() as connection:
        run(connection)
