"""Why a bill is what it is, beside another one: facts from readings, days and lines, each with its own arithmetic.

Exact by construction: every number stands in a bill or is a difference of two that do. The split of a difference into
parts that add up belongs to the issue on bills; here the causes are named, the largest first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kefu.billing.models import Bill, BillLine
from kefu.billing.service import Statement

UNITS = {"kWh": "度", "m³": "方", "m²": "平方米"}
_TIER = re.compile("第([一二三四])档")
_ORDER = "一二三四"
SUPPLY = ("tier", "component", "peak", "valley")


@dataclass(frozen=True)
class Cause:
    """One reason in a sentence; `weight` (yuan, absolute) puts the larger first."""

    text: str
    weight: Decimal


def money(amount: Decimal) -> str:
    """Yuan and fen, never rounded away: 241.96."""
    return format(amount.quantize(Decimal("0.01")), "f")


def number(quantity: Decimal) -> str:
    """Without trailing zeros, never as 2E+2."""
    return format(quantity.normalize(), "f")


def amount_of_use(bill: Bill) -> str:
    """ "420度", "11方"; heat by area has no use: "83平方米"."""
    return f"{number(bill.usage)}{UNITS.get(bill.unit, bill.unit)}"


def month_name(bill: Bill) -> str:
    """ "2026年11月"."""
    year, month = bill.period.split("-")
    return f"{year}年{int(month)}月"


def stretch(bill: Bill) -> str:
    start, end = bill.period_start, bill.period_end
    return f"{start.month}月{start.day}日至{end.month}月{end.day}日，{bill.days}天"


def line_text(line: BillLine) -> str:
    """ "第一档（每月0–200度）：200度 × 0.538元 = 107.60元"."""
    if line.quantity is None or line.price is None:
        return f"{line.label}：{money(line.amount)}元"
    unit = UNITS.get(line.unit or "", line.unit or "")
    return f"{line.label}：{number(line.quantity)}{unit} × {number(line.price)}元 = {money(line.amount)}元"


def highest_tier(lines: Sequence[BillLine]) -> int:
    """1 to 4 by the lines' own labels; 0 when they name none."""
    named = [_ORDER.index(found[1]) + 1 for line in lines if (found := _TIER.search(line.label)) and line.amount > 0]
    return max(named, default=0)


def in_tier(lines: Sequence[BillLine], tier: int) -> tuple[Decimal, Decimal | None, Decimal]:
    """Quantity, price a unit (of the first line; None when it is made of parts) and yuan charged in a tier."""
    own = [line for line in lines if (found := _TIER.search(line.label)) and _ORDER.index(found[1]) + 1 == tier]
    quantity = max((line.quantity or Decimal(0) for line in own), default=Decimal(0))
    return quantity, own[0].price if len(own) == 1 else None, sum((line.amount for line in own), Decimal(0))


def causes(now: Statement, before: Statement) -> list[Cause]:
    """What makes the difference, the largest first. Empty when nothing in the data explains it."""
    found = [
        *_usage(now, before),
        *_tiers(now, before),
        *_days(now, before),
        *_estimates(now, before),
        *_single_lines(now, before, "late_fee", "违约金"),
        *_corrected(now),
        *_peak(now, before),
    ]
    return sorted(found, key=lambda cause: -cause.weight)


def _usage(now: Statement, before: Statement) -> list[Cause]:
    more = now.bill.usage - before.bill.usage
    if not more or now.bill.unit == "m²":
        return []
    price = max((line.price for line in now.lines if line.price and line.kind in SUPPLY), default=Decimal(1))
    unit = UNITS.get(now.bill.unit, now.bill.unit)
    text = f"用量{'多' if more > 0 else '少'}了{number(abs(more))}{unit}（{number(before.bill.usage)}{unit} → {number(now.bill.usage)}{unit}）"
    return [Cause(text, abs(more * price))]


