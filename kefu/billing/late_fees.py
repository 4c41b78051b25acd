"""The late fee on a bill, derived from its tariff's rule and never booked ahead: how much by today, and day by day.

Rule: `late_fee` of the tariff (law and contract are named in its source).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from kefu.billing.explain import month_name
from kefu.billing.models import Bill
from kefu.billing.pricing.lines import NOTHING, Line, money, number
from kefu.billing.pricing.sums import Debt, late_days, late_fee
from kefu.clock import day_name
from kefu.company.tariffs import Tariff, TariffBook

AHEAD = 7


def fee_until(book: TariffBook, bill: Bill, until: date, owed: Decimal | None = None) -> Decimal:
    """What a bill paid on a day runs up by then (yuan), whether it is paid by now or not; 0 where no fee is known.

    `owed`: what is left of it after payments and waivers; all of it where that is not said.
    """
    row = book.on(bill.tariff, bill.due_on)
    fee = (
        _fee(row, Debt(_sum(bill, owed), bill.due_on, until)) if row is not None and row.late_fee is not None else None
    )
    return fee.amount if fee is not None else NOTHING


def _sum(bill: Bill, owed: Decimal | None) -> Decimal:
    return bill.amount if owed is None else owed


def day_by_day(book: TariffBook, bill: Bill, until: date, paid: bool, owed: Decimal | None = None) -> list[str]:
    """How the fee on a bill ran, with the days: until it was paid, or until today and what another week would make.

    `owed` as in `fee_until`. Empty when the bill is not late or its tariff knows no late fee.
    """
    row = book.on(bill.tariff, bill.due_on)
    if row is None or row.late_fee is None or until <= bill.due_on:
        return []
    amount = _sum(bill, owed)
    debt, rate = Debt(amount, bill.due_on, until), number(row.late_fee.per_day * 100)
    days, sum_so_far = late_days(row.late_fee, debt), _fee(row, debt)
    first = bill.due_on + timedelta(1)
    end = f"到{day_name(until)}{'缴清' if paid else '（今天）'}"
    told = [
        f"{month_name(bill)}账单{money(bill.amount)}元{'' if amount == bill.amount else f'，还差{money(amount)}元'}，"
        f"最晚{day_name(bill.due_on)}缴，从{day_name(first)}起算违约金。",
        f"每天{rate}%：{money(amount)}元 × {rate}% = {number(amount * row.late_fee.per_day)}元一天。",
        f"{end}共{days.all}天，违约金{money(sum_so_far.amount if sum_so_far else NOTHING)}元"
        f"{'（' + sum_so_far.formula + '）' if sum_so_far else ''}。",
    ]
    if not paid:
        later = _fee(row, replace(debt, until=until + timedelta(AHEAD)))
        told.append(f"今天缴清就不再增加；再过{AHEAD}天是{money(later.amount if later else NOTHING)}元。")
    return told + _limits(row)


def _limits(row: Tariff) -> list[str]:
    """What the rule has beside the daily rate."""
    rule = row.late_fee
    assert rule is not None  # asked for by day_by_day alone
    told = []
    if rule.carried_per_day is not None:
        told.append(f"跨过当年12月31日的部分每天{number(rule.carried_per_day * 100)}%。")
    if rule.cap is not None:
        told.append(f"违约金最多收到欠费的{number(rule.cap * 100)}%。")
    if rule.minimum is not None and rule.minimum_until is None:
        told.append(f"不足{number(rule.minimum)}元按{number(rule.minimum)}元收。")
    return [*told, f"按天算，不利滚利（{row.source}）。"]


def _fee(row: Tariff, debt: Debt) -> Line | None:
    return next(iter(late_fee(row, [debt])), None)
