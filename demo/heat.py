"""Heating: by floor area, or a basic charge and metered heat. Bills for November to March only."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from demo.books import Books, Charge
from demo.people import Customer
from demo.periods import Period
from demo.tariffs import TARIFFS, Line, line, share
from demo.usage import first_reading, monthly_usage

SEASON = "本季{days}天全价{price}元/m²"
BY_AREA, METERED = TARIFFS["yj-heat-area"], TARIFFS["yj-heat-metered"]


def write_account(books: Books, customer: Customer, history: list[Period]) -> None:
    """Adds the whole history of one heat account to the books."""
    metered = customer.tariff == METERED.id
    usage = monthly_usage(customer, history) if metered else {}
    value = first_reading(customer)
    draw = Random(customer.seed + 3)
    if metered:
        books.read(customer, history[0].start - timedelta(days=1), value, None)
    for period in history:
        before, value = value, value + usage.get(period.back, 0)
        if metered:
            books.read(customer, period.end, value, None)
        heated = heated_part(period)
        if heated is None:
            continue
        area = customer.heated_area or 0
        if metered:
            charge = _metered(heated, area, before, value)
        else:
            charge = Charge(
                Decimal(area), "m²", (_share_line("area", "面积热费", heated, area, BY_AREA.tiers[0].price),)
            )
        books.settle(customer, books.bill(customer, heated, charge, "unpaid", issued=period.issued), period.back, draw)


def heated_part(period: Period) -> Period | None:
    """The days of a month on which heating runs (15 November to 15 March); None outside the season."""
    first, last = _season(period)
    start, end = max(period.start, first), min(period.end, last)
    return Period(period.back, period.name, start, end) if start <= end else None


def _season(period: Period) -> tuple[date, date]:
    """First and last day of the season that a month belongs to."""
    assert BY_AREA.season is not None
    return BY_AREA.season.days_of(period.start)


def _metered(heated: Period, area: int, before: int, after: int) -> Charge:
    assert METERED.basic is not None
    lines = (
        _share_line("basic", METERED.basic.label, heated, area, METERED.basic.price),
        line("component", "计量热费", after - before, "kWh", METERED.tiers[0].price),
    )
    return Charge(Decimal(after - before), "kWh", lines, Decimal(before), Decimal(after))


def _share_line(kind: str, name: str, heated: Period, area: int, season_price: Decimal) -> Line:
    first, last = _season(heated)
    season_days = (last - first).days + 1
    price = share(season_price, (heated.start - first).days, heated.days, season_days)
    span = f"{heated.start.month}月{heated.start.day}日至{heated.end.month}月{heated.end.day}日{heated.days}天"
    label = f"{name}（{span}，{SEASON.format(days=season_days, price=season_price)}）"
    return line(kind, label, area, "m²", price)
