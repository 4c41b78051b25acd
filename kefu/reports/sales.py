"""销售月报: what was sold in a billing month, by tariff, customer class and tier, and against the month before and last year.

A billing month is the bill's own `period` ("2026-11"), whenever it was issued. All entries of it are added up: a
reversal takes back volume and amount, so what stands is what was sold.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import and_, case, distinct, func, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.lines import BY_USE
from kefu.billing.models import Bill, BillLine
from kefu.billing.pricing.lines import unit_name
from kefu.billing.tariff_book import tariff_book
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.reports import names
from kefu.reports.parts import (
    EVERYTHING,
    UNKNOWN,
    Column,
    Period,
    Report,
    Row,
    Scope,
    Table,
    count,
    percent,
    share,
    text,
    yuan,
)
from kefu.reports.sql import after_bracket, exact, total

NOTHING = Decimal("0.00")
FEES = ("late_fee", "late_fee_waiver")
FOUR = Decimal("0.0001")
NUMBERS = (
    count("accounts", "结算户数"),
    Column("usage", "售量", "quantity"),
    text("unit", "单位"),
    yuan("sales", "售费"),
    Column("price", "均价（元）", "price"),
    yuan("fees", "违约金净额"),
    yuan("amount", "应收合计"),
)
NOTES = (
    "账期＝账单所属月份，不论何时开出；冲正、更正、调整都加在一起。售费＝应收合计−违约金净额（开出减去减免）；均价＝售费÷售量。",
    "结算户数＝当月有账单、且没有全部冲正的户。用户类别按户现在登记的。",
)
TIER_NOTES = (
    "按账单各行：一行写明档次的计入那一档；分项、分时计价的同一用量只算一次。其余＝总售量、售费减去写明的各档：不分档的价目，和只对高档加价的价目的第一档。",
)
MONTH_NOTES = ("增减＝本月比那个月；那个月没有账单的不比。",)


def sales(session: Session, company: CompanyData, period: Period, scope: Scope = EVERYTHING) -> Report:
    """The sales of one service (`scope.service`) in the billing month that `period` is."""
    month, prices = f"{period.since:%Y-%m}", tariff_book(session, company)

    def tariff(code: str) -> str:
        row = prices.on(code, period.until)
        return row.name if row is not None else code

    tables = [
        _months(session, period, scope),
        _by(session, month, scope, Bill.tariff, "价目", tariff),
        _by(
            session, month, scope, Account.customer_class, "用户类别", lambda code: names.called(names.CUSTOMERS, code)
        ),
        _tiers(session, month, scope, tariff),
        _lines(session, month, scope),
    ]
    return Report("sales", f"{names.called(names.SERVICES, scope.service)}销售月报", {}, clock.now(), tables)


def _sold(session: Session, month: str, scope: Scope, by: Any) -> list[Row]:
    """One row for each value of `by` and unit: bills and fees are added up apart, so that no line multiplies a bill."""
    mine = and_(Account.service == scope.service, Bill.period == month)
    stands = case((and_(Bill.kind.in_(("normal", "correction")), Bill.status != "reversed"), Bill.account_number))
    query = select(
        by.label("by"), Bill.unit.label("unit"), func.count(distinct(stands)).label("accounts"),
        total(Bill.usage).label("usage"), total(Bill.amount).label("amount"),
    )  # fmt: skip
    found = session.execute(query.select_from(Bill).join(Account).where(mine).group_by(by, Bill.unit))
    of_fees = select(by, Bill.unit, total(BillLine.amount)).select_from(Bill).join(Account)
    of_fees = of_fees.join(BillLine, BillLine.bill_id == Bill.id).where(mine, BillLine.kind.in_(FEES))
    fees = {(key, unit): exact(sum_) for key, unit, sum_ in session.execute(of_fees.group_by(by, Bill.unit))}
    return [
        _priced(row.by, row.unit, row.accounts, exact(row.usage), exact(row.amount), fees.get((row.by, row.unit)))
        for row in found
    ]


def _priced(by: Any, unit: str | None, accounts: int, usage: Decimal, amount: Decimal, fees: Decimal | None) -> Row:
    sold = amount - (fees or NOTHING)
    price = (sold / usage).quantize(FOUR, ROUND_HALF_UP) if usage else None
    return {
        "by": by, "accounts": accounts, "usage": usage, "unit": unit_name(unit), "sales": sold, "price": price,
        "fees": fees or NOTHING, "amount": amount,
    }  # fmt: skip


def _whole(rows: list[Row]) -> Row:
    """All rows together; volumes only where they have one unit. An account with two tariffs counts in both."""
    units = {row["unit"] for row in rows}
    sums = {key: sum((row[key] for row in rows), NOTHING) for key in ("sales", "fees", "amount")}
    usage = sum((row["usage"] for row in rows), NOTHING) if len(units) == 1 else None
    price = (sums["sales"] / usage).quantize(FOUR, ROUND_HALF_UP) if usage else None
    accounts = sum(row["accounts"] for row in rows)
    return {
        "accounts": accounts,
        "usage": usage,
        "unit": units.pop() if len(units) == 1 else "",
        "price": price,
        **sums,
    }


def _by(session: Session, month: str, scope: Scope, by: Any, title: str, called: Callable[[str], str]) -> Table:
    rows = sorted(_sold(session, month, scope, by), key=lambda row: (-row["amount"], str(row["by"])))
    shown = [{**row, "by": called(row["by"])} for row in rows]
    return Table(f"按{title}", (text("by", title), *NUMBERS), shown, _whole(rows), NOTES if by is Bill.tariff else ())


# --- months side by side -------------------------------------------------------------------------------------------------
def _months(session: Session, period: Period, scope: Scope) -> Table:
    year, month = period.since.year, period.since.month
    before = (year, month - 1) if month > 1 else (year - 1, 12)
    wanted = {"本月": (year, month), "上月": before, "上年同月": (year - 1, month)}
    found = {title: _whole(_sold(session, f"{y}-{m:02}", scope, Account.service)) for title, (y, m) in wanted.items()}
    rows: list[Row] = [{"month": f"{title}（{y}-{m:02}）", **found[title]} for title, (y, m) in wanted.items()]
    for title in ("上月", "上年同月"):
        rows.append({"month": f"比{title}增减（%）", **_change(found["本月"], found[title])})
    return Table("本月与上月、上年同月", (text("month", "账期"), *NUMBERS), rows, None, MONTH_NOTES)


def _change(now: Row, then: Row) -> Row:
    """Per cent, in the columns that have one unit; of a month that is not billed yet nothing."""
    changed = {
        key: share(now[key] - then[key], then[key]) if now["accounts"] and now[key] is not None and then[key] else None
        for key in ("accounts", "usage", "sales", "price", "amount")
    }
    return {**changed, "fees": None, "unit": "%"}


# --- lines ---------------------------------------------------------------------------------------------------------------
def _tier_rows(month: str, scope: Scope) -> Any:
    """Select (tariff, unit, tier, used, paid). Components of a price say their tier's volume again: the largest is it."""
    component = BillLine.kind == "component"
    part = case((component, after_bracket(BillLine.label)), else_="")
    keys = (Bill.id, Bill.tariff, Bill.unit, BillLine.tier)
    sums = (total(BillLine.quantity).label("used"), total(BillLine.amount).label("paid"))
    of_part = select(*keys, part.label("part"), *sums).select_from(Bill).join(Account)
    of_part = of_part.join(BillLine, BillLine.bill_id == Bill.id)
    of_part = of_part.where(Account.service == scope.service, Bill.period == month)
    of_part = of_part.where(BillLine.kind.in_(BY_USE), BillLine.tier.is_not(None))
    one = of_part.group_by(*keys, part).subquery().c
    whole, high, low = (
        func.coalesce(function(case((condition, one.used))), 0)
        for function, condition in ((func.sum, one.part == ""), (func.max, one.part != ""), (func.min, one.part != ""))
    )
    used = whole + case((high > -low, high), else_=low)  # of a reversal all are negative
    of_bill = select(one.id, one.tariff, one.unit, one.tier, used.label("used"), func.sum(one.paid).label("paid"))
    each = of_bill.group_by(one.id, one.tariff, one.unit, one.tier).subquery().c
    found = select(
        each.tariff, each.unit, each.tier, func.sum(each.used).label("used"), func.sum(each.paid).label("paid")
    )
    return found.group_by(each.tariff, each.unit, each.tier).order_by(each.tariff, each.tier)


