"""Another price: what is offered to whom, from when, what is locked, and the request with a year of usage."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.billing.models import Bill, BillLine
from kefu.billing.noting import Asker
from kefu.billing.service import standing_bills
from kefu.billing.tariff_change import offers, request_change, yearly_usage
from kefu.company.data import CompanyData
from tests.unit.papers.conftest import TODAY, Find


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("normal", ["tou-on", "many-people-electricity", "use-change"]),
        ("peak_valley", ["tou-off", "many-people-electricity", "use-change"]),
        ("yj-water-res", ["many-people-water", "use-change"]),
        ("yj-gas-res", ["many-people-gas", "use-change"]),
        ("yj-elec-biz", ["use-change"]),
        ("yj-heat-area", ["use-change"]),
    ],
)
def test_only_what_fits_the_account_is_offered(
    session: Session, company: CompanyData, account: Find, name: str, offered: list[str]
) -> None:
    found = offers(session, company, account(name))
    assert [offer.change.id for offer in found] == offered
    assert all(offer.effective > TODAY and offer.change.source for offer in found)


def test_the_first_day_is_the_next_months(session: Session, company: CompanyData, account: Find) -> None:
    assert offers(session, company, account("normal"))[0].effective == date(2027, 1, 1)
    assert offers(session, company, account("yj-water-res"))[0].effective == date(2027, 1, 1)


def test_an_odd_period_runs_on(session: Session, company: CompanyData, account: Find) -> None:
    """The last one ended on 21 November after 30 days: the running one is taken to end on 21 December."""
    home = account("yj-water-res")
    bill = standing_bills(session, home.number)[0]
    bill.period_end, bill.days = date(2026, 11, 21), 30
    session.flush()
    assert offers(session, company, home)[0].effective == date(2026, 12, 22)


def test_a_young_price_is_locked_and_the_day_it_opens_is_told(
    session: Session, company: CompanyData, account: Find, asker: Asker
) -> None:
    home = account("peak_valley")
    assert offers(session, company, home)[0].not_yet is None
    for bill in session.scalars(select(Bill).where(Bill.account_number == home.number, Bill.period < "2026-06")):
        bill.tariff = "yj-elec-res"
    session.flush()
    (offer, *_) = offers(session, company, home)
    assert offer.until == date(2027, 6, 1) and "2027年6月1日" in (offer.not_yet or "")
    done = request_change(session, company, home, "tou-off", asker)
    assert done.ticket is None and done.refusal == offer.not_yet


@pytest.mark.parametrize(("start", "open_"), [(date(2025, 12, 9), True), (date(2025, 12, 10), False)])
def test_a_lock_ends_on_its_day(
    session: Session, company: CompanyData, account: Find, start: date, open_: bool
) -> None:
    home = account("peak_valley")
    for bill in standing_bills(session, home.number):
        if bill.period_start < date(2025, 12, 1):
            bill.tariff = "yj-elec-res"
        elif bill.period == "2025-12":
            bill.period_start = start
    session.flush()
    assert (offers(session, company, home)[0].not_yet is None) == open_


def test_a_price_newer_than_any_bill_is_locked_too(session: Session, company: CompanyData, account: Find) -> None:
    home = account("normal")
    home.tariff = "yj-elec-res-tou"
    last = standing_bills(session, home.number)[0].period_end
    (offer, *_) = offers(session, company, home)
    assert offer.until is not None and offer.until.year == (last + timedelta(days=1)).year + 1


def test_the_request_has_everything_and_is_made_once(
    session: Session, company: CompanyData, account: Find, asker: Asker
) -> None:
    home = account("normal")
    done = request_change(session, company, home, "tou-on", asker)
    assert done.ticket is not None and done.promise is not None
    assert (done.ticket.kind, done.ticket.category) == ("application", "apply_tariff_change")
    for part in (
        "峰谷",
        home.number,
        "yj-elec-res",
        "2027-01-01",
        "户主身份证",
        asker.words,
        "2025-12 ",
        "2026-11 168度",
    ):
        assert part in done.ticket.description, part
    said = "\n".join(done.lines)
    assert "2027年1月1日" in said and "12个月" in said and done.promise.source in said
    again = request_change(session, company, home, "tou-on", asker)
    assert again.already and again.ticket is done.ticket
    other = request_change(session, company, home, "use-change", asker)
    assert other.ticket is not done.ticket


def test_too_few_persons_are_told_why(session: Session, company: CompanyData, account: Find, asker: Asker) -> None:
    home = account("normal")
    refused = request_change(session, company, home, "many-people-electricity", asker, persons=4)
    assert refused.ticket is None and "5人" in (refused.refusal or "")
    done = request_change(session, company, home, "many-people-electricity", asker, persons=5)
    assert done.ticket is not None and "客户说5" in done.ticket.description


def test_what_is_not_offered_is_refused(session: Session, company: CompanyData, account: Find, asker: Asker) -> None:
    for change in ("tou-on", "no-such-change"):
        done = request_change(session, company, account("yj-water-res"), change, asker)
        assert done.ticket is None and done.refusal


# --- a year of usage -----------------------------------------------------------------------------------------------------
def test_a_year_with_its_parts(session: Session, account: Find) -> None:
    months = yearly_usage(session, account("peak_valley"))
    assert [m.period for m in months] == [f"2025-{12}"] + [f"2026-{n:02d}" for n in range(1, 12)]
    assert (months[-1].usage, months[-1].peak, months[-1].valley) == (286, 161, 125)
    assert all(m.peak is not None and m.valley is not None and m.peak + m.valley == m.usage for m in months)


def test_parts_come_from_readings_where_bills_have_none(session: Session, account: Find) -> None:
    home = account("peak_valley")
    bills = [bill.id for bill in standing_bills(session, home.number)]
    for line in session.scalars(select(BillLine).where(BillLine.bill_id.in_(bills))):
        line.kind = "tier"
    session.flush()
    assert (yearly_usage(session, home)[-1].peak, yearly_usage(session, home)[-1].valley) == (161, 125)


def test_entries_of_a_period_are_added_up(session: Session, account: Find) -> None:
    months = yearly_usage(session, account("reversal"))
    assert months[-1].usage == 176 and isinstance(months[-1].usage, Decimal)


def test_heat_by_area_uses_nothing(session: Session, account: Find) -> None:
    assert yearly_usage(session, account("yj-heat-area")) == []
