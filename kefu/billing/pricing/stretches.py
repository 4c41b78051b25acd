"""Which row of a tariff prices which days of a bill: cut where a price, a season or (if it says so) a year begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from kefu.billing.pricing.lines import NOTHING
from kefu.billing.pricing.use import CannotPrice, Use
from kefu.clock import day_name
from kefu.company.tariffs import Tariff

DAY = timedelta(days=1)
ONE = Decimal(1)


@dataclass(frozen=True)
class Stretch:
    """Days of a bill that one row prices: its part of the usage, what the year had used before, its part of the days."""

    tariff: Tariff
    start: date | None
    end: date | None
    quantity: Decimal
    hours: dict[str, Decimal]
    used_before: Decimal
    share: Decimal
    label: str


def stretches(versions: Sequence[Tariff], use: Use) -> list[Stretch]:
    """The bill in one piece, or cut; usage goes by days, the pieces sum to it.

    Raises CannotPrice when no row holds, or days are needed and not known.
    """
    if use.start is None or use.end is None:
        if len(versions) > 1:
            raise CannotPrice("the price changed: the usage needs from and to")
        return [Stretch(versions[0], use.start, use.end, use.quantity, dict(use.hours), use.before, ONE, "")]
    cuts = _cuts(versions, use.start, use.end)
    if not cuts:
        row = _row_of(versions, use.start, use.end)
        return [Stretch(row, use.start, use.end, use.quantity, dict(use.hours), use.before, ONE, "")]
    found: list[Stretch] = []
    for first, after in pairwise([use.start, *cuts, use.end + DAY]):
        found.append(_piece(_row_of(versions, first, after - DAY), use, first, after, found))
    return found


def row_on(versions: Sequence[Tariff], day: date | None) -> Tariff:
    """The row in force on a day; the newest where none is or the day is not known."""
    return next((row for row in versions if day is not None and row.holds_on(day)), versions[-1])


def year_start(row: Tariff, day: date) -> date:
    """First day of the tariff's year that a day is in."""
    month = int(row.year_starts[:2])
    return date(day.year if day.month >= month else day.year - 1, month, 1)


def cut_by_year(row: Tariff) -> bool:
    """Whether a bill over the turn of the year is cut there."""
    return row.at_year_turn == "days" and row.accumulates == "calendar_year"


def _row_of(versions: Sequence[Tariff], first: date, last: date) -> Tariff:
    row = next((row for row in versions if row.holds_on(first)), None)
    if row is None or not row.holds_on(last):
        raise CannotPrice(f"no price holds on {first if row is None else last}")
    return row


def _piece(row: Tariff, use: Use, first: date, after: date, done: list[Stretch]) -> Stretch:
    assert use.start is not None and use.end is not None  # a bill without days is in one piece
    last, days = after - DAY, (use.end - use.start).days + 1
    span = (first - use.start).days, (after - use.start).days, days
    hours = {kind: _between(amount, row.apportion_to, *span) for kind, amount in use.hours.items()}
    quantity = sum(hours.values(), NOTHING) if hours else _between(use.quantity, row.apportion_to, *span)
    earlier = done
    if cut_by_year(row):
        earlier = [one for one in done if one.end and year_start(row, one.end) == year_start(row, first)]
    old_year = cut_by_year(row) and year_start(row, first) != year_start(row, use.start)
    before = sum((one.quantity for one in earlier), NOTHING if old_year else use.before)
    label = f"{day_name(first)}至{day_name(last)} "
    return Stretch(row, first, last, quantity, hours, before, Decimal((after - first).days) / days, label)


def _between(amount: Decimal, step: Decimal, first: int, after: int, days: int) -> Decimal:
    """What is used from the day `first` (from 0) to the one before `after`, in whole steps; the pieces sum up."""
    until = amount if after == days else (amount * after / days).quantize(step)
    return until - (amount * first / days).quantize(step)


def _cuts(versions: Sequence[Tariff], start: date, end: date) -> list[date]:
    """Days after `start` on which another price begins."""
    cuts = {row.valid_from for row in versions if start < row.valid_from <= end}
    if (start.year, start.month) != (end.year, end.month) and any(row.by_month or cut_by_year(row) for row in versions):
        for first in _firsts_of_months(start, end):
            row = row_on(versions, first)
            turned = cut_by_year(row) and first == year_start(row, first)
            if turned or _season_of(row, first) != _season_of(row, first - DAY):
                cuts.add(first)
    return sorted(cuts)


def _season_of(row: Tariff, day: date) -> int | None:
    return next((n for n, one in enumerate(row.by_month) if day.month in one.months), None)


def _firsts_of_months(start: date, end: date) -> list[date]:
    """Firsts of months after `start`, up to `end`."""
    months = range(start.year * 12 + start.month, end.year * 12 + end.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]
