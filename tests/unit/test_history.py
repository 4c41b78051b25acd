"""Months from bills: every account of the demo city, and the entries of one month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import city
from kefu.accounts.models import Account
from kefu.billing.chart.data import Chart
from kefu.billing.chart.drawing import svg
from kefu.billing.history import chart_of, history
from kefu.billing.models import Bill
from kefu.billing.service import standing_bills
from kefu.clock import parse_local
from kefu.company.data import CompanyData
from kefu.db.base import Base
from kefu.db.session import Database

NOW = "2026-12-09T10:20"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('history')}/city.db")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        city.load(session, parse_local(NOW))
        yield session
    database.dispose()


def chart(session: Session, company: CompanyData, situation: str) -> Chart:
    number = city.describe(session)["situations"][situation]["account_number"]
    account = session.get_one(Account, number)
    made = chart_of(session, company.tariffs, account, standing_bills(session, number)[0].period)
    assert made is not None
    return made


@pytest.mark.parametrize("service", ["electricity", "water", "gas", "heat"])
def test_every_account_has_a_chart_that_adds_up(session: Session, company: CompanyData, service: str) -> None:
    for account in session.scalars(select(Account).where(Account.service == service).limit(60)):
        bills = standing_bills(session, account.number)
        made = chart_of(session, company.tariffs, account, bills[0].period)
        assert made is not None
        own = {bill.period: bill for bill in bills}
        for month in made.months:
            assert (month.usage, month.amount) == (own[month.period].usage, own[month.period].amount)
            assert sum(made.parts(month)) == made.value(month)
            assert not month.parts or sum(month.parts) == month.usage
        assert svg(made)


def test_tiers_come_from_the_lines(session: Session, company: CompanyData) -> None:
    made = chart(session, company, "tier_crossed")
    assert len(made.parts(made.this)) > 1 and made.last_year is not None and len(made.months) == 13
    assert made.bounds == company.tariffs.versions("yj-elec-res")[-1].bounds
    limits = (Decimal(200), Decimal(400), made.this.usage)
    lows = (Decimal(0), Decimal(200), Decimal(400))
    expected = [
        min(made.this.usage, high) - low for low, high in zip(lows, limits, strict=True) if made.this.usage > low
    ]
    assert list(made.parts(made.this)) == expected


def test_peak_and_valley_prices_have_tiers_too(session: Session, company: CompanyData) -> None:
    made = chart(session, company, "peak_valley")
    assert all(sum(made.parts(month)) == month.usage for month in made.months)
    assert made.tiers == max((2 if m.usage <= 400 else 3) if m.usage > 200 else 1 for m in made.months)


def test_an_estimate_and_a_reversal_are_seen(session: Session, company: CompanyData) -> None:
    assert any(month.estimated for month in chart(session, company, "estimated_reading").months)
    corrected = chart(session, company, "reversal")
    bill = standing_bills(session, _number(session, "reversal"))[0]
    assert corrected.this.usage == bill.usage and corrected.this.amount == bill.amount


def _number(session: Session, situation: str) -> str:
    return str(city.describe(session)["situations"][situation]["account_number"])


def test_heat_by_area_is_drawn_in_yuan(session: Session, company: CompanyData) -> None:
    account = session.scalars(
        select(Account).where(Account.service == "heat", Account.tariff == "yj-heat-area")
    ).first()
    assert account is not None
    made = chart_of(session, company.tariffs, account, standing_bills(session, account.number)[0].period)
    assert made is not None and made.of_money and (made.name, made.unit, made.bounds) == ("热费", "元", ())


def test_an_adjustment_is_added_to_its_month_and_no_bill_is_no_history(session: Session) -> None:
    number = _number(session, "normal")
    last = standing_bills(session, number)[0]
    copied = {c.key: getattr(last, c.key) for c in Bill.__table__.columns if c.key not in ("id", "number")}
    changed = {"kind": "adjustment", "sequence": 7, "usage": Decimal(-5), "amount": Decimal("-2.69")}
    session.add(Bill(number="ADJ-1", **copied | changed | {"issued_on": date(2026, 12, 5)}))
    session.flush()
    month = history(session, number, last.period)[-1]
    assert (month.usage, month.amount) == (last.usage - 5, last.amount - Decimal("2.69"))
    assert not month.parts or sum(month.parts) == month.usage
    assert history(session, number, "2001-01") == []
