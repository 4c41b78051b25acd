"""Charges beside the metered usage: heated area, capacity, demand, fixed sums; the power factor's adjustment."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from kefu.billing.pricing.lines import NOTHING, Writer, divided, number
from kefu.billing.pricing.stretches import Stretch
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.clock import day_name
from kefu.company.tariffs import Tariff
from kefu.company.tariffs.parts import Charge, Season

NAMES = {"m²": "平方米", "kVA": "千伏安", "kW": "千瓦", "month": "个月", "day": "天", "bill": "期"}
BY_DAYS = {"day", "season"}


@dataclass(frozen=True)
class _Factor:
    """A charge is its price × `times` ÷ `over` of each; `text` says it."""

    text: str
    times: Decimal
    over: Decimal = Decimal(1)


def write_charges(writer: Writer, parts: Sequence[Stretch], use: Use, customer: Customer) -> None:
    """A line for each standing charge; where a charge changed within the bill, one for each price's days.

    Raises CannotPrice naming what the bill or the account does not say.
    """
    last = parts[-1].tariff
    if all(part.tariff.charges == last.charges for part in parts):
        for charge in last.charges:
            _write_charge(writer, last, charge, use, customer)
        return
    for part in parts:
        own = replace(use, start=part.start, end=part.end, day_count=None, months=use.month_count)
        share = _Factor(f"{own.days}天 ÷ {use.days}天", Decimal(own.days or 0), Decimal(use.days or 1))
        for charge in part.tariff.charges:
            factors = [] if BY_DAYS & set(charge.per) else [share]
            _write_charge(writer, part.tariff, charge, own, customer, part.label, factors)


def _write_charge(
    writer: Writer, row: Tariff, charge: Charge, use: Use, customer: Customer, label: str = "",
    shares: Sequence[_Factor] = (),
) -> None:  # fmt: skip
    each, told = charge.price, ""
    factors = [_amount(per, charge, row.season, use, customer) for per in charge.per if per != "season"]
    sizes = len(factors)
    if "season" in charge.per and row.season is not None:
        of_season = _of_season(row.season, use)
        told = _told(of_season)
        if charge.share_to is not None:
            each = _shared_out(charge, of_season)
            told = told and f"{told[:-1]}全价{number(charge.price)}元）"
        else:
            factors += [_part_of_season(of_season)] if of_season is not None else []
    factors += shares
    building = _building(charge, customer)
    factors += [] if building == 1 else [_Factor(number(building), building)]
    exact, over = each, Decimal(1)
    for factor in factors:
        exact, over = exact * factor.times, over * factor.over
    exact = exact if over == 1 else divided(exact, over)
    formula = " × ".join(
        [*(one.text for one in factors[:sizes]), f"{number(each)}元", *(one.text for one in factors[sizes:])]
    )
    plain = len(factors) == 1 and sizes == 1 and factors[0].over == 1
    writer.write(
        "basic" if row.tiers else "area", label + charge.label + told, exact, formula,
        quantity=factors[0].times if plain else None,
        unit=next(per for per in charge.per if per != "season") if plain else None,
        price=each if plain else None,
    )  # fmt: skip


# --- parts of a season ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _InSeason:
    """Days of a season before a bill's first, the bill's, and all of them."""

    first: date
    last: date
    before: int
    days: int
    all_days: int


def _of_season(season: Season, use: Use) -> list[_InSeason] | None:
    """The bill's days in each season it touches; None where it has no days: then it is for a whole season."""
    if use.start is None or use.end is None:
        return None
    found = []
    for year in range(season.days_of(use.start)[0].year, season.days_of(use.end)[0].year + 1):
        first, last = season.days(year)
        start, end = max(use.start, first), min(use.end, last)
        days = (end - start).days + 1
        if days > 0:
            found.append(_InSeason(start, end, (start - first).days, days, (last - first).days + 1))
    return found