def _tiers(now: Statement, before: Statement) -> list[Cause]:
    found = []
    unit = UNITS.get(now.bill.unit, now.bill.unit)
    surcharge = "加" if any("加价" in line.label for line in now.lines) else ""
    for tier in range(2, highest_tier(now.lines) + 1):
        quantity, price, amount = in_tier(now.lines, tier)
        _, _, earlier = in_tier(before.lines, tier)
        if amount > earlier:
            first = in_tier(now.lines, 1)[1]
            each = f"，每{unit}{surcharge}{number(price)}元" if price else ""
            dearer = f"（比第一档贵{number(price - first)}元）" if price and first and price > first else ""
            found.append(Cause(f"有{number(quantity)}{unit}进了第{_ORDER[tier - 1]}档{each}{dearer}", amount - earlier))
    return found


def _days(now: Statement, before: Statement) -> list[Cause]:
    more = now.bill.days - before.bill.days
    if more and now.bill.unit == "m²":
        text = f"按天分摊的热费，这期{now.bill.days}天，那期{before.bill.days}天"
        return [Cause(text, abs(now.bill.amount - before.bill.amount))]
    if abs(more) < 3 or not before.bill.days:
        return []
    unit = UNITS.get(now.bill.unit, now.bill.unit)
    daily = [(b.usage / b.days).quantize(Decimal("0.1")) for b in (before.bill, now.bill)]
    text = f"这期{'多' if more > 0 else '少'}算了{abs(more)}天（{before.bill.days}天 → {now.bill.days}天），平均每天用量是{number(daily[0])}{unit} → {number(daily[1])}{unit}"
    return [Cause(text, abs(now.bill.amount - before.bill.amount) * Decimal("0.9"))]


def _estimates(now: Statement, before: Statement) -> list[Cause]:
    if before.bill.estimated and not now.bill.estimated:
        text = f"{month_name(before.bill)}没抄到表，是估算的{amount_of_use(before.bill)}；这期按实际表数{_reading(now.bill)}结算，把估少（或估多）的部分补了回来"
        return [Cause(text, abs(now.bill.amount - before.bill.amount))]
    if now.bill.estimated:
        return [Cause(f"{month_name(now.bill)}没抄到表，用量是估算的，下次抄到表会多退少补", Decimal("0.01"))]
    return []


def _reading(bill: Bill) -> str:
    return number(bill.current_reading) if bill.current_reading is not None else ""


def _single_lines(now: Statement, before: Statement, kind: str, name: str) -> list[Cause]:
    """Charges that are not for supply, each told with its own label."""
    charged = [line for line in now.lines if line.kind == kind]
    earlier = sum((line.amount for line in before.lines if line.kind == kind), Decimal(0))
    found = [Cause(f"含{name}{money(line.amount)}元：{line.label}", abs(line.amount)) for line in charged]
    return found or ([Cause(f"上期含{name}{money(earlier)}元，这期没有", abs(earlier))] if earlier else [])


def _corrected(now: Statement) -> list[Cause]:
    if not now.corrected:
        return []
    wrong = next((entry for entry in now.entries if entry.kind == "normal"), None)
    if wrong is None:
        return []
    text = f"这期先错开成{money(wrong.amount)}元，已全额冲正（{money(-wrong.amount)}元），按正确表数重开为{money(now.bill.amount)}元"
    return [Cause(text, abs(wrong.amount - now.bill.amount))]


def _peak(now: Statement, before: Statement) -> list[Cause]:
    """Peak use in a two-rate bill."""
    peak = [
        sum((line.quantity or Decimal(0) for line in s.lines if line.kind == "peak"), Decimal(0)) for s in (before, now)
    ]
    if peak[0] == peak[1] or not all(peak):
        return []
    return [Cause(f"峰时用电{number(peak[0])}度 → {number(peak[1])}度", abs(peak[1] - peak[0]) * Decimal("0.3"))]
