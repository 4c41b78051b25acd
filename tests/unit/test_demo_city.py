"""The fictional city: the same every time, exact to the fen, and with every situation it promises."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from demo import city
from demo.data import read
from kefu.accounts.models import Account, Meter
from kefu.billing.models import Bill, BillLine, Payment, Reading
from kefu.clock import local, parse_local
from kefu.company.data import CompanyData
from kefu.db.session import Database
from kefu.db.tables import Base
from kefu.network.models import Area, Hall, Incident, Interruption, Place
from kefu.staff.models import Staff, StaffSession

NOW = "2026-12-09T10:20"
# First and last days of months, a leap day, the turn of the year, both edges of a due date.
MOMENTS = [NOW, "2026-12-01T00:05", "2027-01-01T09:00", "2027-03-01T12:00", "2027-03-31T23:50", "2028-02-29T08:00"]
MOMENTS += ["2027-06-16T15:00", "2027-06-17T15:00"]
SITUATIONS = [
    "tier_crossed", "long_period", "estimated_reading", "late_fee", "reversal", "in_arrears", "known_outage",
    "planned_interruption", "heat_below_18", "paid_not_credited", "peak_valley", "normal",
]  # fmt: skip
TABLES = (Account, Meter, Reading, Bill, BillLine, Payment, Area, Incident, Interruption, Hall, Place, Staff)
FEN = Decimal("0.01")


@contextmanager
def loaded(folder: Path, moment: str) -> Iterator[Session]:
    """A session on a new database with the city in it."""
    database = Database(f"sqlite:///{folder}/{moment.replace(':', '')}.db")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        city.load(session, parse_local(moment))
        yield session
    database.dispose()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with loaded(tmp_path_factory.mktemp("city"), NOW) as session:
        yield session


@pytest.fixture(scope="module")
def described(session: Session) -> dict[str, Any]:
    return city.describe(session)


@pytest.fixture(scope="module")
def situations(described: dict[str, Any]) -> dict[str, Any]:
    return dict(described["situations"])


def contents(session: Session) -> dict[str, list[Any]]:
    return {model.__tablename__: [repr(row) for row in rows(session, model)] for model in TABLES}


def rows(session: Session, model: type[Base]) -> list[Any]:
    """Every row in order, as plain rows: much faster than objects."""
    table = model.__table__
    return list(session.execute(select(*table.columns).order_by(*table.primary_key)))


def as_stored(session: Session) -> dict[str, list[Any]]:
    """`contents` as the database holds them: faster still."""
    connection = session.connection()
    return {m.__tablename__: connection.exec_driver_sql(f"SELECT * FROM {m.__tablename__}").all() for m in TABLES}


def bills_of(session: Session, number: str) -> list[Bill]:
    return list(session.scalars(select(Bill).where(Bill.account_number == number).order_by(Bill.id)))


def fen(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_HALF_UP)


# The same every time


def test_two_loads_give_the_same_rows(tmp_path: Path, session: Session) -> None:
    with loaded(tmp_path, NOW) as other:
        assert contents(other) == contents(session)


def test_clear_and_load_gives_the_same_rows_and_keeps_staff_sessions(tmp_path: Path) -> None:
    with loaded(tmp_path, NOW) as session:
        before = contents(session)
        session.add(StaffSession(token_digest="0" * 64, username="agent1", expires_at=parse_local(NOW)))
        session.flush()
        session.get_one(Staff, "agent1").name = "改过的名字"
        city.clear(session)
        assert {name for name, rows in contents(session).items() if rows} == {"staff"}
        city.load(session, parse_local(NOW))
        assert contents(session) == before
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 1


@pytest.fixture(scope="module")
def put_back(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A city that was put back once."""
    with loaded(tmp_path_factory.mktemp("put_back"), NOW) as session:
        city.put_back(session, parse_local(NOW))
        yield session


