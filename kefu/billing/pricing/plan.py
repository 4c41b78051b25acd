"""The tiers and hours that hold for one customer in one stretch of days: bounds widened, pro-rated, by season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kefu.billing.pricing.lines import FEN, NOTHING, number, unit_name
from kefu.billing.pricing.stretches import Stretch, year_start
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff
from kefu.company.tariffs.parts import Household, Period, Tier

ORDINALS = "一二三四五六七八九"
OVER = {"month": "每月", "calendar_year": "全年", "season": "每季", "none": ""}


@dataclass(frozen=True)
class Plan:
    """`bounds`: the last unit of every tier but the open one, as this customer has them."""

    tiers: Sequence[Tier]
    bounds: tuple[Decimal, ...]
    periods: Sequence[Period]
    over: str
    unit: str
    season: str

    def split(self, quantity: Decimal, before: Decimal) -> list[tuple[int, Decimal]]:
        """(tier from 1, quantity) for usage that begins after `before`; a bound itself is in the lower tier."""
        found, low, end = [], NOTHING, before + quantity
        for tier, high in enumerate((*self.bounds, end), 1):
            part = min(end, high) - max(before, low)
            if part > 0:
                found.append((tier, part))
            low = high
        return found

    def label(self, tier: int) -> str:
        """第二档（每月200–400度）."""
        if not self.bounds:
            return ""
        low = self.bounds[tier - 2] if tier > 1 else NOTHING
        top = self.bounds[tier - 1] if tier <= len(self.bounds) else None
        span = f"超过{number(low)}" if top is None else f"{number(low)}–{number(top)}"
        return f"第{ORDINALS[tier - 1]}档（{self.season}{self.over}{span}{unit_name(self.unit)}）"


def plan_for(stretch: Stretch, use: Use, customer: Customer) -> Plan:
    """The tiers that hold for a stretch. Raises CannotPrice when the month is needed and not known."""
    row = stretch.tariff
    tiers, periods, season = row.tiers, row.periods, ""
    if row.by_month:
        if stretch.end is None:
            raise CannotPrice("this tariff differs by month: the usage needs dates")
        special = next((one for one in row.by_month if stretch.end.month in one.months), None)
        if special is not None:
            tiers, periods, season = special.tiers or tiers, special.periods or periods, special.label
    flat = _flat_price(row.household, customer)
    if flat is not None:
        tiers, periods = [Tier(price=flat)], []
    bounds = tuple(tier.upto for tier in tiers if tier.upto is not None)
    bounds = _shortened(row, _widened(row, bounds, customer), stretch, use, customer)
    return Plan(tiers, bounds, periods, OVER[row.accumulates], row.unit, season)


def _flat_price(rule: Household | None, customer: Customer) -> Decimal | None:
    if rule is None or rule.flat_from is None or (customer.household_size or 0) < rule.flat_from:
        return None
    return rule.flat_price


def _widened(row: Tariff, bounds: tuple[Decimal, ...], customer: Customer) -> tuple[Decimal, ...]:
    """For many persons: every bound, or those the rule names."""
    rule, persons = row.household, customer.household_size or 0
    if rule is None or persons <= rule.above or not bounds:
        return bounds
    more = rule.add * (persons - rule.above if rule.each else 1)
    if (rule.per, row.accumulates) == ("month", "calendar_year"):
        more *= 12
    elif (rule.per, row.accumulates) == ("year", "month"):
        more = (more / 12).quantize(FEN)
    wide = tuple(
        bound + more if rule.widens is None or n in rule.widens else bound for n, bound in enumerate(bounds, 1)
    )
    return tuple(max(wide[: n + 1]) for n in range(len(wide)))  # a tier that was passed by a wider one is empty


def _shortened(
    row: Tariff, bounds: tuple[Decimal, ...], stretch: Stretch, use: Use, customer: Customer
) -> tuple[Decimal, ...]:
    """Bills of several months have as many times the bounds, a part of a month its part, a year begun late its rest."""
    if row.accumulates == "month":
        factor = stretch.share if row.bounds_of == "bill" else use.month_count * stretch.share
    elif row.move_in is not None:
        factor = _months_of_year(row, stretch, customer) / Decimal(12)
    else:
        return bounds
    return bounds if factor == 1 else tuple((bound * factor).quantize(FEN) for bound in bounds)


def _months_of_year(row: Tariff, stretch: Stretch, customer: Customer) -> Decimal:
    """12, or in the year of moving in what is left of it, the month of moving in among them."""
    opened = customer.opened_on
    if opened is None:
        return Decimal(12)
    if stretch.end is None:
        raise CannotPrice("the account was opened within some year: the usage needs dates")
    if opened > stretch.end:
        raise CannotPrice(f"the account was opened on {opened}, after this bill")
    first = year_start(row, stretch.end)
    if opened < first:
        return Decimal(12)
    return Decimal(12 - ((opened.year - first.year) * 12 + opened.month - first.month))
