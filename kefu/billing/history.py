"""What an account used month by month, for charts: from its standing bills and their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.chart.data import Chart, Month, window
from kefu.billing.feed import lines_of
from kefu.billing.lines import higher_tiers, tier_of
from kefu.billing.models import Bill, BillLine
from kefu.billing.pricing.lines import NOTHING, unit_name
from kefu.billing.pricing.plan import plan_for
from kefu.billing.pricing.stretches import stretches
from kefu.billing.pricing.use import Use
from kefu.billing.service import customer_of, standing_bills
from kefu.company.tariffs import Tariff, TariffBook

NAMES = {"electricity": "用电量", "water": "用水量", "gas": "用气量", "heat": "用热量"}
BY_AREA = "m²"  # heat by floor area has no usage: what changes is the money


def history(session: Session, account_number: str, until_period: str) -> list[Month]:
    """The months with a bill among the thirteen that end with `until_period` ("2026-11"), the oldest first.

    Usage in the unit of that last bill, amounts in yuan; several entries of one month (an adjustment) are added up.
    Empty when that period has no standing bill.
    """
    return _months(session, _shown(session, account_number, until_period))


def _shown(session: Session, account_number: str, until_period: str) -> list[Bill]:
    """The standing bills of those months in the last one's unit, the latest first; empty without the last one."""
    shown = window(until_period)
    bills = [bill for bill in standing_bills(session, account_number) if bill.period in shown]
    last = next((bill for bill in bills if bill.period == until_period), None)
    return [bill for bill in bills if last is not None and bill.unit == last.unit]


def _months(session: Session, bills: Sequence[Bill]) -> list[Month]:
    lines = lines_of(session, [bill.id for bill in bills])
    by_period = groupby(sorted(bills, key=lambda bill: bill.period), key=lambda bill: bill.period)
    return [_month(period, list(entries), lines) for period, entries in by_period]


def chart_of(session: Session, tariffs: TariffBook, account: Account, until_period: str) -> Chart | None:
    """The account's chart up to a period; None when that period has no standing bill."""
    bills = _shown(session, account.number, until_period)
    if not bills:
        return None
    months, last = tuple(_months(session, bills)), next(bill for bill in bills if bill.period == until_period)
    tail = account.number[-4:]
    if last.unit == BY_AREA:
        return Chart("热费", "元", months, of_money=True, account=tail)
    bounds = _monthly_bounds(tariffs.on(last.tariff, last.period_end), account, last)
    return Chart(NAMES[account.service], unit_name(last.unit), months, bounds, account=tail)


def _monthly_bounds(tariff: Tariff | None, account: Account, bill: Bill) -> tuple[Decimal, ...]:
    """Where this household's tiers of the last bill's month end; none where they run over the year."""
    if tariff is None or tariff.accumulates != "month":
        return ()
    use = Use(start=bill.period_start, end=bill.period_end)
    return plan_for(stretches([tariff], use)[-1], use, customer_of(account)).bounds


def _month(period: str, entries: Sequence[Bill], lines: Mapping[int, list[BillLine]]) -> Month:
    usage = sum((bill.usage for bill in entries), NOTHING)
    parts = _parts(usage, [line for bill in entries for line in lines[bill.id]])
    amount = sum((bill.amount for bill in entries), NOTHING)
    return Month(period, usage, parts, any(bill.estimated for bill in entries), amount)


def _parts(usage: Decimal, lines: Sequence[BillLine]) -> tuple[Decimal, ...]:
    """How much of a usage lay in each tier. The first tier is what the others leave: with peak and valley prices no
    line names it."""
    above = higher_tiers(lines)
    higher = [above.get(tier, NOTHING) for tier in range(2, max(above, default=1) + 1)]
    first = usage - sum(higher, NOTHING)
    tiered = above or any(tier_of(line) == 1 for line in lines)
    return (first, *higher) if tiered and first >= 0 else ()
