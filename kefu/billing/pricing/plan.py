"""The tiers and hours that hold for one customer in one stretch of days: bounds widened, pro-rated, by season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kefu.billing.pricing.lines import NOTHING, number, unit_name
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff
from kefu.company.tariffs.parts import Household, Period, Tier

ORDINALS = "一二三四五六七八九"
OVER = {"month": "每月", "calendar_year": "全年", "season": "每季", "none": ""}


@dataclass(frozen=True)
class Stretch:
    """Days of a bill that one row prices: its part of the usage, what the year had used before."""

    tariff: Tariff
    start: date | None
    end: date | None
    quantity: Decimal
    hours: dict[str, Decimal]
    used_before: Decimal
    share: Decimal
    label: str


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
    factor = {("month", True): Decimal(12), ("year", False): 1 / Decimal(12)}.get(
        (rule.per, row.accumulates == "calendar_year"), Decimal(1)
    )
    more = rule.add * factor * (persons - rule.above if rule.each else 1)
    wide = tuple(
        bound + more if rule.widens is None or n in rule.widens else bound for n, bound in enumerate(bounds, 1)
    )
    return tuple(max(wide[: n + 1]) for n in range(len(wide)))  # a tier that was passed by a wider one is empty


def _shortened(
    row: Tariff, bounds: tuple[Decimal, ...], stretch: Stretch, use: Use, customer: Customer
) -> tuple[Decimal, ...]:
    """Bills of several months have as many times the bounds, a part of a month its part, a year begun late its rest."""
    if row.accumulates == "month":
        months = use.months if row.bounds_of == "months" else Decimal(1)
        factor = months * stretch.share
    else:
        factor = _months_of_year(row, stretch, customer) / Decimal(12)
    return bounds if factor == 1 else tuple((bound * factor).quantize(Decimal("0.01")) for bound in bounds)


def _months_of_year(row: Tariff, stretch: Stretch, customer: Customer) -> Decimal:
    opened = customer.opened_on
    if row.accumulates != "calendar_year" or row.move_in is None or opened is None or stretch.end is None:
        return Decimal(12)
    first = year_start(row, stretch.end)
    if opened < first:
        return Decimal(12)
    return Decimal(12 - ((opened.year - first.year) * 12 + opened.month - first.month))


def year_start(row: Tariff, day: date) -> date:
    """First day of the tariff's year that a day is in."""
    month = int(row.year_starts[:2])
    return date(day.year if day.month >= month else day.year - 1, month, 1)


# --- which row prices which days -----------------------------------------------------------------------------------------
def stretches(versions: Sequence[Tariff], use: Use) -> list[Stretch]:
    """The bill cut where a new row, another season or (if the tariff says so) a new year begins; usage goes by days.

    Raises CannotPrice when no row holds, or days are needed and not known.
    """
    if use.start is None or use.end is None:
        if len(versions) > 1:
            raise CannotPrice("the price changed: the usage needs dates")
        return [Stretch(versions[0], None, use.end, use.quantity, dict(use.hours), use.used_before, Decimal(1), "")]
    cuts = [use.start, *sorted(_cuts(versions, use.start, use.end)), use.end + timedelta(days=1)]
    found: list[Stretch] = []
    before, days = use.used_before, (use.end - use.start).days + 1
    left, left_hours = use.quantity, dict(use.hours)
    for first, after in zip(cuts, cuts[1:], strict=False):
        last = after - timedelta(days=1)
        row = next((row for row in versions if row.holds_on(first)), None)
        if row is None:
            raise CannotPrice(f"no price holds on {first}")
        share = Decimal((after - first).days) / days
        if after > use.end:
            quantity, hours = left, left_hours
        else:
            hours = {kind: _part(row, amount * share) for kind, amount in use.hours.items()}
            quantity = sum(hours.values(), NOTHING) if hours else _part(row, use.quantity * share)
        if row.at_year_turn == "days" and found and year_start(row, first) != year_start(row, use.start):
            before = sum(
                (one.quantity for one in found if year_start(row, one.end or first) == year_start(row, first)), NOTHING
            )
        label = "" if len(cuts) == 2 else f"{first.month}月{first.day}日至{last.month}月{last.day}日 "
        found.append(Stretch(row, first, last, quantity, hours, before, share, label))
        before, left = before + quantity, left - quantity
        left_hours = {kind: amount - hours[kind] for kind, amount in left_hours.items()}
    return found


def _part(row: Tariff, amount: Decimal) -> Decimal:
    return amount.quantize(row.apportion_to)


def _cuts(versions: Sequence[Tariff], start: date, end: date) -> set[date]:
    cuts = {row.valid_from for row in versions if start < row.valid_from <= end}
    for first in _firsts_of_months(start, end):
        row = next((row for row in versions if row.holds_on(first)), None)
        if row is None:
            continue
        before = first - timedelta(days=1)
        turned = row.at_year_turn == "days" and row.accumulates == "calendar_year" and first == year_start(row, first)
        if turned or _season_of(row, first) != _season_of(row, before):
            cuts.add(first)
    return cuts


def _season_of(row: Tariff, day: date) -> int | None:
    return next((n for n, one in enumerate(row.by_month) if day.month in one.months), None)


def _firsts_of_months(start: date, end: date) -> list[date]:
    """Firsts of months after `start`, up to `end`."""
    months = range(start.year * 12 + start.month, end.year * 12 + end.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]
