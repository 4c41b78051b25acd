"""The database: engine, sessions, and the one way to write.

`transaction()` is the unit of work. Inside a turn it hands out the turn's session and leaves the commit to the turn;
outside (the API, `rasa shell`, jobs) it opens, commits and closes its own. Business functions take the session as
an argument and never commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

_turn_session: ContextVar[Session | None] = ContextVar("turn_session", default=None)


def insert_once(session: Session, model: type[Any], **values: Any) -> None:
    """Insert a row unless its key exists already (another process may be faster)."""
    insert_each_once(session, model, [values])


def insert_each_once(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> None:
    """The same for many rows, five hundred a statement: a database takes only so many values in one."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    for start in range(0, len(rows), 500):
        session.execute(dialect.insert(model).values(rows[start : start + 500]).on_conflict_do_nothing())


class Database:
    """One per process. `url` is a SQLAlchemy address; waits for locks at most `lock_timeout_s` seconds."""

    def __init__(self, url: str, lock_timeout_s: float = 5.0) -> None:
        self.url = url
        self.lock_timeout_s = lock_timeout_s
        self.is_sqlite = url.startswith("sqlite")
        self.engine = self._make_engine()

    def _make_engine(self) -> Engine:
        if not self.is_sqlite:
            options = f"-c lock_timeout={int(self.lock_timeout_s * 1000)} -c timezone=utc"
            arguments = {"options": options, "connect_timeout": max(2, int(self.lock_timeout_s))}
            engine = create_engine(
                self.url, pool_pre_ping=True, pool_size=10, hide_parameters=True, connect_args=arguments
            )
            event.listen(engine, "begin", _begin_postgresql)
            return engine
        path = make_url(self.url).database
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self.url,
            pool_size=10,
            max_overflow=30,
            hide_parameters=True,  # what customers say must not end in a traceback
            connect_args={"timeout": self.lock_timeout_s, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def writer(self, patience_s: float | None = None) -> Engine:
        """The engine whose transactions are for writing."""
        return self.engine.execution_options(write=True, patience_s=patience_s or self.lock_timeout_s)

    @contextmanager
    def write(self, patience_s: float | None = None) -> Iterator[Session]:
        """A session that commits at the end or not at all. On SQLite it holds the write lock from the start.

        `patience_s`: wait for locks at most so long (seconds), instead of the usual time.
        """
        with Session(self.writer(patience_s), expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking only; what is added to it is thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def turn(self, patience_s: float | None = None) -> Iterator[Session]:
        """`write()`, made known to everything that runs inside as the session of this turn."""
        with self.write(patience_s) as session:
            token = _turn_session.set(session)
            try:
                yield session
            finally:
                _turn_session.reset(token)

    def ping(self) -> None:
        """Raises when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN below, not the driver's
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32000",
        "mmap_size=268435456",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("write"):
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(options['patience_s'] * 1000)}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


def one_at_a_time(connection: Any, what: int, patient: bool = True) -> None:
    """Wait until no other process does the same; to the end of the transaction. (SQLite: BEGIN IMMEDIATE does it.)

    `patient`: as long as it takes; else no longer than for any lock.
    """
    if connection.dialect.name == "postgresql":
        if patient:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({what})")


def _begin_postgresql(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("write"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(options['patience_s'] * 1000)}")


_database: Database | None = None


def use_database(database: Database | None) -> None:
    """Names the process's database; called once at start (and by tests)."""
    global _database
    _database = database


def get_database() -> Database:
    """The process's database; outside the service (rasa shell, scripts) opened from the settings at first use."""
    global _database
    if _database is None:
        from kefu.settings import get_settings

        settings = get_settings()
        _database = Database(settings.database_url, settings.lock_timeout_s)
    return _database


@contextmanager
def transaction() -> Iterator[Session]:
    """The turn's session if a turn is running (which alone commits), else a transaction of its own."""
    session = _turn_session.get()
    if session is not None:
        yield session
        return
    with get_database().write() as own:
        yield own
