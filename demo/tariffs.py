"""The demo tariffs, as bill lines: each line is quantity × price, rounded to the fen."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

FEN = Decimal("0.01")
ORDINAL = "一二三"
ELEC_BOUNDS, ELEC_STEPS = (200, 400), (Decimal(0), Decimal("0.05"), Decimal("0.30"))
ELEC_BASE, PEAK, VALLEY = Decimal("0.5380"), Decimal("0.03"), Decimal("-0.25")
ELEC_BUSINESS = Decimal("0.85")
WATER_BOUNDS, WATER_PRICES = (180, 260), (Decimal("2.07"), Decimal("4.07"), Decimal("6.07"))
WATER_RESOURCE, SEWAGE = Decimal("1.57"), Decimal("1.36")
GAS_BOUNDS, GAS_PRICES = (350, 500), (Decimal("2.61"), Decimal("2.83"), Decimal("4.23"))
HEAT_AREA, HEAT_BASIC, HEAT_KWH = Decimal(24), Decimal(12), Decimal("0.16")


class Line(NamedTuple):
    kind: str
    label: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal

    def negative(self) -> Line:
        return self._replace(quantity=-self.quantity, amount=-self.amount)


def line(kind: str, label: str, quantity: Decimal | int, unit: str, price: Decimal) -> Line:
    """One priced line."""
    number = Decimal(quantity)
    return Line(kind, label, number, unit, price, (number * price).quantize(FEN, ROUND_HALF_UP))


def total(lines: tuple[Line, ...]) -> Decimal:
    return sum((one.amount for one in lines), Decimal("0.00"))


def split(usage: int, bounds: tuple[int, ...], before: int = 0) -> list[tuple[int, int]]:
    """(tier, quantity) for usage that begins after `before` has been used; a bound itself is in the lower tier."""
    found, low = [], 0
    for tier, high in enumerate((*bounds, before + usage)):
        quantity = min(before + usage, high) - max(before, low)
        if quantity > 0:
            found.append((tier, quantity))
        low = high
    return found


@lru_cache(maxsize=20000)
def electricity(tariff: str, usage: int, peak: int) -> tuple[Line, ...]:
    """`peak` counts for the time-of-use tariff only; the rest of the usage is valley."""
    if tariff == "yj-elec-biz":
        return (line("component", "一般工商业电价", usage, "kWh", ELEC_BUSINESS),)
    tiers = split(usage, ELEC_BOUNDS)
    if tariff == "yj-elec-res":
        return tuple(
            line("tier", _month_tier(tier), quantity, "kWh", ELEC_BASE + ELEC_STEPS[tier]) for tier, quantity in tiers
        )
    periods = (
        line("peak", "峰时电量", peak, "kWh", ELEC_BASE + PEAK),
        line("valley", "谷时电量", usage - peak, "kWh", ELEC_BASE + VALLEY),
    )
    steps = (
        line("tier", _month_tier(tier, "加价"), quantity, "kWh", ELEC_STEPS[tier]) for tier, quantity in tiers if tier
    )
    return periods + tuple(steps)


@lru_cache(maxsize=20000)
def water(usage: int, before: int) -> tuple[Line, ...]:
    """`before`: used earlier in the calendar year. Three components for each tier reached."""
    lines = []
    for tier, quantity in split(usage, WATER_BOUNDS, before):
        name = f"第{ORDINAL[tier]}档（全年{_range(tier, WATER_BOUNDS)}立方米）"
        lines.append(line("component", f"{name}自来水费", quantity, "m³", WATER_PRICES[tier]))
        lines.append(line("component", f"{name}水资源费", quantity, "m³", WATER_RESOURCE))
        lines.append(line("component", f"{name}污水处理费", quantity, "m³", SEWAGE))
    return tuple(lines)


@lru_cache(maxsize=20000)
def gas(usage: int, before: int) -> tuple[Line, ...]:
    """`before`: used earlier in the calendar year."""
    return tuple(
        line("tier", f"第{ORDINAL[tier]}档（全年{_range(tier, GAS_BOUNDS)}立方米）", quantity, "m³", GAS_PRICES[tier])
        for tier, quantity in split(usage, GAS_BOUNDS, before)
    )


def late_fee(amount: Decimal, days: int, period: str) -> Line:
    """0.1 % of the unpaid amount for each day after the due date."""
    return line("late_fee", f"违约金（{period}账单逾期{days}天，每天0.1%）", days, "天", amount * Decimal("0.001"))


def share(season_price: Decimal, days_before: int, days: int, season_days: int) -> Decimal:
    """A month's part of a season's price per m², in whole fen; the parts of a season add up to its price."""
    return _so_far(season_price, days_before + days, season_days) - _so_far(season_price, days_before, season_days)


def _so_far(season_price: Decimal, days: int, season_days: int) -> Decimal:
    return (season_price * days / season_days).quantize(FEN, ROUND_HALF_UP)


def _month_tier(tier: int, extra: str = "") -> str:
    return f"第{ORDINAL[tier]}档{extra}（每月{_range(tier, ELEC_BOUNDS)}度）"


def _range(tier: int, bounds: tuple[int, ...]) -> str:
    if tier == len(bounds):
        return f"超过{bounds[-1]}"
    return f"{bounds[tier - 1] if tier else 0}–{bounds[tier]}"