@pytest.mark.parametrize(
    "touch",
    [
        [
            "UPDATE account SET status = 'cut_off'",
            "UPDATE bill SET status = 'paid'",
            "DELETE FROM bill_line WHERE id = 7",
        ],
        ["DELETE FROM account WHERE service = 'gas'"],  # takes with it what hangs on it
        ["UPDATE reading SET supersedes_id = 1 WHERE id = 2"],
        ["UPDATE area SET area_class = 'rural'", "DELETE FROM hall", "UPDATE place SET name = code"],
        ["UPDATE incident SET status = 'closed'", "DELETE FROM interruption", "UPDATE staff SET name = '改过的名字'"],
    ],
)
def test_whatever_was_touched_is_put_back(put_back: Session, touch: list[str]) -> None:
    before = as_stored(put_back)
    for statement in touch:
        put_back.execute(text(statement))
    assert as_stored(put_back) != before
    city.put_back(put_back, parse_local(NOW))
    assert as_stored(put_back) == before


def test_an_untouched_city_is_put_back_without_writing_it_anew(put_back: Session, session: Session) -> None:
    written = put_back.connection().connection.dbapi_connection
    assert written is not None
    before = written.total_changes
    city.put_back(put_back, parse_local(NOW))
    assert written.total_changes - before < 50
    assert as_stored(put_back) == as_stored(session)


def test_a_city_put_back_on_another_day_is_dated_by_that(put_back: Session) -> None:
    before = as_stored(put_back)
    city.put_back(put_back, parse_local("2027-01-10T10:20"))
    later = as_stored(put_back)
    assert all(later[name] != before[name] for name in ("account", "bill", "payment", "incident"))
    city.put_back(put_back, parse_local(NOW))
    assert as_stored(put_back) == before


def test_another_day_moves_dates_but_nobody(tmp_path: Path, situations: dict[str, Any]) -> None:
    with loaded(tmp_path, "2027-07-20T11:00") as later:
        moved = city.describe(later)["situations"]
    same = ("account_number", "holder", "phone", "address", "service", "other_services")
    assert {name: [facts[key] for key in same] for name, facts in moved.items()} == {
        name: [facts[key] for key in same] for name, facts in situations.items()
    }
    assert moved["tier_crossed"]["last_bill"]["period"] == "2027-06"
    assert moved["tier_crossed"]["last_bill"]["amount"] == situations["tier_crossed"]["last_bill"]["amount"]


# Size and shape


def test_there_are_enough_accounts_of_every_service(session: Session) -> None:
    accounts = session.scalars(select(Account)).all()
    count = Counter(account.service for account in accounts)
    assert len(accounts) >= 320
    assert set(count) == {"electricity", "water", "gas", "heat"}
    assert min(count.values()) >= 80
    assert len({account.phone for account in accounts}) >= 80
    assert {account.customer_class for account in accounts} == {"resident", "business"}


def test_numbers_and_phones_are_text_of_the_right_form(session: Session) -> None:
    accounts = session.scalars(select(Account)).all()
    assert all(re.fullmatch(r"\d{10}", account.number) for account in accounts)
    assert any(account.number.startswith("0") for account in accounts)
    assert all(re.fullmatch(r"1[3-9]\d{9}", account.phone or "") for account in accounts)
    holders = {(account.holder, account.phone) for account in accounts}
    assert len(holders) == len({holder for holder, _ in holders}) == len({(phone or "")[-4:] for _, phone in holders})


def test_addresses_are_made_of_their_parts(session: Session) -> None:
    parts = ("road", "road_number", "community", "building", "unit", "room")
    town = re.compile(r".+(路|街|大道)\d+号.+(小区|花园|家园|苑|公寓|新村|里)\d+号楼\d+单元\d{3,4}")
    for account in session.scalars(select(Account)):
        assert account.address == "".join(account.address_parts[part] for part in parts)
        assert set(account.address_parts) == {"district", *parts}
        if account.address_parts["unit"]:
            assert town.fullmatch(account.address), account.address
    villages = session.scalars(select(Account.address).where(Account.address.regexp_match("^..村[0-9]+号$"))).all()
    assert len(villages) >= 6


