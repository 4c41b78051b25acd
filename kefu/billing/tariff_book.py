"""The one way to the prices customers pay: the company's files, and over them what its own systems wrote by the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.billing.models import FedTariff
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.tariffs import PriceList, Tariff, TariffBook
from kefu.db.session import one_at_a_time
from kefu.feeding import Conflict, FeedProblem

YEARS = range(1950, 2151)
_built: tuple[Any, TariffBook] | None = None  # the last book made in this process, and of what


def tariff_book(session: Session, company: CompanyData) -> TariffBook:
    """Files and API rows as one book: the API's row wins, a later row ends an earlier one the day before it begins.

    One small query while nothing changes, in every process.
    """
    global _built
    count, last = session.execute(select(func.count(), func.max(FedTariff.updated_at))).one()
    if not count:
        return company.tariffs
    built, made_of = _built, (company.tariffs, str(session.get_bind().url), count, last)  # type: ignore[union-attr]
    if built is not None and built[0] == made_of:
        return built[1]
    rows = list(session.scalars(select(FedTariff).order_by(FedTariff.id)))
    book = company.tariffs.with_rows(tariff_of(row) for row in rows)
    _built = ((company.tariffs, made_of[1], len(rows), max(row.updated_at for row in rows)), book)
    return book


def tariff_of(row: FedTariff) -> Tariff:
    return Tariff.model_validate({**row.body, "id": row.tariff})


def fed_rows(session: Session) -> set[tuple[str, str]]:
    """Id and first day (ISO) of every row that came over the API."""
    found = session.execute(select(FedTariff.tariff, FedTariff.valid_from))
    return {(tariff, first.isoformat()) for tariff, first in found}


def put_tariff(session: Session, company: CompanyData, tariff: str, given: PriceList) -> bool:
    """Write a row of a tariff; True if the API had none of that id and first day. The same again changes nothing.

    Raises FeedProblem (years out of range) and Conflict (other rows of the id have another city, service or unit).
    """
    one_at_a_time(session.connection(), 3)  # so that `updated_at` rises from one commit to the next
    body = given.model_dump(mode="json", exclude_unset=True)
    new = Tariff.model_validate({**body, "id": tariff})
    _check(new, tariff_book(session, company))
    query = select(FedTariff).where(FedTariff.tariff == tariff, FedTariff.valid_from == new.valid_from)
    known = session.scalar(query.with_for_update())
    if known is not None and tariff_of(known) == new:
        return False
    last = session.scalar(select(func.max(FedTariff.updated_at)))
    changed_at = _after(clock.real_now(), last)
    if known is not None:
        known.body, known.updated_at = body, changed_at
    else:
        session.add(FedTariff(tariff=tariff, valid_from=new.valid_from, body=body, updated_at=changed_at))
    session.flush()
    return known is None


def _after(now: datetime, last: datetime | None) -> datetime:
    return now if last is None or last < now else last + timedelta(microseconds=1)


def _check(new: Tariff, book: TariffBook) -> None:
    days = {"valid_from": new.valid_from, "valid_to": new.valid_to, "checked_on": new.checked_on}
    for name, day in days.items():
        if day is not None and day.year not in YEARS:
            raise FeedProblem(f"{name} 的年份要在 {YEARS[0]} 到 {YEARS[-1]} 之间")
    others = book.versions(new.id) if new.id in book else []
    for other in others:
        same = (other.city, other.service, other.unit) == (new.city, new.service, new.unit)
        if other.valid_from != new.valid_from and not same:
            raise Conflict(f"价目 {new.id} 从 {other.valid_from} 起的一行是另一个城市、服务或单位：同一编号要一致")
