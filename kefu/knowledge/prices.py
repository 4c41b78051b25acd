"""Prices in words, composed from company/tariffs/: nobody writes a price twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import get_args

from kefu.billing.pricing.lines import number
from kefu.billing.pricing.plan import ORDINALS, OVER
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.company.tariffs import Tariff, TariffBook
from kefu.company.tariffs.parts import Charge, Household, Period, Tier
from kefu.company.yaml_lines import Service
from kefu.knowledge.answers import Answer, Choice
from kefu.nlu.normalise import normalise
from kefu.nlu.values.service import find_services

UNITS = {"kWh": "度", "m³": "立方米", "m²": "平方米", "GJ": "吉焦"}
UNITS_OF_HEAT = {"kWh": "千瓦时", "GJ": "吉焦"}
TIMES = {"season": "一个采暖季", "month": "每月", "day": "每天", "bill": "每期"}
SIZES = {"m²": "平方米", "kVA": "千伏安", "kW": "千瓦"}


def named_service(text: str) -> str | None:
    """The service a text names, if it names exactly one."""
    named = {value.value for value in find_services(text)}
    return named.pop() if len(named) == 1 else None


def tariff_answer(
    company: CompanyData,
    service: str | None,
    text: str,
    tariff_id: str | None = None,
    customer_class: str = "resident",
    book: TariffBook | None = None,
) -> Answer | Choice | None:
    """The prices of a service. What the text asks for wins (`about` of the row), then the customer's own tariff.

    `book`: all prices, else those of the files. A Choice if the service is neither given nor named; None if there are no
    such prices.
    """
    today = local(clock.now()).date()
    prices = _in_force(company, book)
    known = service or named_service(text) or _only_asked(prices, text)
    if known is None:
        offered = {row.service for row in prices}
        return Choice(tuple(one for one in get_args(Service) if one in offered))
    rows = [row for row in prices if row.service == known]
    row = _choose(rows, text, tariff_id, customer_class)
    if row is None:
        return None
    lines = (*_lines(row, today), *(line for other in _beside(rows, row, today) for line in other))
    return Answer(row.name, lines, row.source, row.checked_on, row.id)


def tariff_of(company: CompanyData, service: str, text: str, book: TariffBook | None = None) -> Tariff | None:
    """The residents' price of a service that a text asks for, else the usual one; None if there is none.

    `book`: all prices, else those of the files.
    """
    return _choose([row for row in _in_force(company, book) if row.service == service], text, None, "resident")


def _in_force(company: CompanyData, book: TariffBook | None) -> list[Tariff]:
    """The city's prices of today; some rows hold a late fee or a refund alone."""
    rows = (book or company.tariffs).in_force(company.company.city, local(clock.now()).date())
    return [row for row in rows if row.tiers or row.charges]


def _choose(rows: list[Tariff], text: str, tariff_id: str | None, customer_class: str) -> Tariff | None:
    asked = [(_asked(row, text), row) for row in rows]
    most = max((found for found, _ in asked), default=0)
    if most:
        return next(row for found, row in asked if found == most)
    own = [row for row in rows if row.id == tariff_id]
    same_class = sorted((row for row in rows if row.customer_class == customer_class), key=lambda row: bool(row.about))
    return next(iter([*own, *same_class]), None)


def _asked(row: Tariff, text: str) -> int:
    """How many of a row's words are in the text."""
    plain = normalise(text)
    return sum(pattern.search(plain) is not None for pattern in row.about)


def _only_asked(prices: list[Tariff], text: str) -> str | None:
    """The service whose prices the text asks for by their own words, if there is but one (peak hours: electricity)."""
    asked = {row.service for row in prices if _asked(row, text)}
    return asked.pop() if len(asked) == 1 else None


def _beside(rows: list[Tariff], told: Tariff, today: date) -> Iterator[Iterator[str]]:
    """The other prices a customer of this class can have, each told after its name."""
    for row in rows:
        if row is not told and row.customer_class == told.customer_class:
            yield (f"{row.name}，{line}" for line in _core(row, today))


def _lines(row: Tariff, today: date) -> Iterator[str]:
    yield from _core(row, today)
    if row.season:
        first, last = (tuple(map(int, day.split("-"))) for day in (row.season.first, row.season.last))
        yield f"采暖季：{first[0]}月{first[1]}日到次年{last[0]}月{last[1]}日"
    if len(row.tiers) > 1:
        yield from _resets(row)
    for place, tier in enumerate(row.tiers, 1):
        if tier.components:
            parts = "、".join(f"{name}{number(price)}元" for name, price in tier.components.items())
            yield f"第{ORDINALS[place - 1]}档的{number(sum(tier.components.values(), Decimal(0)))}元里：{parts}"
    if row.household:
        yield _for_many(row, row.household)
    since = row.valid_from
    yield f"从{since.year}年{since.month}月{since.day}日起执行"


def _resets(row: Tariff) -> Iterator[str]:
    if row.accumulates == "month":
        yield "阶梯按月算，用不完的不留到下个月"
    elif row.accumulates == "calendar_year":
        yield f"阶梯按全年累计，每年{int(row.year_starts[:2])}月1日重新从第一档算"