def test_every_community_has_four_buildings_with_several_accounts(session: Session) -> None:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for account in session.scalars(select(Account)):
        if account.address_parts["unit"]:
            found[account.address_parts["community"]][account.address_parts["building"]] += 1
    assert len(found) >= 6
    for community, buildings in found.items():
        assert len(buildings) >= 4, community
        assert min(buildings.values()) >= 4, community


def test_most_households_have_all_four_services(session: Session) -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for account in session.scalars(select(Account).where(Account.customer_class == "resident")):
        homes[f"{account.holder} {account.phone} {account.address}"].add(account.service)
    assert len(homes) >= 80
    assert sum(len(services) == 4 for services in homes.values()) >= 0.8 * len(homes)


def test_every_account_hangs_on_a_leaf_three_levels_deep(session: Session) -> None:
    areas = {area.code: area for area in session.scalars(select(Area))}
    parents = {area.parent_code for area in areas.values()}
    for account in session.scalars(select(Account)):
        leaf = areas[account.area_code or ""]
        assert leaf.code not in parents
        assert leaf.service == account.service
        upper = areas[leaf.parent_code or ""]
        top = areas[upper.parent_code or ""]
        assert top.parent_code is None
        assert leaf.code.startswith(upper.code) and upper.code.startswith(top.code)
    assert {area.area_class for area in areas.values()} == {"urban", "rural", "remote"}


def test_halls_and_staff(session: Session, described: dict[str, Any], company: CompanyData) -> None:
    assert session.scalar(select(func.count()).select_from(Hall)) == 5
    staff = session.scalars(select(Staff)).all()
    roles = Counter(person.role for person in staff)
    assert roles["agent"] >= 4 and roles["supervisor"] >= 2 and roles["admin"] == 1 and roles["integration"] == 1
    desks = Counter(person.desk for person in staff if person.desk)
    assert set(desks) == {row.desk for row in company.desks} and min(desks.values()) >= 2
    units = {person.unit for person in staff if person.unit}
    assert units == {unit.code for unit in company.organisation.units}
    assert {login["role"] for login in described["logins"]} == set(roles)
    hashes = {person.username: person.password_hash for person in staff}
    for login in described["logins"]:
        assert PasswordHasher().verify(hashes[login["username"]], login["password"])


# Readings and bills


@pytest.mark.parametrize("moment", MOMENTS)
def test_histories_hold_together_on_any_day(tmp_path: Path, moment: str) -> None:
    now = local(parse_local(moment))
    with loaded(tmp_path, moment) as session:
        _check_bills(session, now)
        _check_readings(session, now)
        _check_situations(city.describe(session)["situations"], now)


def _check_bills(session: Session, now: datetime) -> None:
    lines: dict[int, list[Any]] = defaultdict(list)
    for line in rows(session, BillLine):
        lines[line.bill_id].append(line)
    services = {account.number: account.service for account in rows(session, Account)}
    history: dict[str, list[Any]] = defaultdict(list)
    for bill in rows(session, Bill):
        history[bill.account_number].append(bill)
        assert bill.amount == sum(line.amount for line in lines[bill.id]), bill.number
        assert bill.days == (bill.period_end - bill.period_start).days + 1
        assert bill.due_on == bill.issued_on + timedelta(days=15)
        assert bill.period_end < bill.issued_on <= now.date()
        if bill.current_reading is not None and bill.previous_reading is not None:
            assert bill.usage == bill.current_reading - bill.previous_reading
    for bill_lines in lines.values():
        assert [line.position for line in bill_lines] == list(range(1, len(bill_lines) + 1))
        for line in bill_lines:
            assert line.quantity is not None and line.price is not None
            assert line.amount == fen(line.quantity * line.price), line.label
    for number, service in services.items():
        _check_history(service, [bill for bill in history[number] if bill.status != "reversed"], now.date())


