"""收费月报: what was billed in a month, what came in, what is still owed, late fees. All from the entries, none edited.

A month is a calendar month in Shanghai: of `issued_on` for bills, of `paid_at` for payments (docs/bills.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, case, distinct, func, or_, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.models import Bill, BillLine, Payment
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.reports import arrears, names
from kefu.reports.parts import EVERYTHING, Period, Report, Row, Scope, Table, count, percent, share, summed, text, yuan
from kefu.reports.sql import exact, total

NOTHING = Decimal("0.00")
KINDS = {"normal": "账单", "correction": "更正（新账单）", "reversal": "冲正（负数）", "adjustment": "调整和减免"}
STATES = {"credited": "已入账", "not_credited": "已收未入账", "refunded": "已退", "failed": "失败"}
BILLED_NOTES = ("当月开出的全部条目，按出账日归月；更正不改原账单，记一笔冲正和一笔新账单，相加就是净额。",)
RECEIVED_NOTES = ("按缴费时间归月，只计已入账的。收回当月＝缴的是当月开出的账单；没有指明账单的为预存。",)
BESIDE_NOTES = ("不计入实收。按现在的状态列：后来退款、入账的，会从一行移到另一行，所以过去月份的表可能再变。",)
FEE_NOTES = ("开出的＝当月条目里的违约金（冲正的相减）；未缴账单上逐日累计、还没有开出的不在内。",)
RATE_NOTES = (
    "当月回收率＝当月开出的账单在当月缴清的钱÷当月应收净额。月底出账、下月缴费的周期，当月回收率天然偏低，看次月收回陈欠。",
)


def collections(session: Session, company: CompanyData, period: Period, scope: Scope = EVERYTHING) -> Report:
    """The month's collections of one service (`scope.service`); `period` is the month."""
    mine = Account.service == scope.service
    billed, received = _billed(session, period, mine), _received(session, period, mine)
    tables = [
        _summary(session, period, mine, billed, received),
        billed,
        received,
        arrears.table(session, period, scope),
        _late_fees(session, period, mine),
        _beside(session, period, mine),
    ]
    title = f"{names.called(names.SERVICES, scope.service)}收费月报"
    return Report("collections", title, {}, clock.now(), tables)


def issued(period: Period) -> Any:
    return and_(Bill.issued_on >= period.since, Bill.issued_on <= period.until)


def _summary(session: Session, period: Period, mine: Any, billed: Table, received: Table) -> Table:
    assert billed.totals is not None and received.totals is not None
    accounts = session.scalar(
        select(func.count(distinct(Bill.account_number))).join(Account).where(mine, issued(period), *_standing())
    )
    due, own = billed.totals["amount"], received.totals["own"]
    rows: list[Row] = [
        {"item": "开出账单户数", "count": accounts or 0},
        {"item": "应收净额", "amount": due},
        {"item": "实收", "amount": received.totals["amount"], "count": received.totals["n"]},
        {"item": "其中收回当月账单", "amount": own},
        {"item": "其中收回以前账单（陈欠）", "amount": received.totals["earlier"]},
        {"item": "其中预存", "amount": received.totals["ahead"]},
        {"item": "当月回收率", "rate": share(own, due)},
    ]
    columns = (text("item", "项目"), count("count", "户（笔）数"), yuan("amount", "金额"), percent("rate", "比率"))
    return Table(
        "总表", columns, [{"count": None, "amount": None, "rate": None, **row} for row in rows], None, RATE_NOTES
    )


def _standing() -> list[Any]:
    return [Bill.kind.in_(("normal", "correction")), Bill.status != "reversed"]


def _billed(session: Session, period: Period, mine: Any) -> Table:
    query = select(Bill.kind, func.count().label("n"), total(Bill.amount).label("amount"))
    found = session.execute(query.join(Account).where(mine, issued(period)).group_by(Bill.kind))
    rows = _in_order([{"kind": row.kind, "n": row.n, "amount": exact(row.amount)} for row in found], KINDS, "kind")
    columns = (text("kind", "条目"), count("n", "笔数"), yuan("amount", "金额"))
    return Table("应收", columns, rows, _totals(rows, ("n",), ("amount",)), BILLED_NOTES)


