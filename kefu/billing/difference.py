"""Why one bill is more than another: the difference cut into parts that sum to it exactly.

Usage is valued at the unit price of the first tier (`unit_price.py`); what higher tiers charge beyond that is the
tiers' part. Every part carries its own arithmetic. What rounding leaves over is a part of its own, so nothing hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kefu.billing.lines import BY_USE, higher_tiers, hours_of
from kefu.billing.models import Bill, BillLine
from kefu.billing.pricing.lines import FEN, NOTHING, money, number, unit_name
from kefu.billing.pricing.plan import ORDINALS
from kefu.billing.pricing.use import Customer
from kefu.billing.service import Statement
from kefu.billing.unit_price import UnitPrice, unit_price
from kefu.company.tariffs import TariffBook

Kind = Literal[
    "usage", "days", "estimate", "peak", "tier", "season", "price", "standing", "late_fee", "adjustment", "other", "rounding"
]  # fmt: skip
SUPPLY = (*BY_USE, "area", "basic", "minimum", "free", "power_factor", "rounding")
STANDING = ("area", "basic", "minimum", "free", "power_factor")
LATE = ("late_fee", "late_fee_waiver")
LEFT_OVER = Decimal("0.10")  # more than rounding of a bill's lines can leave
HUNDREDTH = Decimal("0.01")
DAYS_THAT_COUNT = 3
ROUNDED = "每行金额取整到分的尾差"


@dataclass(frozen=True)
class Part:
    """`amount`: yuan, more (+) or less (−) than in the other bill. `text`: the arithmetic in words."""

    kind: Kind
    amount: Decimal
    text: str


@dataclass(frozen=True)
class _Side:
    """One of the two bills, as the split needs it. `usage`: after an estimate has been set right."""

    bill: Bill
    lines: Sequence[BillLine]
    usage: Decimal
    unit: UnitPrice | None
    season: str

    def sum_of(self, kinds: Sequence[str]) -> Decimal:
        return sum((line.amount for line in self.lines if line.kind in kinds), NOTHING)

    @property
    def shares(self) -> dict[str, Decimal]:
        hours = hours_of(self.lines)
        total = sum(hours.values(), NOTHING)
        return {kind: amount / total for kind, amount in hours.items()} if total else {}

    @property
    def beyond(self) -> Decimal | None:
        """What is charged by use beyond the unit price: the higher tiers' part (unrounded)."""
        if self.unit is None:
            return None
        return self.sum_of(BY_USE) - self.bill.usage * self.unit.of(self.shares)


def difference(
    book: TariffBook, now: Statement, before: Statement, bills: Sequence[Bill], customer: Customer
) -> list[Part]:
    """The parts of `now` less `before` (yuan), the largest first; they sum to it to the fen. Empty when it is nothing.

    `bills`: the account's standing bills, for estimates that were caught up.
    """
    true = caught_up(bills, now.bill)
    one, other = _side(book, now, true, customer), _side(book, before, true, customer)
    parts = [
        *(_by_use(one, other) if one.unit and other.unit and now.bill.unit != "m²" else []),
        *_standing(one, other),
        *_of_lines(one, other, LATE, "late_fee", "违约金"),
        *_rest_of_lines(one, other),
    ]
    noise = [part for part in parts if part.kind == "rounding"]
    parts = [part for part in parts if part.amount and part.kind != "rounding"]
    left = now.bill.amount - before.bill.amount - sum((part.amount for part in parts), NOTHING)
    if left:
        parts.append(_left_over(left, noise))
    return sorted(parts, key=lambda part: (part.kind == "rounding", -abs(part.amount)))


def _side(book: TariffBook, told: Statement, true: dict[int, Decimal], customer: Customer) -> _Side:
    bill = told.bill
    usage, unit = true.get(bill.id, bill.usage), unit_price(book, bill, told.lines, customer)
    return _Side(bill, told.lines, usage, unit, _season(book, bill))


def _season(book: TariffBook, bill: Bill) -> str:
    """The name of the months' own tiers a bill has; empty at those of the rest of the year."""
    row = book.on(bill.tariff, bill.period_end)
    months = row.by_month if row is not None else []
    return next((one.label for one in months if bill.period_end.month in one.months), "")