def _check_history(service: str, bills: list[Any], today: date) -> None:
    names = [bill.period for bill in bills]
    assert names == sorted(set(names))
    last_month = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    if service == "heat":
        assert len(bills) == 10
        assert {name[5:] for name in names} == {"11", "12", "01", "02", "03"}
    else:
        assert len(bills) >= 24
        assert names[-1] == last_month
        assert all(a.period_end + timedelta(days=1) == b.period_start for a, b in pairwise(bills))


def _check_readings(session: Session, now: datetime) -> None:
    misread = read("situations")["reversal"]["home"]
    readings: dict[str, list[Any]] = defaultdict(list)
    for reading in rows(session, Reading):
        readings[reading.account_number].append(reading)
        assert reading.read_on < now.date()
        if reading.peak is not None and reading.valley is not None:
            assert reading.peak + reading.valley == reading.value
    accounts = {account.number: account for account in rows(session, Account)}
    for meter in rows(session, Meter):
        own = readings.pop(meter.account_number)
        account = accounts[meter.account_number]
        assert {reading.meter_number for reading in own} == {meter.number}
        assert len(own) >= 25
        assert own[-1].value < 10**meter.digits
        values = [reading.value for reading in own]
        if not account.address.endswith(misread) or account.service != "electricity":
            assert values == sorted(values)
        assert (own[0].peak is not None) == (account.tariff == "yj-elec-res-tou")
    assert not readings


def _check_situations(found: dict[str, Any], now: datetime) -> None:
    assert list(found) == SITUATIONS
    today = now.date().isoformat()
    owed = found["in_arrears"]
    assert owed["last_bill"]["status"] == owed["previous_bill"]["status"] == "overdue"
    assert owed["last_bill"]["due_on"] < today and len(owed["unpaid_periods"]) == 2
    waiting = found["paid_not_credited"]
    assert waiting["last_bill"]["status"] == "unpaid"
    assert waiting["last_bill"]["issued_on"] <= waiting["payment"]["paid_at"][:10] < today
    assert today <= waiting["last_bill"]["due_on"]
    assert waiting["payment"]["amount"] == waiting["last_bill"]["amount"]
    assert date.fromisoformat(waiting["payment"]["paid_at"][:10]) == now.date() - timedelta(days=1)
    assert [entry["sequence"] for entry in found["reversal"]["entries"]] == [0, 1, 2]
    assert found["tier_crossed"]["last_bill"]["days"] == found["tier_crossed"]["previous_bill"]["days"] == 30
    assert [found["long_period"][key]["days"] for key in ("last_bill", "previous_bill")] == [45, 30]
    for name in set(SITUATIONS) - {"in_arrears", "paid_not_credited"}:
        assert found[name]["last_bill"]["status"] == "paid", name


def test_payments_match_bills(session: Session) -> None:
    paid: dict[int, list[Payment]] = defaultdict(list)
    for payment in session.scalars(select(Payment)):
        assert payment.paid_at <= parse_local(NOW)
        paid[payment.bill_id or 0].append(payment)
    for bill in session.scalars(select(Bill)):
        credited = [payment.amount for payment in paid[bill.id] if payment.status == "credited"]
        assert credited == ([bill.amount] if bill.status == "paid" else []), bill.number
    channels = {payment.channel for payments in paid.values() for payment in payments}
    assert channels == {"微信", "支付宝", "营业厅", "银行代扣"}
    waiting = session.scalars(select(Payment).where(Payment.status == "not_credited")).all()
    assert len(waiting) == 1
    statuses = Counter(session.scalars(select(Bill.status)))
    assert set(statuses) == {"paid", "unpaid", "overdue", "reversed"}


YEARLY: dict[str, tuple[tuple[int, int], Callable[[int], Decimal]]] = {
    "water": ((180, 260), lambda tier: (Decimal(5), Decimal(7), Decimal(9))[tier]),
    "gas": ((350, 500), lambda tier: (Decimal("2.61"), Decimal("2.83"), Decimal("4.23"))[tier]),
}


