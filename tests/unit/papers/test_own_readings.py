"""Own meter readings: judged by history in words that carry the numbers, kept whatever they are, corrected by a new row."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Meter
from kefu.billing.assessing import PLAUSIBLE, Assessment, OwnReading, assess, expected_text
from kefu.billing.models import Bill, Reading
from kefu.billing.noting import Asker
from kefu.billing.own_readings import keep
from kefu.billing.usage_history import standing_readings
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData, get_company
from kefu.tickets.models import Ticket
from tests.unit.papers.conftest import NOW, TODAY, Find

NUMBER, METER = "0000012345", "M0000012345"


def a_home(session: Session, value: str = "12345", days: int = 30, **more: Any) -> Account:
    """A water account on its own that uses exactly half a cubic metre a day, last read `days` ago."""
    account = Account(number=NUMBER, service="water", holder="张三", address="阳光花园1号楼", created_at=clock.now())
    account.address_parts = {"community": "阳光花园"}
    session.add(account)
    session.flush()
    installed = {"digits": 5, "installed_on": date(2020, 1, 1)} | more
    session.add(Meter(account_number=NUMBER, number=METER, kind="water", **installed))
    last = TODAY - timedelta(days=days)
    session.add(Reading(account_number=NUMBER, meter_number=METER, read_on=last, value=Decimal(value)))
    for back in range(16):
        end = last - timedelta(days=30 * back)
        session.add(a_bill(f"{2500 - back // 12}-{12 - back % 12:02d}", end, f"B{back}"))
    session.flush()
    return account


def a_bill(period: str, end: date, number: str, usage: str = "15", days: int = 30, **more: Any) -> Bill:
    start = end - timedelta(days=days - 1)
    fixed = {"unit": "m³", "amount": Decimal("75.00"), "status": "paid", "tariff": "yj-water-res", "days": days}
    fixed |= {"number": number, "account_number": NUMBER, "period": period, "usage": Decimal(usage)}
    return Bill(period_start=start, period_end=end, issued_on=end, due_on=end + timedelta(days=15), **(fixed | more))


def judged(session: Session, company: CompanyData, account: Account, value: str, **more: Any) -> Assessment:
    return assess(session, company, account, OwnReading(Decimal(value), more.pop("on", TODAY), **more))


# --- judged --------------------------------------------------------------------------------------------------------------
def test_what_is_usual_fits_and_its_numbers_are_explained(session: Session, company: CompanyData) -> None:
    """Half a cubic metre a day, 30 days: 15; the rule lets 0.4 × 15 − 4 = 2 to 1.6 × 15 + 4 = 28 pass."""
    home = a_home(session)
    found = judged(session, company, home, "12360")
    assert (found.verdict, found.reason) == ("plausible", "fits")
    assert (found.usage, found.days, found.low, found.high) == (15, 30, 12347, 12373)
    assert "12360" in found.says and "30天用了15方" in found.says
    text = expected_text(company, home, found)
    assert text == "去年同期每天约0.5方，最近每天约0.5方；从11月9日的12345算起30天"


@pytest.mark.parametrize(
    ("value", "reason", "meant"),
    [
        ("12347", "fits", None),
        ("12373", "fits", None),
        ("12346", "low", None),
        ("12374", "swapped", 12347),
        ("12390", "high", None),
        ("12345", "zero_use", None),
        ("13260", "swapped", 12360),
        ("123604", "decimals", 12360),
        ("12360457", "decimals", 12360),
        ("129360", "extra_digit", 12360),
        ("1236", "missing_digit", None),
        ("12300", "below", None),
        ("45000", "far_above", None),
        ("7777777", "too_many_digits", None),
        ("-5", "no_number", None),
        ("NaN", "no_number", None),
        ("1E+40", "no_number", None),
        ("12360.1234567", "no_number", None),
    ],
)
def test_what_is_wrong_with_a_number(
    session: Session, company: CompanyData, value: str, reason: str, meant: int | None
) -> None:
    found = judged(session, company, a_home(session), value)
    assert (found.reason, found.meant) == (reason, meant), found
    visit = reason in ("below", "far_above")
    assert found.verdict == ("plausible" if reason == "fits" else "implausible_needs_visit" if visit else "ask_again")
    assert found.says and "{" not in found.says
    if reason in ("low", "high", "swapped", "decimals", "missing_digit"):
        assert "12347" in found.says and "12373" in found.says, "the expected range is told"


def test_a_day_that_has_not_come_and_a_meter_that_is_not_there(session: Session, company: CompanyData) -> None:
    home = a_home(session)
    assert judged(session, company, home, "12360", on=TODAY + timedelta(days=1)).reason == "future"
    assert judged(session, company, home, "12360", meter_number="M9").reason == "unknown_meter"
    assert judged(session, company, home, "12360", meter_number=METER.lower()).reason == "fits"
    session.add(Meter(account_number=NUMBER, number="M2", kind="water", digits=5))
    session.flush()
    assert judged(session, company, home, "12360").reason == "which_meter"


def test_a_meter_that_has_run_round(session: Session, company: CompanyData) -> None:
    """99990 with five digits: fifteen later it shows 5."""
    found = judged(session, company, a_home(session, "99990"), "5")
    assert (found.verdict, found.reason, found.usage) == ("plausible", "rollover", 15)
    assert (found.low, found.high) == (99992, 18)


def test_a_new_meter_counts_from_its_own_zero(session: Session, company: CompanyData) -> None:
    home = a_home(session, removed_on=TODAY - timedelta(days=30))
    fresh = Meter(account_number=NUMBER, number="M2", kind="water", digits=5)
    fresh.installed_on = TODAY - timedelta(days=30)
    session.add(fresh)
    session.flush()
    found = judged(session, company, home, "15")
    assert (found.reason, found.usage, found.last, found.meter_number) == ("fits", 15, 0, "M2")


def test_an_estimate_that_was_too_high_is_no_contradiction(session: Session, company: CompanyData) -> None:
    home = a_home(session)
    estimate = Reading(
        account_number=NUMBER, meter_number=METER, read_on=TODAY - timedelta(days=2), value=Decimal(12400)
    )
    estimate.estimated = True
    session.add(estimate)
    session.flush()
    found = judged(session, company, home, "12360")
    assert (found.verdict, found.reason, found.usage, found.settles) == ("plausible", "estimate_high", 15, -40)


def test_a_past_day_must_fit_between_its_neighbours(session: Session, company: CompanyData) -> None:
    home = a_home(session, days=60)
    session.add(Reading(account_number=NUMBER, meter_number=METER, read_on=TODAY, value=Decimal(12375)))
    session.flush()
    past = TODAY - timedelta(days=30)
    assert judged(session, company, home, "12360", on=past).reason == "fits"
    assert judged(session, company, home, "12380", on=past).reason == "above_later"


def test_parts_add_up(session: Session, company: CompanyData, account: Find) -> None:
    home = account("peak_valley")
    last = standing_readings(session, home.number)[-1]
    fine = {"peak": last.peak, "valley": last.valley}
    assert judged(session, company, home, f"{last.value + 70}", **fine).verdict == "plausible"
    wrong = {"peak": last.value, "valley": last.value}
    assert judged(session, company, home, f"{last.value + 70}", **wrong).reason == "parts"


@pytest.mark.parametrize("name", ["normal", "yj-water-res", "yj-gas-res", "peak_valley"])
def test_the_citys_own_use_is_believed_and_ten_times_of_it_is_not(
    session: Session, company: CompanyData, account: Find, name: str
) -> None:
    home = account(name)
    last = standing_readings(session, home.number)[-1]
    usual = session.scalars(
        select(Bill.usage).where(Bill.account_number == home.number).order_by(Bill.id.desc())
    ).first()
    assert usual is not None
    days = (TODAY - last.read_on).days
    likely = last.value + (usual * days / 30).to_integral_value()
    assert judged(session, company, home, f"{likely}").plausible
    assert not judged(session, company, home, f"{last.value + 40 * usual}").plausible


def test_heat_by_area_has_nothing_to_read(session: Session, company: CompanyData, account: Find) -> None:
    assert judged(session, company, account("yj-heat-area"), "100").reason == "no_meter"


# --- kept ----------------------------------------------------------------------------------------------------------------
def kept(session: Session, company: CompanyData, asker: Asker, value: str, **more: Any) -> Any:
    home = session.get(Account, NUMBER) or a_home(session)
    return keep(session, company, home, OwnReading(Decimal(value), more.pop("on", TODAY), **more), asker)


def test_a_believed_reading_is_written_and_outside_the_window_said_so(
    session: Session, company: CompanyData, asker: Asker
) -> None:
    done = kept(session, company, asker, "12360", photos=[3])
    row = done.reading
    assert (row.source, row.status, row.value, row.photos) == ("customer", "accepted", 12360, [3])
    assert row.conversation_id == "rest:anna" and done.ticket is None and not done.for_bill
    assert company.metering.window.outside in done.lines


def test_inside_the_window_the_bill_uses_it(session: Session, company: CompanyData, asker: Asker) -> None:
    clock.set(parse_local("2026-12-25T08:00"))
    done = kept(session, company, asker, "12368", on=date(2026, 12, 25))
    assert done.for_bill and company.metering.window.inside in done.lines


def test_a_smart_meter_is_billed_by_what_it_sends(
    session: Session, company: CompanyData, asker: Asker, account: Find
) -> None:
    clock.set(parse_local("2026-12-25T08:00"))
    home = account("normal")
    last = standing_readings(session, home.number)[-1]
    done = keep(session, company, home, OwnReading(last.value + 130, date(2026, 12, 25)), asker)
    assert done.reading is not None and not done.for_bill
    assert company.metering.services["electricity"].remote in done.lines
    assert company.metering.window.inside not in done.lines


def test_a_correction_is_a_new_row_and_the_same_again_is_nothing(
    session: Session, company: CompanyData, asker: Asker
) -> None:
    first = kept(session, company, asker, "12360")
    again = kept(session, company, asker, "12360")
    better = kept(session, company, asker, "12361")
    assert again.already and again.reading is first.reading
    assert better.superseded is first.reading and better.reading.supersedes_id == first.reading.id
    assert (first.reading.value, first.reading.status) == (12360, "accepted"), "what was written stays"
    standing = [row.value for row in standing_readings(session, NUMBER)]
    assert standing == [12345, 12361]


def test_a_correction_downwards_is_counted_from_the_reading_before(
    session: Session, company: CompanyData, asker: Asker
) -> None:
    kept(session, company, asker, "12365")
    better = kept(session, company, asker, "12360")
    assert (better.assessment.reason, better.assessment.usage) == ("fits", 15)


def test_a_doubtful_reading_is_kept_with_a_ticket_and_never_counted_from(
    session: Session, company: CompanyData, asker: Asker
) -> None:
    done = kept(session, company, asker, "45000", photos=[8, 9])
    ticket = done.ticket
    assert done.reading.status == "for_check" and company.metering.visit in done.lines
    assert (ticket.kind, ticket.category, ticket.account_number) == ("application", "submit_reading", NUMBER)
    for part in ("45000", METER, "8、9", "12345", "每天约0.5方", asker.words):
        assert part in ticket.description, part
    assert any(ticket.number in line for line in done.lines)
    assert [row.value for row in standing_readings(session, NUMBER)] == [12345]
    more = kept(session, company, asker, "46000")
    assert more.ticket is ticket and more.reading.supersedes_id == done.reading.id
    fine = kept(session, company, asker, "12360")
    assert fine.ticket is None and fine.reading.status == "accepted"
    session.flush()
    session.refresh(ticket, ["history"])
    assert [entry.action for entry in ticket.history] == ["created", "supplement", "supplement"]


@pytest.mark.parametrize(("value", "on"), [("NaN", TODAY), ("-1", TODAY), ("12360", TODAY + timedelta(days=3))])
def test_what_no_meter_can_have_shown_is_a_ticket_only(
    session: Session, company: CompanyData, asker: Asker, value: str, on: date
) -> None:
    done = kept(session, company, asker, value, on=on)
    assert done.reading is None and done.ticket is not None


# --- any number, any history ---------------------------------------------------------------------------------------------
NUMBERS = st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(0, 10**6, places=2)
STORED = st.decimals(0, 10**12 - 1, places=3)
DAYS = st.dates(date(1995, 1, 1), date(2027, 6, 1))


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=NUMBERS,
    on=DAYS,
    digits=st.integers(3, 12),
    readings=st.lists(st.tuples(DAYS, STORED, st.booleans()), max_size=6),
    bills=st.lists(st.tuples(DAYS, st.decimals(-(10**12) + 1, 10**12 - 1, places=3), st.integers(1, 800)), max_size=6),
    peak=st.none() | NUMBERS,
)
def test_any_number_and_any_history_is_judged_and_kept_exactly(
    session: Session, value: Decimal, on: date, digits: int, readings: Any, bills: Any, peak: Any
) -> None:
    company = get_company()
    clock.set(parse_local(NOW))
    with session.begin_nested() as inner:
        home = a_home(session, digits=digits)
        for day, known, estimated in readings:
            row = Reading(account_number=NUMBER, meter_number=METER, read_on=day, value=known, estimated=estimated)
            session.add(row)
        for index, (end, usage, days) in enumerate(bills):
            session.add(a_bill(f"19{index:02d}-01", end, f"X{index}", usage=f"{usage}", days=days))
        session.flush()
        own = OwnReading(value, on, peak=peak)
        done = keep(session, company, home, own, Asker("rest:any", clock.now()))
        found = done.assessment
        assert found == assess(session, company, home, own) or done.reading is not None
        assert found.plausible == (found.reason in PLAUSIBLE) and found.says
        assert (done.ticket is None) == found.plausible
        if found.usage is not None and found.last is not None:
            rolled = Decimal(10) ** digits if value < found.last else Decimal(0)
            assert found.usage == value - found.last + rolled
        if done.reading is not None:
            session.expire(done.reading)
            assert done.reading.value == value and done.reading.read_on == on
        else:
            assert isinstance(done.ticket, Ticket)
        inner.rollback()
    session.expunge_all()
