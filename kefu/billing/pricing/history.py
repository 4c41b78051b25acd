"""A row of bills: each starts where the tariff's year stands after those before; a reversal takes its bill back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kefu.billing.pricing.engine import NOBODY, price
from kefu.billing.pricing.lines import NOTHING, Priced
from kefu.billing.pricing.plan import year_start
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff


@dataclass(frozen=True)
class Reversal:
    """Takes back an earlier bill of the row (its place from 0), as a negative entry."""

    of: int


def price_history(
    versions: Sequence[Tariff], entries: Sequence[Use | Reversal], customer: Customer = NOBODY
) -> list[Priced]:
    """Bills in order. What an entry has `used_before` counts for the first one of a year; after that the row counts.

    Raises CannotPrice as `price` does, and for a reversal of what is not there or is reversed already.
    """
    done: list[Priced] = []
    year: object = None
    used = NOTHING
    reversed_: set[int] = set()
    for entry in entries:
        if isinstance(entry, Reversal):
            used -= _taken_back(entries, entry.of, len(done), reversed_)
            done.append(done[entry.of].negated())
            continue
        own_year = _year(versions, entry)
        if own_year != year or not done:
            year, used = own_year, entry.used_before
        done.append(price(versions, replace(entry, used_before=used), customer))
        used = _used_after(versions, entry, used)
    return done


def _taken_back(entries: Sequence[Use | Reversal], of: int, place: int, reversed_: set[int]) -> Decimal:
    entry = entries[of] if 0 <= of < place else None
    if not isinstance(entry, Use) or of in reversed_:
        raise CannotPrice(f"entry {of} cannot be reversed: it is no earlier bill, or is reversed already")
    reversed_.add(of)
    return entry.quantity


def _year(versions: Sequence[Tariff], use: Use) -> object:
    """The tariff's year a bill belongs to: that of its last day. Without dates all bills are of one year."""
    row = versions[-1]
    if use.end is None or row.accumulates not in ("calendar_year", "season"):
        return None
    return row.season.days_of(use.end) if row.accumulates == "season" and row.season else year_start(row, use.end)


def _used_after(versions: Sequence[Tariff], use: Use, used: Decimal) -> Decimal:
    """Where the year stands after a bill; one cut at the turn of the year leaves the new year's part alone."""
    row = versions[-1]
    if row.at_year_turn == "days" and use.start and use.end and year_start(row, use.start) != year_start(row, use.end):
        days_in_new = (use.end - year_start(row, use.end)).days + 1
        whole = (use.end - use.start).days + 1
        return (use.quantity * days_in_new / whole).quantize(row.apportion_to)
    return used + use.quantity
