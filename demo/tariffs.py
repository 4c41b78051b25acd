"""The demo city's prices, as bill lines: each line is quantity × price, rounded to the fen.

The numbers stand in company/tariffs.yml and nowhere else.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kefu.company.tariffs import Tariff, load_tariffs

FEN = Decimal("0.01")
ORDINAL = "一二三"
TARIFFS = load_tariffs(Path(__file__).resolve().parent.parent / "company")
ELEC_BOUNDS = tuple(int(bound) for bound in TARIFFS["yj-elec-res"].bounds)


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
    row = TARIFFS[tariff]
    base = row.tiers[0].price
    if len(row.tiers) == 1:
        return (line("component", row.name, usage, "kWh", base),)
    tiers = _split(row, usage)
    if not row.periods:
        return tuple(line("tier", _tier(row, tier), used, "kWh", row.tiers[tier - 1].price) for tier, used in tiers)
    shares = {"peak": peak, "valley": usage - peak}
    periods = (
        line(one.kind, f"{one.label}电量", shares[one.kind], "kWh", base + one.difference) for one in row.periods
    )
    steps = (
        line("tier", _tier(row, tier, "加价"), used, "kWh", row.step(tier).quantize(FEN))
        for tier, used in tiers
        if tier > 1
    )
    return (*periods, *steps)


@lru_cache(maxsize=20000)
def water(usage: int, before: int) -> tuple[Line, ...]:
    """`before`: used earlier in the calendar year. A line for each component of each tier reached."""
    row = TARIFFS["yj-water-res"]
    return tuple(
        line("component", f"{_tier(row, tier)}{name}", used, "m³", price)
        for tier, used in _split(row, usage, before)
        for name, price in row.tiers[tier - 1].components.items()
    )


@lru_cache(maxsize=20000)
def gas(usage: int, before: int) -> tuple[Line, ...]:
    """`before`: used earlier in the calendar year."""
    row = TARIFFS["yj-gas-res"]
    return tuple(
        line("tier", _tier(row, tier), used, "m³", row.tiers[tier - 1].price)
        for tier, used in _split(row, usage, before)
    )


def late_fee(amount: Decimal, days: int, period: str) -> Line:
    """A part of the unpaid amount for each day after the due date; the same for every service of this city."""
    rate = TARIFFS["yj-elec-res"].late_fee_per_day
    percent = format((rate * 100).normalize(), "f")
    return line("late_fee", f"违约金（{period}账单逾期{days}天，每天{percent}%）", days, "天", amount * rate)


def share(season_price: Decimal, days_before: int, days: int, season_days: int) -> Decimal:
    """A month's part of a season's price per m², in whole fen; the parts of a season add up to its price."""
    return _so_far(season_price, days_before + days, season_days) - _so_far(season_price, days_before, season_days)


def _so_far(season_price: Decimal, days: int, season_days: int) -> Decimal:
    return (season_price * days / season_days).quantize(FEN, ROUND_HALF_UP)


def _split(row: Tariff, usage: int, before: int = 0) -> list[tuple[int, int]]:
    """(tier from 1, quantity)."""
    bounds = tuple(int(bound) for bound in row.bounds)
    return [(tier + 1, quantity) for tier, quantity in split(usage, bounds, before)]


def _tier(row: Tariff, tier: int, extra: str = "") -> str:
    """第二档（每月200–400度）."""
    over = {"month": "每月", "calendar_year": "全年"}[row.accumulates]
    unit = {"kWh": "度", "m³": "立方米"}[row.unit]
    return f"第{ORDINAL[tier - 1]}档{extra}（{over}{_range(tier - 1, row)}{unit}）"


def _range(tier: int, row: Tariff) -> str:
    if tier == len(row.bounds):
        return f"超过{row.bounds[-1]}"
    return f"{row.bounds[tier - 1] if tier else 0}–{row.bounds[tier]}"