def caught_up(bills: Sequence[Bill], bill: Bill) -> dict[int, Decimal]:
    """Usage by bill id once an actual reading has set the estimates before it right: by the day over all of them.

    Empty when the bill before was no estimate, or the bill is one itself.
    """
    older = [one for one in bills if one.period_end < bill.period_end]  # the latest first
    run = []
    for one in older:
        if not one.estimated:
            break
        run.append(one)
    if bill.estimated or not run:
        return {}
    together = [bill, *run]
    days, usage = sum(one.days for one in together), sum((one.usage for one in together), NOTHING)
    found = {one.id: (usage * one.days / days).quantize(HUNDREDTH) for one in run}
    return {bill.id: usage - sum(found.values(), NOTHING), **found}


# --- by use --------------------------------------------------------------------------------------------------------------
def _by_use(now: _Side, before: _Side) -> list[Part]:
    """Days, usage, estimates, hours, unit price, tiers."""
    assert now.unit is not None and before.unit is not None
    unit = unit_name(now.bill.unit)
    shares = before.shares or now.shares
    each = before.unit.of(shares)
    days = _for_the_days(now.bill, before)
    moved = (now.bill.usage - now.usage) - (before.bill.usage - before.usage)
    if before.usage != before.bill.usage:  # both lie in the time that was estimated: the same a day, by its nature
        moved = now.bill.usage - before.bill.usage - days
    hours = now.shares or shares
    return [
        _days(now.bill, before, days, each, unit),
        _usage(now, before, now.bill.usage - before.bill.usage - moved - days, each, unit),
        _estimate(moved, each, unit),
        _hours(now, before, hours, shares, unit),
        _price(now, before, hours, unit),
        _tiers(now, before, unit),
    ]


def _for_the_days(now: Bill, before: _Side) -> Decimal:
    """Usage that comes with more or fewer days, at the earlier bill's use a day; calendar months count as equal."""
    if abs(now.days - before.bill.days) < DAYS_THAT_COUNT or not before.bill.days:
        return NOTHING
    return (before.usage * now.days / before.bill.days).quantize(HUNDREDTH) - before.usage


def _fen(amount: Decimal) -> Decimal:
    return amount.quantize(FEN)


def _times(quantity: Decimal, unit: str, each: Decimal) -> str:
    """ "240度 × 0.538元 = 129.12元"."""
    price = each if each == each.quantize(Decimal("0.000001")) else each.quantize(Decimal("0.0001"))
    return f"{number(abs(quantity))}{unit} × {number(price)}元 = {money(abs(quantity * each))}元"


def _more(amount: Decimal) -> str:
    return "多" if amount > 0 else "少"


def _days(now: Bill, before: _Side, quantity: Decimal, each: Decimal, unit: str) -> Part:
    days = before.bill.days or 1
    more, daily = now.days - days, (before.usage / days).quantize(Decimal("0.1"))
    exact = daily * more == quantity
    a_day = f"{number(daily)}{unit}" if exact else f"约{number(daily)}{unit}（{number(before.usage)}{unit} ÷ {days}天）"
    text = (
        f"{_more(Decimal(more))}算了{abs(more)}天（{days}天 → {now.days}天），按原来平均每天{a_day}算，"
        f"合{_times(quantity, unit, each)}"
    )
    return Part("days", _fen(quantity * each), text)


def _usage(now: _Side, before: _Side, quantity: Decimal, each: Decimal, unit: str) -> Part:
    used = f"（{number(before.bill.usage)}{unit} → {number(now.bill.usage)}{unit}）"
    why = ""
    if now.usage != now.bill.usage:
        why = "扣掉估算的影响，"
    elif abs(now.bill.days - before.bill.days) >= DAYS_THAT_COUNT:
        why = "按同样天数比，"
    text = f"{why}用量{_more(quantity)}了{number(abs(quantity))}{unit}{used}：{_times(quantity, unit, each)}"
    return Part("usage", _fen(quantity * each), text)


def _estimate(quantity: Decimal, each: Decimal, unit: str) -> Part:
    text = (
        f"前面没抄到表、按估算收，这期按实际表数结算，{'补上以前少算的' if quantity > 0 else '扣回以前多算的'}，"
        f"两期相差{_times(quantity, unit, each)}"
    )
    return Part("estimate", _fen(quantity * each), text)


def _hours(now: _Side, before: _Side, hours: dict[str, Decimal], shares: dict[str, Decimal], unit: str) -> Part:
    assert before.unit is not None
    change = before.unit.of(hours) - before.unit.of(shares)
    amount = _fen(now.bill.usage * change)
    peaks = [hours_of(side.lines).get("peak", NOTHING) for side in (before, now)]
    percent = [number((side.shares.get("peak", NOTHING) * 100).quantize(Decimal("0.1"))) for side in (before, now)]
    text = (
        f"峰时用电{number(peaks[0])}{unit} → {number(peaks[1])}{unit}，占比{percent[0]}% → {percent[1]}%，"
        f"平均单价{'高' if change > 0 else '低'}了，合{money(abs(amount))}元"
    )
    return Part("peak", amount, text)


