"""What was still owed at the end of a month, by how long it was overdue.

The books say what is owed now (kefu/billing/ledger.py); to a month that is over they are turned back by what was paid
and waived since. Bills that were reversed since are gone from it: what stands in their place belongs to its own month.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing.models import Bill, BillLine, FeeWaiver, Payment
from kefu.clock import clock, local
from kefu.reports.parts import Period, Row, Scope, Table, count, percent, share, text, yuan
from kefu.reports.sql import MILLION, millionths

NOTHING = Decimal("0.00")
AGES: tuple[tuple[str, str, int], ...] = (
    ("none", "未到期", 0),
    ("d30", "逾期1–30天", 30),
    ("d90", "逾期31–90天", 90),
    ("d180", "逾期91–180天", 180),
)
AGES += (("d365", "逾期181–365天", 365),)
OLDER = ("older", "逾期一年以上")
NOTES = (
    "期末＝月末（当月未完的，到今天）。欠费＝那时已开出、没有冲正的账单，减去那时以前的缴费和减免；不含逐日累计、还没有开出的违约金。",
    "后来冲正的账单不再算在它原来的月份；没有记下时间的转账（余额抵扣）按现在的算。",
)


def table(session: Session, period: Period, scope: Scope) -> Table:
    """Bills of a service that were open at the end of the period, by age."""
    end = min(period.until, local(clock.now()).date())
    after = period.end if end == period.until else clock.now()
    found: dict[str, list[Any]] = {key: [0, NOTHING] for key, _, _ in AGES} | {OLDER[0]: [0, NOTHING]}
    for due_on, n, owed in (*_plain(session, end, after, scope), *_corrected(session, end, after, scope)):
        bucket = found[_age((end - due_on).days)]
        bucket[0] += n
        bucket[1] += owed
    whole = sum((owed for _, owed in found.values()), NOTHING)
    titles = {key: title for key, title, _ in AGES} | dict([OLDER])
    rows: list[Row] = [
        {"age": title, "n": found[key][0], "amount": found[key][1], "share": share(found[key][1], whole)}
        for key, title in titles.items()
    ]
    totals = {"n": sum(n for n, _ in found.values()), "amount": whole, "share": share(whole, whole)}
    columns = (text("age", "账龄"), count("n", "账单数"), yuan("amount", "欠费"), percent("share", "占比"))
    return Table(f"期末欠费（{end}）", columns, rows, totals, NOTES, "amount")


def _age(days: int) -> str:
    return next((key for key, _, most in AGES if days <= most), OLDER[0])


def _plain(session: Session, end: date, after: Any, scope: Scope) -> Iterator[tuple[date, int, Decimal]]:
    """Bills that replace no other, by due date: reckoned by the database."""
    paid, waived = _paid(after).subquery(), _waived(end).subquery()
    amount, carried = millionths(Bill.amount), _or_nothing(millionths(Bill.carried))
    due = amount + _or_nothing(waived.c.whole)
    since = _or_nothing(waived.c.later)  # negative: what was waived after the day was owed then
    now = case((Bill.status.in_(ledger.OPEN), _above(due - _or_nothing(paid.c.whole) - carried)), else_=0)
    owed = _least(now + _or_nothing(paid.c.later) - since, due - since)
    rows = select(Bill.due_on, owed.label("owed")).join(Account)
    rows = rows.outerjoin(paid, paid.c.bill_id == Bill.id).outerjoin(waived, waived.c.bill_id == Bill.id)
    one = rows.where(*_open_then(end, scope), Bill.kind != "correction").subquery()
    query = select(one.c.due_on, func.count(), func.sum(one.c.owed)).where(one.c.owed > 0).group_by(one.c.due_on)
    for due_on, n, millions in session.execute(query):
        yield due_on, n, _yuan(millions)


def _corrected(session: Session, end: date, after: Any, scope: Scope) -> Iterator[tuple[date, int, Decimal]]:
    """Bills that replace another inherit its payments: few, one by one through the ledger."""
    query = select(Bill).join(Account).where(*_open_then(end, scope), Bill.kind == "correction")
    for bill in session.scalars(query):
        ids = [one.id for one in ledger.chain(session, bill)]
        later = select(Payment.amount).where(Payment.bill_id.in_(ids), _credited(), Payment.paid_at >= after)
        lines = ledger.waived_lines(session, bill)
        waived = sum((line.amount for line in lines if _issued(session, line) > end), Decimal(0))
        owed = ledger.left(session, bill) + sum(session.scalars(later), Decimal(0)) - waived
        owed = min(owed, ledger.due(session, bill) - waived)
        if owed > 0:
            yield bill.due_on, 1, owed


def _issued(session: Session, line: BillLine) -> date:
    return session.get_one(Bill, line.bill_id).issued_on


def _open_then(end: date, scope: Scope) -> list[Any]:
    """A bill that somebody owes (no reversal, no waiver), issued by then."""
    adjusts = select(FeeWaiver.adjustment_id)
    return [
        Account.service == scope.service,
        Bill.issued_on <= end,
        Bill.status != "reversed",
        Bill.kind != "reversal",
        Bill.id.not_in(adjusts),
    ]


def _credited() -> Any:
    return Payment.status == "credited"


def _paid(after: Any) -> Any:
    """Millionths paid for each bill: whole, and later than a moment."""
    paid = millionths(Payment.amount)
    sums = (func.sum(paid).label("whole"), func.sum(case((Payment.paid_at >= after, paid), else_=0)).label("later"))
    return select(Payment.bill_id, *sums).where(_credited(), Payment.bill_id.is_not(None)).group_by(Payment.bill_id)


def _waived(after: date) -> Any:
    """Millionths (negative) waived of each bill's late fees: whole, and granted after a day."""
    fee, entry, line = (
        BillLine.__table__.alias("fee"),
        Bill.__table__.alias("entry"),
        BillLine.__table__.alias("waiver"),
    )
    amount = millionths(line.c.amount)
    sums = (
        func.sum(amount).label("whole"),
        func.sum(case((entry.c.issued_on > after, amount), else_=0)).label("later"),
    )
    return (
        select(fee.c.bill_id, *sums)
        .select_from(FeeWaiver)
        .join(fee, fee.c.id == FeeWaiver.line_id)
        .join(entry, and_(entry.c.id == FeeWaiver.adjustment_id, entry.c.status != "reversed"))
        .join(line, line.c.bill_id == entry.c.id)
        .group_by(fee.c.bill_id)
    )


def _or_nothing(value: Any) -> Any:
    return func.coalesce(value, 0)


def _above(value: Any) -> Any:
    return case((value > 0, value), else_=0)


def _least(one: Any, other: Any) -> Any:
    return case((one < other, one), else_=other)


def _yuan(millions: Any) -> Decimal:
    return (Decimal(int(millions)) / MILLION).quantize(NOTHING)
