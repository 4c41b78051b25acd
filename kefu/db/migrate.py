"""Bring a database to the tables of this version; says plainly when it is ahead or foreign."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from kefu.db.session import Database, one_at_a_time
from kefu.db.tables import Base

MIGRATIONS = Path(__file__).parent / "migrations"


class ForeignDatabase(Exception):
    """The database belongs to a later version of Kefu, or to something else; the message says which."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(database: Database) -> None:
    """Run what is missing, in one transaction. Nothing to do: costs a few milliseconds."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        tables = set(inspect(connection).get_table_names())
    if current == head:
        return
    scripts = ScriptDirectory.from_config(_config())
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise ForeignDatabase(f"it is at version {current}, this Kefu knows versions up to {head}: use a newer Kefu")
    ours = tables & set(Base.metadata.tables)
    if current is None and ours:
        raise ForeignDatabase(f"it already has tables of other origin ({', '.join(sorted(ours))}): use an empty one")
    config = _config()
    with database.writer().begin() as connection:
        one_at_a_time(connection, 1)  # alembic looks again what is missing
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