@pytest.mark.parametrize("service", YEARLY)
def test_yearly_tiers_add_up_over_the_calendar_year(session: Session, service: str) -> None:
    (low, high), price = YEARLY[service]
    query = select(Bill).join(Account, Account.number == Bill.account_number).where(Account.service == service)
    years: dict[tuple[str, str], list[Bill]] = defaultdict(list)
    for bill in session.scalars(query):
        years[bill.account_number, bill.period[:4]].append(bill)
    tiers_seen: set[int] = set()
    for bills in years.values():
        assert min(bill.period for bill in bills).endswith("-01")
        used = sum(bill.usage for bill in bills)
        parts = (min(used, low), max(Decimal(0), min(used, high) - low), max(Decimal(0), used - high))
        tiers_seen.update(tier for tier, part in enumerate(parts) if part)
        assert sum(bill.amount for bill in bills) == sum(part * price(tier) for tier, part in enumerate(parts))
    assert tiers_seen == {0, 1, 2}


def test_a_heating_season_costs_its_price_per_square_metre(session: Session) -> None:
    query = select(Account).where(Account.service == "heat")
    tariffs_seen = set()
    for account in session.scalars(query):
        tariffs_seen.add(account.tariff)
        kind, price = ("area", 24) if account.tariff == "yj-heat-area" else ("basic", 12)
        season = ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03")
        bills = select(Bill.id).where(Bill.account_number == account.number, Bill.period.in_(season))
        lines = session.scalars(select(BillLine).where(BillLine.bill_id.in_(bills), BillLine.kind == kind)).all()
        assert sum(line.amount for line in lines) == (account.heated_area_m2 or 0) * price
    assert tariffs_seen == {"yj-heat-area", "yj-heat-metered"}


def test_heating_days_of_a_season(session: Session, situations: dict[str, Any]) -> None:
    bills = bills_of(session, situations["heat_below_18"]["account_number"])
    assert [bill.days for bill in bills if "2025-11" <= bill.period <= "2026-03"] == [16, 31, 31, 28, 15]


# Situations


def test_situations_are_distinct_people_with_what_a_tester_needs(described: dict[str, Any]) -> None:
    situations = described["situations"]
    assert list(situations) == SITUATIONS
    for key in ("account_number", "holder", "phone", "address"):
        assert len({facts[key] for facts in situations.values()}) == len(SITUATIONS)
    assert len({facts["phone"][-4:] for facts in situations.values()}) == len(SITUATIONS)
    for facts in situations.values():
        assert facts["address"].endswith(facts["community"] + facts["building"] + facts["room"])
        assert set(facts["other_services"]) == {"electricity", "water", "gas", "heat"} - {facts["service"]}
        assert facts["last_bill"]["amount"] != facts["previous_bill"]["amount"]
        assert facts["other_buildings"] and facts["building"] not in facts["other_buildings"]
    json.dumps(described)


def test_tier_crossed(situations: dict[str, Any]) -> None:
    facts = situations["tier_crossed"]
    last, previous = facts["last_bill"], facts["previous_bill"]
    assert (last["usage"], last["amount"]) == ("420", "241.96")
    assert (previous["usage"], previous["amount"]) == ("180", "96.84")
    assert not last["estimated"] and not previous["estimated"]
    assert len(last["lines"]) == 3


def test_long_period_uses_as_much_a_day_as_before(situations: dict[str, Any]) -> None:
    last, previous = (situations["long_period"][key] for key in ("last_bill", "previous_bill"))
    assert Decimal(last["usage"]) / last["days"] == Decimal(previous["usage"]) / previous["days"]


def test_estimated_reading(session: Session, situations: dict[str, Any]) -> None:
    facts = situations["estimated_reading"]
    bills = bills_of(session, facts["account_number"])
    assert [bill.estimated for bill in bills[-4:]] == [False, True, True, False]
    assert facts["estimated_periods"] == [bills[-2].period, bills[-3].period]
    query = select(Reading.estimated).where(Reading.account_number == facts["account_number"]).order_by(Reading.id)
    assert list(session.scalars(query))[-4:] == [False, True, True, False]
    assert facts["still_estimated"]["account_number"] == facts["other_services"]["gas"]
    assert facts["still_estimated"]["last_bill"]["estimated"]


