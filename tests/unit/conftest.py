"""What the unit tests share: a real SQLite database of their own, the shipped company, a clock that is put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile

import pytest
import structlog

from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData, load_company
from kefu.db.migrate import migrate
from kefu.db.session import Database
from tests.support.company import Break, breaking

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> None:
    """As in service: structlog's own way with a traceback takes seconds, it draws every local value."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with this version's tables, to be copied."""
    path = tmp_path_factory.mktemp("tables") / "empty.db"
    made = Database(f"sqlite:///{path}")
    migrate(made)
    made.dispose()
    return path


@pytest.fixture
def database(tmp_path: Path, migrated: Path) -> Iterator[Database]:
    """This version's tables, empty."""
    copyfile(migrated, tmp_path / "unit.db")
    made = Database(f"sqlite:///{tmp_path / 'unit.db'}")
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def company() -> CompanyData:
    return load_company(ROOT / "company")


@pytest.fixture
def set_clock() -> Iterator[Callable[[str | None], None]]:
    """Moves business time (Shanghai); real time comes back after the test."""
    yield lambda moment: clock.set(parse_local(moment) if moment else None)
    clock.set(None)


@pytest.fixture
def broken(tmp_path: Path) -> Break:
    """The shipped company's problems with one text of one file replaced."""
    return breaking(tmp_path)