def _tiers(session: Session, month: str, scope: Scope, called: Callable[[str], str]) -> Table:
    """By tariff and tier, and what is left beside the tiers."""
    rows = [_tier(row, called) for row in session.execute(_tier_rows(month, scope))]
    rows += _untiered(rows, _sold(session, month, scope, Bill.tariff), called)
    rows.sort(key=lambda row: row["by"])
    columns = (
        text("by", "价目"), text("tier", "档次"), Column("usage", "售量", "quantity"), text("unit", "单位"),
        percent("share", "占该价目"), yuan("amount", "该档金额"),
    )  # fmt: skip
    return Table("按档次", columns, _shares(rows), None, TIER_NOTES, None)


def _tier(row: Any, called: Callable[[str], str]) -> Row:
    usage, amount = exact(row.used), exact(row.paid)
    return {
        "by": called(row.tariff),
        "tier": f"第{row.tier}档",
        "usage": usage,
        "unit": unit_name(row.unit),
        "amount": amount,
    }


def _untiered(tiers: list[Row], sold: list[Row], called: Callable[[str], str]) -> list[Row]:
    """What is left of a tariff's volume beside its tiers, so that the table adds up to what was sold."""
    found: list[Row] = []
    for row in sold:
        own = [tier for tier in tiers if (tier["by"], tier["unit"]) == (called(row["by"]), row["unit"])]
        left = row["usage"] - sum((tier["usage"] for tier in own), NOTHING)
        if left or not own:
            rest = row["sales"] - sum((tier["amount"] for tier in own), NOTHING)
            found.append(
                {
                    "by": called(row["by"]),
                    "tier": "其余（第一档加价前、不分档）",
                    "usage": left,
                    "unit": row["unit"],
                    "amount": rest,
                }
            )
    return found


