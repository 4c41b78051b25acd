"""Bills in words: months, days, usage, one line, and why a bill differs from another in two or three sentences."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kefu.billing.difference import Part
from kefu.billing.models import Bill, BillLine
from kefu.billing.periods import spoken
from kefu.billing.pricing.lines import NOTHING, money, number, unit_name
from kefu.billing.service import Statement
from kefu.clock import day_name

NUMBERED = "①②③④⑤⑥⑦⑧⑨"
TOLD = 3
MUCH = Decimal("0.2")  # a change of usage worth a word
SEARCHES = {
    "electricity": "想想家里有没有新添电器、空调电热用得多不多；关掉总闸看表还走不走",
    "water": "想想有没有哪里漏水（马桶、水管）；关上所有龙头看表还走不走",
    "gas": "想想热水器、壁挂炉是不是用得多了；关上灶前阀看表还走不走",
    "heat": "看看是不是阀门开大了、屋里比以前热",
}


def amount_of_use(bill: Bill) -> str:
    """ "420度", "11方"; heat by area has no use: "83平方米"."""
    return f"{number(bill.usage)}{unit_name(bill.unit)}"


def month_name(bill: Bill) -> str:
    """ "2026年11月"."""
    return spoken(bill.period)


def stretch(bill: Bill) -> str:
    """ "10月1日至10月31日，31天"."""
    return f"{day_name(bill.period_start)}至{day_name(bill.period_end)}，{bill.days}天"


def line_text(line: BillLine) -> str:
    """ "第一档（每月0–200度）：200度 × 0.538元 = 107.60元"."""
    if line.formula:
        return f"{line.label}：{line.formula} = {money(line.amount).replace('-', '−')}元"
    if line.quantity is None or line.price is None:
        return f"{line.label}：{money(line.amount)}元"
    return (
        f"{line.label}：{number(line.quantity)}{unit_name(line.unit)} × {number(line.price)}元 = {money(line.amount)}元"
    )


def corrected(now: Statement) -> str:
    """Every entry of a period that was booked wrong, taken back and booked again; empty for any other."""
    if not now.corrected:
        return ""
    wrong = next((entry for entry in now.entries if entry.kind == "normal"), None)
    if wrong is None:
        return ""
    return f"这期先错开成{money(wrong.amount)}元，已全额冲正（−{money(wrong.amount)}元），按正确表数重开为{money(now.bill.amount)}元。"


# --- why it differs --------------------------------------------------------------------------------------------------
def main_parts(parts: Sequence[Part], total: Decimal) -> list[str]:
    """The largest parts, a line each, what is left as one sum: they add up to `total` (yuan) before the eyes."""
    counted = [part for part in parts if part.kind != "rounding"]
    shown = counted if len(counted) <= TOLD + 1 else counted[:TOLD]
    rest = sum((part.amount for part in counted[len(shown) :]), NOTHING)
    told = [f"{NUMBERED[n]}{part.text}" for n, part in enumerate(shown)] if len(shown) > 1 else [p.text for p in shown]
    told += [f"其余几项合起来{signed(rest)}元"] * bool(rest)
    sums = [signed(part.amount) for part in shown] + [signed(rest)] * bool(rest)
    sums += [f"{signed(part.amount)}（{part.text}）" for part in parts if part.kind == "rounding"]
    lines = [f"{'原因：' if n == 0 else ''}{text}{'；' if n < len(told) - 1 else '。'}" for n, text in enumerate(told)]
    check = f"合起来 {''.join(sums).lstrip('+')} = {signed(total).lstrip('+')}元。"
    return [*lines, check] if len(sums) > 1 else lines


def signed(amount: Decimal) -> str:
    """+16.00, −3.20."""
    return f"{'+' if amount >= 0 else '−'}{money(abs(amount))}"


def part_lines(parts: Sequence[Part]) -> list[str]:
    """The table: a line a part, the largest first."""
    return [f"{signed(part.amount)}元　{part.text}" for part in parts]


def likely_cause(now: Statement, before: Statement, parts: Sequence[Part], bills: Sequence[Bill], service: str) -> str:
    """What the data say about why the usage changed; honest when they say nothing. Empty when there is nothing to say."""
    if now.bill.estimated:
        return f"{month_name(now.bill)}没抄到表，用量是估算的，下次抄到表会多退少补。"
    usage = next((part for part in parts if part.kind == "usage"), None)
    if usage is None or parts[0] is not usage or not _much(now.bill, before.bill):
        return ""
    if not before.bill.usage:
        return f"{month_name(before.bill)}表没走（0{unit_name(before.bill.unit)}），像是没人住，所以一比就多。"
    season = _as_last_year(now.bill, before.bill, bills)
    if season:
        return season
    if usage.amount < 0:
        return ""
    return (
        f"是表上走得多了，账上看不出为什么。{SEARCHES.get(service, '')}；还觉得不对，说“要核查”，我登记请人查表、校表。"
    )


def _much(now: Bill, before: Bill) -> bool:
    return abs(now.usage - before.usage) >= max(before.usage, now.usage) * MUCH


def _as_last_year(now: Bill, before: Bill, bills: Sequence[Bill]) -> str:
    """The same two months of last year moved the same way, at least half as much: that looks like the season."""
    pair = [next((one for one in bills if one.period == _year_before(bill)), None) for bill in (before, now)]
    if pair[0] is None or pair[1] is None or now.period[5:] == before.period[5:]:
        return ""
    moved, then = now.usage - before.usage, pair[1].usage - pair[0].usage
    if moved * then <= 0 or abs(then) < abs(moved) / 2:
        return ""
    told = [f"{month_name(bill)}{amount_of_use(bill)}" for bill in pair if bill is not None]
    return f"去年这时候也这样（{told[0]} → {told[1]}），像是季节的原因。"


def _year_before(bill: Bill) -> str:
    return f"{int(bill.period[:4]) - 1}{bill.period[4:]}"