def _told(parts: list[_InSeason] | None) -> str:
    if parts is None:
        return ""
    spans = [f"{day_name(one.first)}至{day_name(one.last)}{one.days}天，本季{one.all_days}天" for one in parts]
    return f"（{'；'.join(spans) or '不在采暖季'}）"


def _part_of_season(parts: list[_InSeason]) -> _Factor:
    over = Decimal(1)
    for one in parts:
        over *= one.all_days
    times = sum((one.days * over / one.all_days for one in parts), NOTHING)
    text = " + ".join(f"{one.days}天 ÷ {one.all_days}天" for one in parts) or "0天"
    return _Factor(text if len(parts) < 2 else f"（{text}）", times, over)


def _shared_out(charge: Charge, parts: list[_InSeason] | None) -> Decimal:
    """The price of the bill's days in the charge's own steps, so that the parts of a season add up to its price."""
    if parts is None:
        return charge.price
    ends = [(_so_far(charge, one.before + one.days, one), _so_far(charge, one.before, one)) for one in parts]
    return sum((until - before for until, before in ends), NOTHING)


def _so_far(charge: Charge, days: int, part: _InSeason) -> Decimal:
    assert charge.share_to is not None
    return (charge.price * days / part.all_days).quantize(charge.share_to, ROUND_HALF_UP)


def season_days(season: Season | None, use: Use) -> int | None:
    """Days of the heating season a usage lies in; None when either is not known."""
    if season is None or use.start is None:
        return None
    first, last = season.days_of(use.start)
    return (last - first).days + 1


# --- what a charge is counted in -----------------------------------------------------------------------------------------
def _amount(per: str, charge: Charge, season: Season | None, use: Use, customer: Customer) -> _Factor:
    if per == "month":
        return _months(use)
    known: dict[str, Decimal | int | None] = {
        "m²": customer.heated_area,
        "kVA": customer.capacity,
        "kW": use.demand,
        "day": _days(season, use),
        "bill": 1,
    }
    amount = known[per]
    if amount is None:
        raise CannotPrice(f"{charge.label}: how many {per} is not known")
    return _Factor(f"{number(Decimal(amount))}{NAMES[per]}", Decimal(amount))


def _days(season: Season | None, use: Use) -> int | None:
    """Days of the bill; where the tariff has a heating season only those on which heating runs."""
    parts = _of_season(season, use) if season is not None else None
    return use.days if parts is None else sum(one.days for one in parts)


def _months(use: Use) -> _Factor:
    """Months of the bill, or the part of a month a capacity was in service (days ÷ calendar days)."""
    if use.service_days is None:
        return _Factor(f"{number(use.month_count)}个月", use.month_count)
    days = monthrange(use.end.year, use.end.month)[1] if use.end else use.days
    if not days:
        raise CannotPrice("days in service need the month they are in")
    if use.service_days > days:
        raise CannotPrice(f"{use.service_days} days in service are more than the month's {days}")
    return _Factor(f"{use.service_days}天 ÷ {days}天", Decimal(use.service_days), Decimal(days))


def _building(charge: Charge, customer: Customer) -> Decimal:
    if not charge.factors:
        return Decimal(1)
    factor = charge.factors.get(customer.building or "")
    if factor is None:
        raise CannotPrice(f"{charge.label}: the kind of building is not known, one of {', '.join(charge.factors)}")
    return factor


def write_power_factor(writer: Writer, row: Tariff, use: Use) -> None:
    """Added to, or taken off, basic and energy charge; additions (funds collected for others) do not bear it."""
    rate = use.power_factor_rate
    if rate is None and row.power_factor is not None and use.power_factor is not None:
        rate = row.power_factor.rate(use.power_factor)
    if rate is None:
        return
    label = row.power_factor.label if row.power_factor else "力率调整电费"
    so_far = sum((line.amount for line in writer.lines if line.kind != "surcharge"), NOTHING)
    writer.write("power_factor", label, so_far * rate, f"{number(so_far)}元 × {number(rate * 100)}%")
