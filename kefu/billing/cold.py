"""What a cold room would be worth: the day's share of an account's season fee, by the temperature measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kefu.accounts.models import Account
from kefu.billing.pricing.engine import price
from kefu.billing.pricing.lines import Line
from kefu.billing.pricing.standing import season_days
from kefu.billing.pricing.sums import Cold, cold_refund
from kefu.billing.pricing.use import Use
from kefu.billing.service import customer_of
from kefu.company.tariffs import Tariff, TariffBook


@dataclass(frozen=True)
class Season:
    """First and last day of the heating season of a price, and whether the day asked about lies in it."""

    first: date
    last: date
    on: bool


def heating_season(book: TariffBook, city: str, day: date, account: Account | None = None) -> Season | None:
    """The season of the account's price, else of the city's price for homes; None where no price of heat names one.

    Between two seasons the one to come is meant.
    """
    own = book.on(account.tariff, day) if account is not None else None
    city_rows = [row for row in book.in_force(city, day) if row.service == "heat" and row.season is not None]
    rows = [row for row in [own] if row is not None and row.season is not None] + city_rows
    if not rows:
        return None
    assert rows[0].season is not None
    first, last = rows[0].season.days_of(day)
    return Season(first, last, first <= day <= last)


def refund_a_day(book: TariffBook, account: Account, degrees: Decimal, day: date) -> Line | None:
    """One day's money back (yuan) at that temperature (°C): season's fee ÷ season days × share.

    None where the account's price has no such rule, the heated area is not known, or the room is warm enough.
    Rule: `cold_refund` of the account's tariff, with its source there.
    """
    row = book.on(account.tariff, day)
    if row is None or row.cold_refund is None or account.heated_area_m2 is None:
        return None
    days = season_days(row.season, Use(start=day))
    if days is None:
        return None
    lines = cold_refund(row, _season_fee(row, account), days, [Cold(1, degrees)])
    return lines[0] if lines else None


def _season_fee(row: Tariff, account: Account) -> Decimal:
    return price([row], Use(), customer_of(account)).total


def refund_bands(
    book: TariffBook, city: str, day: date, account: Account | None = None
) -> list[tuple[Decimal | None, Decimal | None, Decimal]]:
    """From and below which temperature (°C, None: no end) which share of a day's fee is given back.

    Of the account's price, else of the city's for homes; empty where no price has such a rule, or where several differ.
    Rule: `cold_refund` of the tariff, with its source there.
    """
    own = book.on(account.tariff, day) if account is not None else None
    rows = [own] if own is not None else [row for row in book.in_force(city, day) if row.service == "heat"]
    rules = [row.cold_refund for row in rows if row.cold_refund is not None]
    if not rules or any(rule.bands != rules[0].bands for rule in rules):
        return []
    return [
        (_either(band.at_least, band.above), _either(band.below, band.at_most), band.share) for band in rules[0].bands
    ]


def _either(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one
