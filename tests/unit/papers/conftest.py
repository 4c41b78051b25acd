"""A real database with the fictional city, on a day that stands still; what a test writes is thrown away after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from demo import city
from demo.people import by_situation, customers
from kefu.accounts.models import Account
from kefu.billing.noting import Asker
from kefu.clock import clock, parse_local
from kefu.db.migrate import migrate
from kefu.db.session import Database

NOW = "2026-12-09T10:20"
TODAY = date(2026, 12, 9)


@pytest.fixture(scope="session")
def city_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('papers') / 'city.db'}")
    migrate(made)
    with made.write() as session:
        city.load(session, parse_local(NOW))
    yield made
    made.dispose()


@pytest.fixture
def session(city_database: Database) -> Iterator[Session]:
    clock.set(parse_local(NOW))
    with city_database.read() as session:
        yield session
    clock.set(None)


Find = Callable[[str], Account]


@pytest.fixture
def account(session: Session) -> Find:
    """By the name of a situation, or the first on a tariff."""

    def find(name: str) -> Account:
        known = by_situation().get(name) or next(c for c in customers() if c.tariff == name and not c.situation)
        return session.get_one(Account, known.number)

    return find


@pytest.fixture
def asker() -> Asker:
    first: datetime = parse_local(NOW) - timedelta(minutes=5)
    return Asker("rest:anna", first, "13800138000", "麻烦给办一下")
