"""Prices in words, composed from company/tariffs/: nobody writes a price twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import get_args

from kefu.billing.pricing.plan import ORDINALS, OVER
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.company.tariffs import Tariff
from kefu.company.tariffs.parts import Charge
from kefu.company.yaml_lines import Service
from kefu.knowledge.answers import Answer, Choice
from kefu.nlu.normalise import normalise
from kefu.nlu.values.service import find_services

UNITS = {"kWh": "度", "m³": "立方米", "m²": "平方米"}
UNITS_OF_HEAT = {"kWh": "千瓦时", "GJ": "吉焦"}
TIMES = {"season": "一个采暖季", "month": "每月", "day": "每天", "bill": "每期"}
SIZES = {"m²": "平方米", "kVA": "千伏安", "kW": "千瓦"}
RESETS = {"month": "阶梯按月算，用不完的不留到下个月", "calendar_year": "阶梯按全年累计，每年1月1日重新从第一档算"}


def named_service(text: str) -> str | None:
    """The service a text names, if it names exactly one."""
    named = {value.value for value in find_services(text)}
    return named.pop() if len(named) == 1 else None


def tariff_answer(
    company: CompanyData, service: str | None, text: str, tariff_id: str | None = None, customer_class: str = "resident"
) -> Answer | Choice | None:
    """The prices of a service. What the text asks for wins (`about` of the row), then the customer's own tariff.

    A Choice if the service is neither given nor named; None if there are no such prices.
    """
    prices = company.tariffs.in_force(company.company.city, local(clock.now()).date())
    known = service or named_service(text) or _only_asked(prices, text)
    if known is None:
        offered = {row.service for row in prices}
        return Choice(tuple(one for one in get_args(Service) if one in offered))
    rows = [row for row in prices if row.service == known]
    row = tariff_of(company, known, text, tariff_id, customer_class)
    if row is None:
        return None
    lines = (*_lines(row), *(line for other in _beside(rows, row) for line in other))
    return Answer(row.name, lines, row.source, row.checked_on, row.id)


def tariff_of(
    company: CompanyData, service: str, text: str, tariff_id: str | None = None, customer_class: str = "resident"
) -> Tariff | None:
    """The price of a service that a text asks for, else the customer's own, else the usual one; None if there is none."""
    prices = company.tariffs.in_force(company.company.city, local(clock.now()).date())
    return _choose([row for row in prices if row.service == service], text, tariff_id, customer_class)


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


def _beside(rows: list[Tariff], told: Tariff) -> Iterator[Iterator[str]]:
    """The other prices a customer of this class can have, each told after its name."""
    for row in rows:
        if row is not told and row.customer_class == told.customer_class:
            yield (f"{row.name}，{line}" for line in _core(row))


def _lines(row: Tariff) -> Iterator[str]:
    yield from _core(row)
    if row.season:
        first, last = (tuple(map(int, day.split("-"))) for day in (row.season.first, row.season.last))
        yield f"采暖季：{first[0]}月{first[1]}日到次年{last[0]}月{last[1]}日"
    if row.accumulates in RESETS and len(row.tiers) > 1:
        yield RESETS[row.accumulates]
    for number, tier in enumerate(row.tiers, 1):
        if tier.components:
            parts = "、".join(f"{name}{plain(price)}元" for name, price in tier.components.items())
            yield f"第{ORDINALS[number - 1]}档的{plain(sum(tier.components.values(), Decimal(0)))}元里：{parts}"
    since = row.valid_from
    yield f"从{since.year}年{since.month}月{since.day}日起执行"


def _core(row: Tariff) -> Iterator[str]:
    """What a unit costs, in three lines at most for three tiers."""
    if row.periods:
        yield from _by_the_hour(row)
    elif row.charges:
        yield from (_standing(charge) for charge in row.charges)
        if row.tiers and row.tiers[0].price is not None:
            yield f"计量热费每{UNITS_OF_HEAT.get(row.unit, row.unit)}{plain(row.tiers[0].price)}元，按热表读数算"
    else:
        yield from _by_tiers(row)


def _standing(charge: Charge) -> str:
    """一个采暖季每平方米24元."""
    times = [TIMES[per] for per in charge.per if per in TIMES]
    each = "".join(f"每{SIZES[per]}" for per in charge.per if per in SIZES)
    return f"{charge.label}{''.join(times)}{each}{plain(charge.price)}元"


def _by_tiers(row: Tariff) -> Iterator[str]:
    unit, over = UNITS[row.unit], OVER[row.accumulates]
    if len(row.tiers) == 1:
        assert row.tiers[0].price is not None  # without hours a tier has one price (checked at load)
        yield f"每{unit}{plain(row.tiers[0].price)}元，不分档"
        return
    for number, tier in enumerate(row.tiers, 1):
        assert tier.price is not None
        yield f"第{ORDINALS[number - 1]}档：{over}{_span(row, number)}，每{unit}{plain(tier.price)}元"


def _span(row: Tariff, number: int) -> str:
    """200度以内（含200）; 超过200到400度的部分; 超过400度的部分."""
    unit, low, top = UNITS[row.unit], row.bounds[number - 2] if number > 1 else None, row.tiers[number - 1].upto
    if top is None:
        return f"超过{low}{unit}的部分"
    return f"超过{low}到{top}{unit}的部分" if low else f"{top}{unit}以内（含{top}）"


def _by_the_hour(row: Tariff) -> Iterator[str]:
    unit, base = UNITS[row.unit], row.tiers[0].price
    if base is None:  # every tier has its own prices by hours
        for number, tier in enumerate(row.tiers, 1):
            prices = "，".join(f"{one.label}{plain(tier.prices[one.kind])}元" for one in row.periods)
            yield (
                f"第{ORDINALS[number - 1]}档：{OVER[row.accumulates]}{_span(row, number)}，" if row.bounds else ""
            ) + prices
        return
    for period in row.periods:
        assert period.difference is not None
        yield f"{period.label}（{period.told}）：每{unit}{plain(base + period.difference)}元"
    steps = [
        f"超过{low}{unit}的部分每{unit}加{plain(tier.price - base)}元"
        for low, tier in zip(row.bounds, row.tiers[1:], strict=True)
        if tier.price is not None
    ]
    if steps:
        yield f"{OVER[row.accumulates]}" + "，".join(steps)


def plain(amount: Decimal) -> str:
    """0.5380 → 0.538, 24.00 → 24."""
    return format(amount.normalize(), "f")