def _received(session: Session, period: Period, mine: Any) -> Table:
    """By how it was paid; what it was paid for: a bill of the month, one before, or none."""
    own = and_(Bill.issued_on >= period.since)
    parts = {"own": own, "earlier": Bill.issued_on < period.since, "ahead": Payment.bill_id.is_(None)}
    query = (
        select(
            Payment.channel.label("channel"), func.count().label("n"), total(Payment.amount).label("amount"),
            *(total(case((condition, Payment.amount))).label(name) for name, condition in parts.items()),
        )
        .join(Account, Account.number == Payment.account_number).outerjoin(Bill, Bill.id == Payment.bill_id)
        .where(mine, period.has(Payment.paid_at), Payment.status == "credited").group_by(Payment.channel)
    )  # fmt: skip
    rows = [
        {"channel": row.channel, "n": row.n, **{name: exact(getattr(row, name)) for name in ("amount", *parts)}}
        for row in session.execute(query)
    ]
    rows.sort(key=lambda row: (-row["amount"], row["channel"]))
    columns = (
        text("channel", "缴费方式"), count("n", "笔数"), yuan("amount", "金额"), yuan("own", "收回当月"),
        yuan("earlier", "收回陈欠"), yuan("ahead", "预存"),
    )  # fmt: skip
    return Table("实收", columns, rows, _totals(rows, ("n",), ("amount", *parts)), RECEIVED_NOTES, "amount")


def _beside(session: Session, period: Period, mine: Any) -> Table:
    query = select(Payment.status, func.count().label("n"), total(Payment.amount).label("amount"))
    query = query.join(Account, Account.number == Payment.account_number)
    query = query.where(mine, period.has(Payment.paid_at), Payment.status != "credited").group_by(Payment.status)
    found = [{"status": row.status, "n": row.n, "amount": exact(row.amount)} for row in session.execute(query)]
    columns = (text("status", "状态"), count("n", "笔数"), yuan("amount", "金额"))
    return Table("未计入实收的缴费", columns, _in_order(found, STATES, "status"), None, BESIDE_NOTES)


def _late_fees(session: Session, period: Period, mine: Any) -> Table:
    """A reversal takes back what it reverses, a waiver's reversal too: both are negative lines of the same kind."""
    fee, waived = BillLine.kind == "late_fee", BillLine.kind == "late_fee_waiver"
    query = (
        select(BillLine.kind, func.count().label("n"), total(BillLine.amount).label("amount"))
        .join(Bill, Bill.id == BillLine.bill_id).join(Account, Account.number == Bill.account_number)
        .where(mine, issued(period), or_(fee, waived)).group_by(BillLine.kind)
    )  # fmt: skip
    found = {row.kind: row for row in session.execute(query)}
    rows: list[Row] = []
    for kind, title in (("late_fee", "开出的违约金"), ("late_fee_waiver", "减免的违约金")):
        row = found.get(kind)
        rows.append({"item": title, "n": row.n if row else 0, "amount": exact(row.amount) if row else NOTHING})
    columns = (text("item", "项目"), count("n", "笔数"), yuan("amount", "金额"))
    return Table("违约金", columns, rows, _totals(rows, (), ("amount",)), FEE_NOTES)


def _in_order(rows: list[Row], known: dict[str, str], key: str) -> list[Row]:
    """In the order the kinds are named, by their names."""
    order = {code: place for place, code in enumerate(known)}
    ordered = sorted(rows, key=lambda row: (order.get(row[key], len(order)), row[key]))
    return [{**row, key: known.get(row[key], row[key])} for row in ordered]


def _totals(rows: list[Row], counts: Iterable[str], amounts: Iterable[str]) -> Row:
    return summed(rows, tuple(counts)) | {key: sum((row[key] for row in rows), NOTHING) for key in amounts}