def test_late_fee_says_days_and_rate(situations: dict[str, Any]) -> None:
    facts = situations["late_fee"]
    fee = facts["last_bill"]["lines"][-1]
    assert fee["kind"] == "late_fee"
    assert f"{facts['late_days']}天" in fee["label"] and facts["daily_rate"] in fee["label"]
    assert Decimal(fee["amount"]) == fen(Decimal(facts["overdue_amount"]) * facts["late_days"] / 1000)


def test_reversal_is_wrong_negative_right(situations: dict[str, Any]) -> None:
    wrong, negative, right = situations["reversal"]["entries"]
    assert [entry["kind"] for entry in (wrong, negative, right)] == ["normal", "reversal", "correction"]
    assert [entry["status"] for entry in (wrong, negative, right)] == ["reversed", "reversed", "paid"]
    assert Decimal(wrong["amount"]) == -Decimal(negative["amount"])
    assert Decimal(right["amount"]) < Decimal(wrong["amount"])
    assert len({entry["period"] for entry in (wrong, negative, right)}) == 1


def test_in_arrears_owes_exactly_two_bills(session: Session, situations: dict[str, Any]) -> None:
    facts = situations["in_arrears"]
    due = [bill for bill in bills_of(session, facts["account_number"]) if bill.status != "paid"]
    assert [bill.status for bill in due] == ["overdue", "overdue"]
    assert Decimal(facts["arrears"]) == sum(bill.amount for bill in due)


def test_peak_valley(situations: dict[str, Any]) -> None:
    facts = situations["peak_valley"]
    assert facts["tariff"] == "yj-elec-res-tou"
    assert Decimal(facts["peak_usage"]) + Decimal(facts["valley_usage"]) == Decimal(facts["last_bill"]["usage"])
    assert facts["last_bill"]["amount"] == "131.75"


def test_outage_and_interruption_are_where_they_should_be(session: Session, situations: dict[str, Any]) -> None:
    now = parse_local(NOW)
    incident = session.scalars(select(Incident)).one()
    assert incident.restored_at is None and incident.status == "confirmed"
    assert (incident.started_at, incident.expected_at) == (now - timedelta(hours=1), now + timedelta(hours=2))
    planned = session.scalars(select(Interruption)).one()
    assert local(planned.starts_at).isoformat() == "2026-12-10T09:00:00+08:00"
    assert local(planned.ends_at).isoformat() == "2026-12-10T13:00:00+08:00"
    assert planned.published_at < now
    outage, interrupted = situations["known_outage"], situations["planned_interruption"]
    assert outage["incident"] == incident.number and outage["expected_at"] == "2026-12-09T12:20:00+08:00"
    assert interrupted["interruption"] == planned.number
    places = Counter(facts["community"] for facts in situations.values())
    assert places[outage["community"]] == places[interrupted["community"]] == 1


def test_only_one_community_is_hit(session: Session, situations: dict[str, Any]) -> None:
    for code, name in (("E-S1-F3", "known_outage"), ("W-P2-M2", "planned_interruption")):
        query = select(Account).where(Account.area_code.startswith(code), Account.customer_class == "resident")
        hit = {account.address_parts["community"] for account in session.scalars(query)}
        assert hit == {situations[name]["community"]}


def test_normal_has_paid_everything(session: Session, situations: dict[str, Any]) -> None:
    facts = situations["normal"]
    for number in (facts["account_number"], *facts["other_services"].values()):
        assert {bill.status for bill in bills_of(session, number)} == {"paid"}


def test_describe_leaves_out_what_is_gone(tmp_path: Path) -> None:
    with loaded(tmp_path, NOW) as session:
        city.clear(session)
        assert city.describe(session)["situations"] == {}
