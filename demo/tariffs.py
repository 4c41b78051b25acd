"""The demo city's bills, priced by the engine from company/tariffs/yunjiang.yml: no number stands here."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from kefu.billing.pricing.engine import price
from kefu.billing.pricing.lines import Line
from kefu.billing.pricing.sums import Debt, late_fee
from kefu.billing.pricing.use import Customer, Use
from kefu.company.tariffs import Tariff, load_tariffs

BOOK = load_tariffs(Path(__file__).resolve().parent.parent / "company")


@lru_cache(maxsize=100)
def tariff(name: str) -> Tariff:
    """The city's prices have always been these: its clock may be set to any day."""
    return BOOK.versions(name)[-1].model_copy(update={"valid_from": date.min})


@lru_cache(maxsize=20000)
def metered(name: str, usage: int, before: int = 0, peak: int | None = None) -> tuple[Line, ...]:
    """`before`: used earlier in the tariff's year. `peak` counts for a time-of-use tariff; the rest is valley."""
    hours = {} if peak is None else {"peak": Decimal(peak), "valley": Decimal(usage - peak)}
    use = Use(quantity=Decimal(usage), hours=hours, used_before=Decimal(before))
    return price([tariff(name)], use).lines


def heating(name: str, start: date, end: date, area: int, usage: int = 0) -> tuple[Line, ...]:
    """A month's part of the season's price for an area, and the metered heat."""
    use = Use(quantity=Decimal(usage), start=start, end=end)
    return price([tariff(name)], use, Customer(heated_area=Decimal(area))).lines


def overdue(name: str, amount: Decimal, due_on: date, days: int, period: str) -> Line:
    """The late fee on a bill that was paid so many days after its due date."""
    until = due_on + timedelta(days=days)
    return late_fee(tariff(name), [Debt(amount, due_on, until, bill=f"{period}账单")])[0]


def total(lines: tuple[Line, ...]) -> Decimal:
    return sum((one.amount for one in lines), Decimal("0.00"))
