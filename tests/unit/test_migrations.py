"""Migrations: an empty database becomes exactly what the models say, and a second run does nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from kefu.db.migrate import MIGRATIONS, _config, migrate
from kefu.db.session import Database
from kefu.db.tables import Base

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield made
    made.dispose()


def schema(path: Path) -> list[str]:
    """Every statement that made the database, as SQLite remembers it."""
    with sqlite3.connect(path) as connection:
        return [str(row) for row in connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name")]


def test_an_empty_database_becomes_what_the_models_say(empty: Database) -> None:
    migrate(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []
    assert set(inspect(empty.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_indexes_keys_and_limits_are_there_too(empty: Database) -> None:
    """`compare_metadata` overlooks some of them on SQLite."""
    migrate(empty)
    inspector = inspect(empty.engine)
    for name, table in Base.metadata.tables.items():
        made = {index["name"] for index in inspector.get_indexes(name)}
        assert {index.name for index in table.indexes} <= made, name
        unique = {tuple(sorted(row["column_names"])) for row in inspector.get_unique_constraints(name)}
        wanted = {tuple(sorted(c.columns.keys())) for c in table.constraints if type(c).__name__ == "UniqueConstraint"}
        assert wanted == unique, name
        foreign = {
            (row["referred_table"], str(row["options"].get("ondelete"))) for row in inspector.get_foreign_keys(name)
        }
        assert foreign == {(key.column.table.name, str(key.ondelete)) for key in table.foreign_keys}, name


def test_every_table_of_the_models_is_in_the_one_place(empty: Database) -> None:
    """A new models.py that nobody imports there would have no table."""
    declared = {
        line.split('"')[1]
        for file in (ROOT / "kefu").rglob("models.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("__tablename__ = ")
    }
    assert declared == set(Base.metadata.tables)


def test_running_twice_changes_nothing(empty: Database, tmp_path: Path) -> None:
    migrate(empty)
    before = schema(tmp_path / "empty.db")
    migrate(empty)
    assert schema(tmp_path / "empty.db") == before != []


def test_another_process_finds_nothing_to_do(empty: Database, tmp_path: Path) -> None:
    migrate(empty)
    before = schema(tmp_path / "empty.db")
    result = cli_migrate(tmp_path / "empty.db")
    assert (result.returncode, schema(tmp_path / "empty.db")) == (0, before)


def cli_migrate(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "kefu.cli", "migrate"]
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{path}"}
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert all(revision.doc.strip() for revision in script.walk_revisions())


def test_a_failed_migration_leaves_nothing_behind(empty: Database, tmp_path: Path) -> None:
    """Somebody else's database with a table of the same name: all or nothing."""
    with sqlite3.connect(tmp_path / "empty.db") as connection:
        connection.execute("CREATE TABLE ticket (id INTEGER)")
    before = schema(tmp_path / "empty.db")
    with pytest.raises(Exception, match="ticket"):
        migrate(empty)
    assert schema(tmp_path / "empty.db") == before


def test_a_database_of_a_later_version_is_said_plainly(empty: Database, tmp_path: Path) -> None:
    """An old program on a new database must not start, and must say why."""
    migrate(empty)
    with sqlite3.connect(tmp_path / "empty.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = schema(tmp_path / "empty.db")
    result = cli_migrate(tmp_path / "empty.db")
    assert result.returncode != 0 and "9999" in result.stderr
    assert "Traceback" not in result.stderr, result.stderr[-400:]
    assert schema(tmp_path / "empty.db") == before


def test_a_foreign_database_is_said_plainly(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "foreign.db") as connection:
        connection.execute("CREATE TABLE ticket (id INTEGER)")
    result = cli_migrate(tmp_path / "foreign.db")
    assert result.returncode != 0 and "ticket" in result.stderr
    assert "Traceback" not in result.stderr, result.stderr[-400:]


def a_row(made: Database, table: str, **given: object) -> None:
    """A row with what it must have: names of the columns, zeros, and an empty object."""
    plain = {
        "INTEGER": 1,
        "BOOLEAN": 0,
        "JSON": "{}",
        "DATETIME": "2026-12-01 10:00:00",
        "UTCDATETIME": "2026-12-01 10:00:00",
    }
    row = {
        column["name"]: plain.get(str(column["type"]).partition("(")[0].upper(), column["name"])
        for column in inspect(made.engine).get_columns(table)
        if not column["nullable"]
    } | given
    with made.writer().begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({','.join(row)}) VALUES (:{',:'.join(row)})"), row)


def test_a_filled_database_of_before_keeps_what_it_promised(empty: Database) -> None:
    """0011 with a ticket, a call that waits and a survey that was answered."""
    config = _config()
    with empty.writer().begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
    a_row(empty, "ticket", id=1)
    a_row(empty, "callback", id=1, number="HD1", status="requested", window_start="2026-12-02 09:00:00")
    a_row(empty, "survey", id=1, ticket_id=1, score=2)
    a_row(empty, "survey", id=2, ticket_id=1)
    migrate(empty)
    with empty.engine.connect() as connection:
        row = connection.execute(text("SELECT owner, reopened, anonymous, phone FROM ticket")).one()
        assert tuple(row) == ("", 0, 0, None)
        assert connection.execute(text("SELECT key, status FROM job")).all() == [("HD1", "waiting")]
        assert connection.execute(text("SELECT status FROM survey ORDER BY id")).scalars().all() == ["done", "asked"]
