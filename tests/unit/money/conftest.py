"""What the tests of money share: an account on an ordinary day, in the turn's own session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.db.session import Database
from tests.support.books import NOW, an_account


@pytest.fixture
def session(database: Database, set_clock: Callable[[str | None], None]) -> Iterator[Session]:
    set_clock(NOW)
    with database.write() as session:
        yield session


@pytest.fixture
def account(session: Session) -> Account:
    return an_account(session)
