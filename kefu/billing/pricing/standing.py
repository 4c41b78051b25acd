"""Charges beside the metered usage: heated area, capacity, demand, fixed sums; the power factor's adjustment."""

from __future__ import annotations

from calendar import monthrange
from decimal import ROUND_HALF_UP, Decimal

from kefu.billing.pricing.lines import FEN, NOTHING, Writer, number
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff
from kefu.company.tariffs.parts import Charge, Season

NAMES = {"m²": "平方米", "kVA": "千伏安", "kW": "千瓦", "month": "个月", "day": "天", "bill": "期"}


def write_charges(writer: Writer, row: Tariff, use: Use, customer: Customer) -> None:
    """A line for each standing charge. Raises CannotPrice naming what the bill or the account does not say."""
    for charge in row.charges:
        each, told = _price(row, charge, use)
        quantity, unit, others = Decimal(1), "", []
        for per in charge.per:
            if per == "season":
                continue
            amount = _amount(per, charge, use, customer)
            others.append(f"{number(amount)}{NAMES[per]}")
            quantity *= amount
            unit = unit or per
        factor = _factor(charge, customer)
        plain = len(others) == 1 and factor == 1
        formula = " × ".join([*others, f"{number(each)}元", *([number(factor)] if factor != 1 else [])])
        writer.write(
            "basic" if row.tiers else "area", charge.label + told, quantity * each * factor, formula,
            quantity=quantity if plain else None, unit=unit if plain else None, price=each if plain else None,
        )  # fmt: skip


def _price(row: Tariff, charge: Charge, use: Use) -> tuple[Decimal, str]:
    """A season's price is shared out over its days to the fen, so that the parts of a season add up to it."""
    if "season" not in charge.per or use.start is None or use.end is None:
        return charge.price, ""
    assert row.season is not None  # checked at load
    first, last = row.season.days_of(use.start)
    start, end = max(use.start, first), min(use.end, last)
    days, all_days = max((end - start).days + 1, 0), (last - first).days + 1
    before = (start - first).days
    share = _so_far(charge.price, before + days, all_days) - _so_far(charge.price, before, all_days)
    span = f"{start.month}月{start.day}日至{end.month}月{end.day}日{days}天" if days else "不在采暖季"
    return share, f"（{span}，本季{all_days}天全价{number(charge.price)}元/m²）"


def _so_far(price: Decimal, days: int, all_days: int) -> Decimal:
    return (price * days / all_days).quantize(FEN, ROUND_HALF_UP)


def season_days(season: Season | None, use: Use) -> int | None:
    """Days of the heating season a usage lies in; None when either is not known."""
    if season is None or use.start is None:
        return None
    first, last = season.days_of(use.start)
    return (last - first).days + 1


def _amount(per: str, charge: Charge, use: Use, customer: Customer) -> Decimal:
    known: dict[str, Decimal | int | None] = {
        "m²": customer.heated_area,
        "kVA": customer.capacity,
        "kW": use.demand,
        "day": use.days,
        "bill": 1,
        "month": _months(use),
    }
    amount = known[per]
    if amount is None:
        raise CannotPrice(f"{charge.label}: how many {per} is not known")
    return Decimal(amount)


def _months(use: Use) -> Decimal:
    """Whole months, or the part of a month a capacity was in service (days ÷ calendar days)."""
    if use.service_days is None:
        return use.months
    days = monthrange(use.end.year, use.end.month)[1] if use.end else use.days
    if not days:
        raise CannotPrice("days in service need the month they are in")
    return Decimal(use.service_days) / Decimal(days)


def _factor(charge: Charge, customer: Customer) -> Decimal:
    if not charge.factors:
        return Decimal(1)
    factor = charge.factors.get(customer.building or "")
    if factor is None:
        raise CannotPrice(f"{charge.label}: the kind of building is not known, one of {', '.join(charge.factors)}")
    return factor


def write_power_factor(writer: Writer, row: Tariff, use: Use) -> None:
    """Added to, or taken off, everything so far: basic and energy charge."""
    rate = use.power_factor_rate
    if rate is None and row.power_factor is not None and use.power_factor is not None:
        rate = row.power_factor.rate(use.power_factor)
    if rate is None:
        return
    label = row.power_factor.label if row.power_factor else "力率调整电费"
    so_far = sum((line.amount for line in writer.lines), NOTHING)
    writer.write("power_factor", label, so_far * rate, f"{number(so_far)}元 × {number(rate * 100)}%")
