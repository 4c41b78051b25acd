"""Heating: by floor area, or a basic charge and metered heat. Bills for November to March only."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from demo.books import Books, Charge
from demo.people import Customer
from demo.periods import Period
from demo.tariffs import heating, tariff
from demo.usage import first_reading, monthly_usage

METERED = "yj-heat-metered"


def write_account(books: Books, customer: Customer, history: list[Period]) -> None:
    """Adds the whole history of one heat account to the books."""
    metered = customer.tariff == METERED
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
        lines = heating(customer.tariff, heated.start, heated.end, area, usage.get(period.back, 0))
        charge = (
            Charge(Decimal(value - before), "kWh", lines, Decimal(before), Decimal(value))
            if metered
            else Charge(Decimal(area), "m²", lines)
        )
        books.settle(customer, books.bill(customer, heated, charge, "unpaid", issued=period.issued), period.back, draw)


def heated_part(period: Period) -> Period | None:
    """The days of a month on which heating runs (15 November to 15 March); None outside the season."""
    first, last = _season(period)
    start, end = max(period.start, first), min(period.end, last)
    return Period(period.back, period.name, start, end) if start <= end else None


def _season(period: Period) -> tuple[date, date]:
    """First and last day of the season that a month belongs to."""
    season = tariff(METERED).season
    assert season is not None
    return season.days_of(period.start)
