"""A row of bills: each starts where the tariff's year stands after those before; a reversal takes its bill back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from kefu.billing.pricing.engine import NOBODY, price
from kefu.billing.pricing.lines import NOTHING, Priced
from kefu.billing.pricing.stretches import cut_by_year, row_on, stretches, year_start
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff

Days = tuple[date | None, date | None]


@dataclass(frozen=True)
class Reversal:
    """Takes back an earlier bill of the row (its place from 0), as a negative entry."""

    of: int


@dataclass
class _Books:
    """How much each of the tariff's years has used, and where a reversed bill had stood until its correction comes."""

    used: dict[object, Decimal] = field(default_factory=dict)
    vacant: dict[Days, Decimal] = field(default_factory=dict)
    priced: dict[int, Use] = field(default_factory=dict)


def price_history(
    versions: Sequence[Tariff], entries: Sequence[Use | Reversal], customer: Customer = NOBODY
) -> list[Priced]:
    """Bills in order. Where an entry says `used_before` that counts; else what the row used in the same year.

    After a reversal the next bill of the same days (or without days) is its correction: it stands where the wrong one
    stood. Raises CannotPrice as `price` does, and for a reversal of what is not there or is reversed already.
    """
    done: list[Priced] = []
    books = _Books()
    for place, entry in enumerate(entries):
        if isinstance(entry, Reversal):
            _take_back(versions, books, entry)
            done.append(done[entry.of].negated())
            continue
        turned = cut_by_year(row_on(versions, entry.end))
        year = _year(versions, entry.start if turned else entry.end)
        standing = books.vacant.pop((entry.start, entry.end), books.used.get(year, NOTHING))
        use = replace(entry, used_before=standing) if entry.used_before is None else entry
        done.append(price(versions, use, customer))
        books.priced[place] = use
        if entry.used_before is not None:
            books.used[year] = entry.used_before
        _count(versions, books, use, 1)
    return done


def _take_back(versions: Sequence[Tariff], books: _Books, entry: Reversal) -> None:
    use = books.priced.pop(entry.of, None)
    if use is None:
        raise CannotPrice(f"entry {entry.of + 1} cannot be reversed: it is no earlier bill, or is reversed already")
    books.vacant[use.start, use.end] = use.before
    _count(versions, books, use, -1)


def _count(versions: Sequence[Tariff], books: _Books, use: Use, sign: int) -> None:
    """Adds a bill to its year (or takes it off); one cut at the turn of the year counts in both."""
    parts = [(use.end, use.quantity)]
    if cut_by_year(row_on(versions, use.end)) and use.start is not None and use.end is not None:
        parts = [(part.end, part.quantity) for part in stretches(versions, use)]
    for end, quantity in parts:
        year = _year(versions, end)
        books.used[year] = books.used.get(year, NOTHING) + sign * quantity


def _year(versions: Sequence[Tariff], end: date | None) -> object:
    """The tariff's year a day is in; a bill is of the year of its last day. Without dates all bills are of one year."""
    if end is None:
        return None
    row = row_on(versions, end)
    if row.accumulates == "season" and row.season is not None:
        return row.season.days_of(end)
    return year_start(row, end) if row.accumulates == "calendar_year" else None
