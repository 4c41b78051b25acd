"""The fictional city 云江市 and its utility 云江公用事业: puts it into the database and takes it out again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from demo.billing import write_account
from demo.books import Books
from demo.data import read
from demo.describe import describe
from demo.network import area_rows, incident_row, interruption_row
from demo.people import customers
from demo.places import place_rows
from kefu.accounts.models import Account, Binding, Meter
from kefu.billing.models import Bill, BillLine, FedTariff, Payment, Reading
from kefu.clock import local
from kefu.db.base import Base
from kefu.incidents.models import IncidentEvent
from kefu.network.models import Area, Hall, Incident, Interruption, NetworkMove, NetworkStamp, Place
from kefu.network.tree import touch
from kefu.staff.models import Staff

SEED_VERSION = "2"
# few rows, and seldom the same ones a minute later
PASSING = (Binding, IncidentEvent, Incident, Interruption, NetworkMove, NetworkStamp, FedTariff)
# forty-five thousand rows, which few conversations change
STANDING = (Payment, BillLine, Bill, Reading, Meter, Account, Area, Hall, Place)
KEPT = 8
_as_loaded: dict[datetime, int] = {}  # minute → fingerprint of what stands when the city has been loaded for it

__all__ = ["SEED_VERSION", "clear", "describe", "load", "put_back"]


def load(session: Session, now: datetime) -> None:
    """Puts the city in, its dates relative to `now` (aware). Staff are inserted or updated. Does not commit."""
    _load_standing(session, local(now))
    _load_passing(session, local(now))


def clear(session: Session) -> None:
    """Takes out every account, bill, tariff, area, place and hall, whoever made it; leaves staff, tickets and conversations."""
    _empty(session, (*PASSING, *STANDING))


def put_back(session: Session, now: datetime) -> None:
    """`clear` and `load`, but ten times cheaper where nobody has touched an account or a bill since the city was last
    put back in the same minute of the clock: what stands as it should is left alone. Does not commit.
    """
    minute = now.replace(second=0, microsecond=0)
    _empty(session, PASSING)
    if _as_loaded.get(minute) != _fingerprint(session):
        _empty(session, STANDING)
        _load_standing(session, local(now))
        _as_loaded.pop(minute, None)
        _as_loaded[minute] = _fingerprint(session)
        while len(_as_loaded) > KEPT:
            del _as_loaded[next(iter(_as_loaded))]
    _load_passing(session, local(now))


def _fingerprint(session: Session) -> int:
    """Of every value in the standing tables."""
    found = []
    for model in STANDING:
        row: ColumnElement[str] = literal("")
        for column in model.__table__.columns:
            row = row + func.coalesce(cast(column, Text), "\x1d") + "\x1f"
        found.append(session.scalar(select(func.aggregate_strings(row, "\x1e"))))
    return hash(tuple(found))


def _empty(session: Session, models: tuple[type[Base], ...]) -> None:
    for model in models:
        session.execute(delete(model), execution_options={"synchronize_session": False})
    session.expire_all()


def _load_standing(session: Session, here: datetime) -> None:
    _put(session, Area, area_rows())
    _put(session, Hall, read("halls"))
    _put(session, Place, place_rows())
    _load_accounts(session, here)
    _load_books(session, here)


def _load_passing(session: Session, here: datetime) -> None:
    _load_staff(session)
    _put(session, Incident, [incident_row(here)])
    _put(session, Interruption, [interruption_row(here)])
    touch(session)


def _load_staff(session: Session) -> None:
    for person in read("staff"):
        session.merge(Staff(active=True, **{key: value for key, value in person.items() if key != "password"}))
    session.flush()


def _load_accounts(session: Session, here: datetime) -> None:
    today = here.date()
    _put(session, Account, [customer.account_row(today) for customer in customers()])
    meters = (customer.meter_row(today) for customer in customers())
    _put(session, Meter, [meter for meter in meters if meter])


def _load_books(session: Session, here: datetime) -> None:
    books = Books(here)
    for customer in customers():
        write_account(books, customer)
    _put(session, Reading, books.readings)
    _put(session, Bill, books.bills)
    ids = dict(session.execute(select(Bill.number, Bill.id)).all())
    for row in (*books.lines, *books.payments):
        row["bill_id"] = ids[row.pop("bill_number")]
    _put(session, BillLine, books.lines)
    _put(session, Payment, books.payments)


def _put(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Bulk insert below the ORM, which would be several times slower."""
    session.execute(insert(model.__table__), rows)  # type: ignore[arg-type]
