"""收费月报 and 销售月报 of the demo city, every figure counted again from the raw entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import city
from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing.corrections import correct_bill
from kefu.billing.feed import lines_of
from kefu.billing.models import Bill, BillLine, Payment
from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData
from kefu.db.base import Base
from kefu.db.session import Database
from kefu.reports.catalogue import make
from kefu.reports.names import LINES
from kefu.reports.parts import Period, Report, Scope
from tests.support.books import a_bill, a_line, an_account, d, paid
from tests.unit.reports.recount import column, percent, rows, table, within

NOW = "2026-12-09T10:20"
CASES = [
    ("electricity", (2026, 11)),
    ("electricity", (2026, 12)),
    ("water", (2026, 11)),
    ("gas", (2026, 2)),
    ("heat", (2026, 2)),
]
NOTHING = Decimal(0)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('bills')}/bills.db")
    Base.metadata.create_all(database.engine)
    clock.set(parse_local(NOW))
    with database.write() as session:
        city.load(session, clock.now())
        yield session
    clock.set(None)
    database.dispose()


_known: dict[Any, list[Any]] = {}  # the city does not change: read once


def of(session: Session, model: type[Any], service: str) -> list[Any]:
    if (model, service) not in _known:
        own = {one.number for one in rows(session, Account) if one.service == service}
        _known[model, service] = [one for one in rows(session, model) if one.account_number in own]
    return _known[model, service]


def total(amounts: Any) -> Decimal:
    return sum(amounts, NOTHING)


def figures(report: Report, title: str, key: str, value: str) -> dict[Any, Any]:
    return column(table(report, title), key, value)


# --- collections ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("service", "month"), CASES)
def test_collections(session: Session, company: CompanyData, service: str, month: tuple[int, int]) -> None:
    period = Period.month(*month)
    report = make(session, company, "collections", period, Scope(service))
    bills = [one for one in of(session, Bill, service) if period.since <= one.issued_on <= period.until]
    billed, received = table(report, "应收").totals, table(report, "实收")
    assert billed is not None and received.totals is not None
    assert (billed["n"], billed["amount"]) == (len(bills), total(one.amount for one in bills))
    payments = [one for one in of(session, Payment, service) if within(period, one.paid_at)]
    credited = [one for one in payments if one.status == "credited"]
    assert received.totals["amount"] == total(one.amount for one in credited)
    for channel, amount in column(received, "channel", "amount").items():
        assert amount == total(one.amount for one in credited if one.channel == channel)
    own = total(one.amount for one in credited if one.bill_id in {bill.id for bill in bills})
    assert received.totals["own"] == own
    assert sum(received.totals[key] for key in ("own", "earlier", "ahead")) == received.totals["amount"]
    assert figures(report, "总表", "item", "rate")["当月回收率"] == percent(own, billed["amount"])
    beside = sum(row["n"] for row in table(report, "未计入").rows)
    assert beside == len(payments) - len(credited)


@pytest.mark.parametrize(("service", "month"), CASES)
def test_arrears_at_the_end_of_a_month(
    session: Session, company: CompanyData, service: str, month: tuple[int, int]
) -> None:
    """Of a bill that stands: what was not paid by then; so few were corrected in the city that all are looked at."""
    period = Period.month(*month)
    end = min(period.until, date(2026, 12, 9))
    late = [one for one in of(session, Payment, service) if one.paid_at >= period.end and one.status == "credited"]
    slow: dict[str, Decimal] = defaultdict(Decimal)
    for bill in of(session, Bill, service):
        if bill.issued_on <= end and bill.status != "reversed" and bill.kind != "reversal":
            owed = ledger.left(session, bill) if bill.status != "paid" else NOTHING
            owed += total(one.amount for one in late if one.bill_id == bill.id)
            days = (end - bill.due_on).days
            slow[
                next(
                    (name for most, name in ((0, "未到期"), (30, "逾期1–30天"), (90, "逾期31–90天")) if days <= most),
                    "?",
                )
            ] += owed
    report = make(session, company, "collections", period, Scope(service))
    found = figures(report, "期末欠费", "age", "amount")
    assert {age: amount for age, amount in found.items() if amount} == {a: o for a, o in slow.items() if o}


# --- sales ---------------------------------------------------------------------------------------------------------------
def sold(session: Session, service: str, month: str) -> tuple[Decimal, Decimal]:
    bills = [one for one in of(session, Bill, service) if one.period == month]
    return total(one.usage for one in bills), total(one.amount for one in bills)


@pytest.mark.parametrize(("service", "month"), CASES)
def test_sales(session: Session, company: CompanyData, service: str, month: tuple[int, int]) -> None:
    year, number = month
    report = make(session, company, "sales", Period.month(year, number), Scope(service))
    bills = [one for one in of(session, Bill, service) if one.period == f"{year}-{number:02}"]
    lines = [line for found in lines_of(session, [one.id for one in bills]).values() for line in found]
    classes = {one.number: one.customer_class for one in rows(session, Account)}
    amount = total(one.amount for one in bills)
    assert total(line.amount for line in lines) == amount
    for title in ("按价目", "按用户类别"):
        totals = table(report, title).totals
        assert totals is not None and totals["amount"] == amount
        assert totals["fees"] == total(line.amount for line in lines if line.kind.startswith("late_fee"))
        if len({one.unit for one in bills}) == 1:
            assert totals["usage"] == total(one.usage for one in bills)
    homes = total(row["amount"] for row in table(report, "按用户类别").rows if row["by"] == "居民")
    assert homes == total(one.amount for one in bills if classes[one.account_number] == "resident")
    lines_total = table(report, "应收的构成").totals
    assert lines_total is not None and lines_total["amount"] == amount
    tiers = table(report, "按档次").rows
    assert sum(row["usage"] for row in tiers) == total(one.usage for one in bills)
    assert sum(row["amount"] for row in tiers) == amount - total(
        x.amount for x in lines if x.kind.startswith("late_fee")
    )
    before = (year, number - 1) if number > 1 else (year - 1, 12)
    for row, (y, m) in zip(table(report, "本月与").rows, (month, before, (year - 1, number)), strict=False):
        usage, money = sold(session, service, f"{y}-{m:02}")
        assert row["amount"] == money and row["usage"] in (usage, None)


def test_a_tier_is_counted_once_however_many_components_a_price_has(session: Session, company: CompanyData) -> None:
    report = make(session, company, "sales", Period.month(2026, 11), Scope("water"))
    bills = [one for one in of(session, Bill, "water") if one.period == "2026-11"]
    slow: dict[str, Decimal] = defaultdict(Decimal)
    for found in lines_of(session, [one.id for one in bills]).values():
        for line in found:
            if line.label.endswith("自来水费"):
                slow[f"第{line.tier}档"] += line.quantity or NOTHING
    assert figures(report, "按档次", "tier", "usage") == slow


# --- entries that undo others --------------------------------------------------------------------------------------------
def test_a_correction_and_a_payment_before_it(session: Session, company: CompanyData) -> None:
    """Wrong bill paid in part, corrected in the next month: the net is right, its payment counts for the right one."""
    with session.begin_nested() as undo:
        account = an_account(session, service="electricity")
        before = _amounts(session, company)
        bill = a_bill(session, account, "300.00")  # issued on December 1
        paid(session, account, bill, "100.00", "2026-12-02T09:00")
        right = {"amount": d("120.00"), "usage": d(80)}
        correct_bill(session, bill.number, right, [a_line("120.00")], "抄错")
        after = _amounts(session, company)
        assert {key: after[key] - before[key] for key in after} == {
            "应收": d("120.00"), "实收": d("100.00"), "欠费": d("20.00"),
        }  # fmt: skip
        late = table(make(session, company, "collections", Period.month(2026, 12), Scope("electricity")), "应收")
        assert {"冲正（负数）", "更正（新账单）"} <= set(column(late, "kind", "n"))
        undo.rollback()
    session.expire_all()


def _amounts(session: Session, company: CompanyData) -> dict[str, Decimal]:
    report = make(session, company, "collections", Period.month(2026, 12), Scope("electricity"))
    return {
        key: (table(report, title).totals or {})["amount"]
        for key, title in (("应收", "应收"), ("实收", "实收"), ("欠费", "期末欠费"))
    }


def test_sums_are_exact_however_many_cents(session: Session, company: CompanyData) -> None:
    """0.1 + 0.2 is 0.3: SQLite keeps exact numbers as text and adds floats."""
    with session.begin_nested() as undo:
        account = an_account(session, service="gas")
        for cents in range(1, 60):
            a_bill(session, account, f"{cents}.{cents:02}", kind="adjustment", status="paid")
        wanted = total(d(f"{cents}.{cents:02}") for cents in range(1, 60))
        report = make(session, company, "collections", Period.month(2026, 12), Scope("gas"))
        assert figures(report, "应收", "kind", "amount")["调整和减免"] == wanted
        undo.rollback()
    session.expire_all()


def test_every_line_kind_of_the_city_has_a_name(session: Session) -> None:
    assert set(session.scalars(select(BillLine.kind).distinct())) <= set(LINES)
