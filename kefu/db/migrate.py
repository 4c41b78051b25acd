"""Bring a database to the tables of this version; says plainly when it is ahead or foreign."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from kefu.db.session import Database, one_at_a_time

MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(database: Database) -> None:
    """Run what is missing, in one transaction. Nothing to do: costs a few milliseconds."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    config = _config()
    with database.writer().begin() as connection:
        one_at_a_time(connection, 1)  # alembic looks again what is missing
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
