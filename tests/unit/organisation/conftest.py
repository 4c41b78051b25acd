"""What the tests of the organisation share: the demo's network, places and staff, without its books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from demo.data import read
from demo.network import area_rows
from demo.places import place_rows
from kefu.accounts.models import Account
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData
from kefu.db.session import Database
from kefu.network.models import Area, Place
from kefu.network.tree import touch
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report, open_ticket

Opened = Callable[..., Ticket]
NOW = "2026-12-09T10:20"


def put_staff(session: Session) -> None:
    for person in read("staff"):
        session.add(Staff(active=True, **{key: value for key, value in person.items() if key != "password"}))
    session.flush()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction that is taken back, in the demo city's network, among its people."""
    clock.set(parse_local(NOW))
    with database.write() as session:
        put_staff(session)
        session.execute(insert(Area), area_rows())
        session.execute(insert(Place), place_rows())
        touch(session)
        yield session
        session.rollback()
    clock.set(None)


@pytest.fixture
def opened(session: Session, company: CompanyData) -> Opened:
    """A ticket as the assistant would make it."""

    def make(**more: Any) -> Ticket:
        given = {"kind": "fault", "category": "report_outage", "description": "家里停电了", "service": "electricity"}
        report = Report(first_word_at=clock.now(), **(given | more))
        return open_ticket(session, company, report, "customer")[0]

    return make


@pytest.fixture
def account(session: Session) -> Callable[..., Account]:
    """An account that hangs at an area of the network."""

    def make(number: str, area: str, service: str = "electricity", **parts: Any) -> Account:
        address = "".join(map(str, parts.values()))
        row = Account(
            number=number, service=service, holder="张三", address=address, address_parts=parts, area_code=area,
            created_at=clock.now(),
        )  # fmt: skip
        session.add(row)
        touch(session)
        session.flush()
        return row

    return make