def _for_many(row: Tariff, rule: Household) -> str:
    """家里超过4口人：每多1人，每档每月加2.5立方米."""
    unit, per = UNITS[row.unit], {"month": "每月", "year": "每年"}[rule.per]
    which = "每档" if rule.widens is None else "、".join(f"第{ORDINALS[tier - 1]}档" for tier in rule.widens)
    wider = f"{'每多1人，' if rule.each else ''}{which}{per}加{number(rule.add)}{unit}" if rule.add else ""
    flat = ""
    if rule.flat_from is not None and rule.flat_price is not None:
        flat = f"{rule.flat_from}口人起每{unit}{number(rule.flat_price)}元，不分档"
    return f"家里超过{rule.above}口人：{'；'.join(filter(None, (wider, flat)))}"


def _core(row: Tariff, today: date) -> Iterator[str]:
    """What a unit costs, in three lines at most for three tiers; where months differ, this month's first."""
    if row.charges:
        yield from (_standing(charge) for charge in row.charges)
    for season, tiers, periods in _seasons(row, today):
        if row.service == "heat" and row.charges:
            yield from _metered_heat(row)
        elif periods:
            yield from (season + line for line in _by_the_hour(row, tiers, periods))
        elif tiers:
            yield from (season + line for line in _by_tiers(row, tiers))
    for extra in row.surcharges:
        part = "" if extra.share == 1 else f"（按用量的{number(extra.share * 100)}%算）"
        yield f"另加{extra.label}：每{UNITS[row.unit]}{number(extra.price)}元{part}"


def _seasons(row: Tariff, today: date) -> list[tuple[str, list[Tier], list[Period]]]:
    """What to say before them, tiers and hours: of the whole year, or of some months each."""
    if not row.by_month:
        return [("", row.tiers, row.periods)]
    usual = [month for month in range(1, 13) if all(month not in one.months for one in row.by_month)]
    found = [(one.months, one.label, one.tiers or row.tiers, one.periods or row.periods) for one in row.by_month]
    found.append((usual, "其他月份", row.tiers, row.periods))
    found.sort(key=lambda one: today.month not in one[0])
    return [(f"{label}（{_months(months)}）", tiers, periods) for months, label, tiers, periods in found if months]


def _months(months: list[int]) -> str:
    """5月–10月; 11月–次年4月; months that do not follow one another one by one."""
    first = next((month for month in months if (month - 2) % 12 + 1 not in months), months[0])
    last = (first + len(months) - 2) % 12 + 1
    in_row = {(first + n - 1) % 12 + 1 for n in range(len(months))} == set(months)
    if not in_row or len(months) == 1:
        return "、".join(f"{month}月" for month in months)
    return f"{first}月–{'次年' if last < first else ''}{last}月"


def _metered_heat(row: Tariff) -> Iterator[str]:
    if row.tiers and row.tiers[0].price is not None:
        yield f"计量热费每{UNITS_OF_HEAT.get(row.unit, row.unit)}{number(row.tiers[0].price)}元，按热表读数算"


def _standing(charge: Charge) -> str:
    """一个采暖季每平方米24元."""
    times = [TIMES[per] for per in charge.per if per in TIMES]
    each = "".join(f"每{SIZES[per]}" for per in charge.per if per in SIZES)
    by_building = "、".join(f"{kind}×{number(factor)}" for kind, factor in charge.factors.items())
    return f"{charge.label}{''.join(times)}{each}{number(charge.price)}元" + (
        f"（{by_building}）" if by_building else ""
    )


def _by_tiers(row: Tariff, tiers: list[Tier]) -> Iterator[str]:
    unit, over = UNITS[row.unit], OVER[row.accumulates]
    for place, tier in enumerate(tiers, 1):
        assert tier.price is not None  # without hours a tier has one price (checked at load)
        if len(tiers) == 1:
            yield f"每{unit}{number(tier.price)}元，不分档"
        else:
            yield f"第{ORDINALS[place - 1]}档：{over}{_span(unit, tiers, place)}，每{unit}{number(tier.price)}元"


def _span(unit: str, tiers: list[Tier], place: int) -> str:
    """200度以内（含200）; 超过200到400度的部分; 超过400度的部分."""
    low, top = tiers[place - 2].upto if place > 1 else None, tiers[place - 1].upto
    if top is None:
        return f"超过{low}{unit}的部分"
    return f"超过{low}到{top}{unit}的部分" if low else f"{top}{unit}以内（含{top}）"


def _by_the_hour(row: Tariff, tiers: list[Tier], periods: list[Period]) -> Iterator[str]:
    unit, over, base = UNITS[row.unit], OVER[row.accumulates], tiers[0].price
    if base is None:  # every tier has its own prices by hours
        hours = "，".join(f"{one.label}{one.told}" for one in periods if one.hours)
        for place, tier in enumerate(tiers, 1):
            prices = "，".join(f"{one.label}每{unit}{number(tier.prices[one.kind])}元" for one in periods)
            span = f"第{ORDINALS[place - 1]}档：{over}{_span(unit, tiers, place)}，" if len(tiers) > 1 else ""
            yield span + prices
        yield from [hours] if hours else []
        return
    for period in periods:
        assert period.difference is not None
        hours = f"（{period.told}）" if period.hours else ""
        yield f"{period.label}{hours}：每{unit}{number(base + period.difference)}元"
    steps = [
        f"超过{low.upto}{unit}的部分每{unit}加{number(tier.price - base)}元"
        for low, tier in zip(tiers, tiers[1:], strict=False)
        if tier.price is not None
    ]
    if steps:
        yield over + "，".join(steps)