def _price(now: _Side, before: _Side, hours: dict[str, Decimal], unit: str) -> Part:
    assert now.unit is not None and before.unit is not None
    old, new = before.unit.of(hours), now.unit.of(hours)
    change = new - old
    text = f"单价{'涨' if change > 0 else '降'}了：每{unit}{_plain(old)}元 → {_plain(new)}元，{_times(now.bill.usage, unit, change)}"
    return Part("price", _fen(now.bill.usage * change), text.replace("-", ""))


def _plain(each: Decimal) -> str:
    return number(each.quantize(Decimal("0.0001")))


def _tiers(now: _Side, before: _Side, unit: str) -> Part:
    one, other = now.beyond, before.beyond
    assert one is not None and other is not None  # both unit prices are known here
    above, earlier = _above(now, unit), _above(before, unit)
    if not above and not earlier:
        return Part("rounding", _fen(one) - _fen(other), ROUNDED)
    # without a higher tier what is beyond is rounding, which stands in a line of its own
    amount = (_fen(one) if above else NOTHING) - (_fen(other) if earlier else NOTHING)
    season = (
        f"档位换成了{now.season or '平常月份的'}（原来是{before.season or '平常月份的'}），"
        if now.season != before.season
        else ""
    )
    told = [f"这期有{above}" if above else "这期都在第一档"]
    told += [f"那期有{earlier}"] if earlier else []
    told += [f"相差{money(abs(amount))}元"] if above and earlier else []
    return Part("season" if season else "tier", amount, season + "，".join(told))


def _above(side: _Side, unit: str) -> str:
    """ "200度进了第二档、20度进了第三档，比都按第一档多16.00元"; empty when the first tier was enough."""
    told = [f"{number(used)}{unit}进了第{ORDINALS[tier - 1]}档" for tier, used in higher_tiers(side.lines).items()]
    return f"{'、'.join(told)}，比都按第一档多{money(side.beyond or NOTHING)}元" if told else ""


# --- beside the use ------------------------------------------------------------------------------------------------------
def _standing(now: _Side, before: _Side) -> list[Part]:
    """Charges by area or capacity: mostly a matter of days."""
    one, other = now.sum_of(STANDING), before.sum_of(STANDING)
    days = now.bill.days - before.bill.days
    if one == other:
        return []
    if not other or not days or not before.bill.days:
        return [Part("standing", one - other, f"固定部分（面积、基本费等）{money(other)}元 → {money(one)}元")]
    by_days = _fen(other * now.bill.days / before.bill.days) - other
    text = f"按天分摊的热费{_more(Decimal(days))}算了{abs(days)}天（{before.bill.days}天 → {now.bill.days}天），合{money(abs(by_days))}元"
    rest = one - other - by_days
    cents = abs(rest) <= max(now.bill.usage, Decimal(1)) * FEN  # a fen a square metre
    why = "按天分摊时每平方米取整到分的尾差" if cents else f"每天的费用变了（面积或单价）{money(abs(rest))}元"
    return [Part("days", by_days, text), Part("rounding" if cents else "standing", rest, why)]


def _of_lines(now: _Side, before: _Side, kinds: Sequence[str], kind: Kind, name: str) -> list[Part]:
    """Charges told by their own labels."""
    one, other = now.sum_of(kinds), before.sum_of(kinds)
    if one == other:
        return []
    labels = "、".join(f"{line.label}{money(line.amount)}元" for line in now.lines if line.kind in kinds)
    text = f"含{labels}" if labels else f"那期有{name}{money(other)}元，这期没有"
    return [Part(kind, one - other, text)]


def _rest_of_lines(now: _Side, before: _Side) -> list[Part]:
    kinds = {line.kind for side in (now, before) for line in side.lines} - {*SUPPLY, *LATE}
    return [part for kind in sorted(kinds) for part in _of_lines(now, before, (kind,), "adjustment", "这类调整")]


def _left_over(left: Decimal, noise: list[Part]) -> Part:
    """Rounding as far as it can be; more than that is said to be unknown."""
    known = sum((part.amount for part in noise), NOTHING)
    if abs(left - known) <= LEFT_OVER:
        return Part("rounding", left, next((part.text for part in noise if part.amount == left), ROUNDED))
    return Part("other", left, f"账单上没有写明的部分{money(abs(left))}元")