def _shares(rows: list[Row]) -> list[Row]:
    whole: dict[str, Decimal] = {}
    for row in rows:
        whole[row["by"]] = whole.get(row["by"], NOTHING) + row["usage"]
    return [{**row, "share": share(row["usage"], whole[row["by"]])} for row in rows]


def _lines(session: Session, month: str, scope: Scope) -> Table:
    """What the amount is made of, by kind of line; entries without lines are told as such."""
    lines = (
        select(BillLine.kind, func.count().label("n"), total(BillLine.amount).label("amount"))
        .select_from(Bill).join(Account).join(BillLine, BillLine.bill_id == Bill.id)
        .where(Account.service == scope.service, Bill.period == month).group_by(BillLine.kind)
    )  # fmt: skip
    rows: list[Row] = [
        {"kind": names.called(names.LINES, row.kind), "n": row.n, "amount": exact(row.amount)}
        for row in session.execute(lines)
    ]
    billed = _whole(_sold(session, month, scope, Account.service))["amount"]
    unexplained = billed - sum((row["amount"] for row in rows), NOTHING)
    if unexplained:
        rows.append({"kind": UNKNOWN, "n": 0, "amount": unexplained})
    rows = [{**row, "share": share(row["amount"], billed)} for row in sorted(rows, key=lambda row: -row["amount"])]
    columns = (text("kind", "构成"), count("n", "行数"), yuan("amount", "金额"), percent("share", "占应收"))
    totals = {"n": sum(row["n"] for row in rows), "amount": billed, "share": share(billed, billed)}
    return Table("应收的构成", columns, rows, totals, (), "amount")
