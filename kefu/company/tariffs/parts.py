"""What a tariff is made of: tiers, hours, months with prices of their own, standing charges, additions, rounding.

Money is yuan as Decimal, never a float; quantities are in the tariff's own unit (kWh, m³, m²).
"""

from __future__ import annotations

import re
from datetime import date, time
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from kefu.company.yaml_lines import Strict

ROUNDINGS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_UP}
MINUTES_A_DAY = 24 * 60
MOST_TIERS = 9  # as many as there are words for


def _exact(value: object) -> object:
    """0.1 without quotes is not a tenth to a computer: prices are text (or whole numbers)."""
    if isinstance(value, str | Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError("write prices in quotes, as text")


def _written_day(value: object) -> object:
    """20260101 without hyphens would be read as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"(19|2[01])\d\d-\d\d-\d\d", value):
        raise ValueError("write days as 2026-01-31")
    if not isinstance(value, str | date):
        raise ValueError("write days as 2026-01-31")
    return value


Price = Annotated[Decimal, BeforeValidator(_exact), Field(max_digits=24, decimal_places=10)]
Charged = Annotated[Price, Field(ge=0)]
Quantity = Annotated[Price, Field(ge=0)]
Day = Annotated[date, BeforeValidator(_written_day)]
Hour = Literal["sharp", "peak", "flat", "valley", "deep"]
HOURS: tuple[Hour, ...] = get_args(Hour)  # the dearest first
MOST_TIERS = 9


class Rounding(Strict):
    """`at: line`: every line to the fen, the total is their sum. `at: total`: lines exact, the total once."""

    at: Literal["line", "total"]
    to: Price = Field(Decimal("0.01"), gt=0)
    how: Literal["half_up", "half_even", "down", "up"] = "half_up"

    def __call__(self, amount: Decimal) -> Decimal:
        return (amount / self.to).quantize(Decimal(1), ROUNDINGS[self.how]) * self.to


class Tier(Strict):
    """`upto`: the last unit at this price (inclusive), None for the rest. One `price` (yuan a unit, all `components`
    in), or `prices` by hours."""

    upto: Quantity | None = None
    price: Charged | None = None
    prices: dict[Hour, Charged] = {}
    components: dict[str, Price] = {}

    @model_validator(mode="after")
    def one_way_of_pricing(self) -> Tier:
        if (self.price is None) == (not self.prices):
            raise ValueError("a tier has either price or prices (by hours)")
        if self.components and sum(self.components.values()) != self.price:
            raise ValueError(f"the components add up to {sum(self.components.values())}, not to {self.price}")
        return self


def rising(tiers: list[Tier]) -> list[Tier]:
    """Raises ValueError unless the bounds rise and the last tier is open."""
    bounds = [tier.upto for tier in tiers]
    known = [bound for bound in bounds[:-1] if bound is not None]
    if bounds[-1] is not None or len(known) != len(bounds) - 1:
        raise ValueError("every tier but the last needs upto, and the last must have none")
    if known != sorted(set(known)) or 0 in known:
        raise ValueError("the tiers' upto must rise")
    if len(tiers) > MOST_TIERS:
        raise ValueError(f"at most {MOST_TIERS} tiers")
    if len({frozenset(tier.prices) for tier in tiers}) > 1:
        raise ValueError("all tiers are priced by the same hours, or none")
    return tiers


class Period(Strict):
    """Hours of the day at another price. `difference` (yuan a unit) comes on top of the first tier's price; without it
    the tiers' own `prices` count. `hours`: "22:00-08:00", one or several."""

    kind: Hour
    label: str
    hours: list[Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$")]] = []
    difference: Price | None = None

    @property
    def spans(self) -> list[tuple[time, time]]:
        ends = [span.replace("24:00", "00:00").split("-") for span in self.hours]
        return [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in ends]

    @property
    def told(self) -> str:
        """08:00–22:00; over midnight: 22:00–次日08:00."""
        return "、".join(f"{a:%H:%M}–{'次日' if b <= a else ''}{b:%H:%M}" for a, b in self.spans)


def filling_the_day(periods: list[Period]) -> list[Period]:
    """Raises ValueError unless the hours cover the day once; hours may be left out altogether."""
    if len({period.kind for period in periods}) != len(periods) or len(periods) == 1:
        raise ValueError("periods are two or more, each kind once")
    if len({period.difference is None for period in periods}) > 1:
        raise ValueError("every period has a difference, or none has")
    if any(period.hours for period in periods):
        minutes = sorted(minute for period in periods for minute in _minutes(period))
        if minutes != list(range(MINUTES_A_DAY)):
            raise ValueError("the hours must fill the day without a gap, and none twice")
    return periods


def _minutes(period: Period) -> list[int]:
    found: list[int] = []
    for start, end in period.spans:
        first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        found += [minute % MINUTES_A_DAY for minute in range(first, last if last > first else last + MINUTES_A_DAY)]
    return found


class MonthsPrice(Strict):
    """Other tiers (or hours) in some months of the year: summer, a dry season."""

    months: list[Annotated[int, Field(ge=1, le=12)]] = Field(min_length=1, max_length=11)
    label: str
    tiers: list[Tier] = Field([], max_length=MOST_TIERS)
    periods: list[Period] = []

    @model_validator(mode="after")
    def something_differs(self) -> MonthsPrice:
        if not self.tiers and not self.periods:
            raise ValueError("by_month needs tiers or periods")
        rising(self.tiers) if self.tiers else None
        filling_the_day(self.periods) if self.periods else None
        return self


class Season(Strict):
    """First and last day (month-day) on which heating runs; it crosses the turn of the year."""

    first: str = Field(pattern=r"^(0[7-9]|1[0-2])-\d\d$")
    last: str = Field(pattern=r"^0[1-6]-\d\d$")

    @model_validator(mode="after")
    def days_exist(self) -> Season:
        self.days(2026)  # it ends in a year without 29 February, as most do
        return self

    def days(self, year: int) -> tuple[date, date]:
        """First and last day of the season that begins in `year`."""
        return date.fromisoformat(f"{year}-{self.first}"), date.fromisoformat(f"{year + 1}-{self.last}")

    def days_of(self, day: date) -> tuple[date, date]:
        """The season that a day's heating year (July to June) has."""
        return self.days(day.year if day.month >= 7 else day.year - 1)


class Household(Strict):
    """Wider tiers for many persons: from the one after `above`, `add` units, for `each` further person or once.

    `widens`: which bounds grow (1 is the first tier's); all where it is left out. `per`: what `add` is counted in.
    `flat_from`, `flat_price`: from so many persons one price and no tiers.
    """

    above: int = Field(ge=1)
    add: Quantity = Decimal(0)
    each: bool = True
    per: Literal["month", "year"]
    widens: list[Annotated[int, Field(ge=1)]] | None = None
    flat_from: int | None = None
    flat_price: Price | None = None

    @model_validator(mode="after")
    def flat_has_a_price(self) -> Household:
        if (self.flat_from is None) != (self.flat_price is None):
            raise ValueError("flat_from and flat_price go together")
        return self


class Charge(Strict):
    """A charge beside the metered usage: `price` times everything in `per`.

    m² heated area, kVA capacity, kW demand, month, day, season (a bill's days of the heating season), bill.
    `factors`: by the kind of building (multi-storey 0.90). `share_to`: a bill's part of a season's price is rounded to
    this, so that the parts of a season add up to the price; exact where it is left out.
    """

    label: str = Field(min_length=1)
    price: Price
    per: list[Literal["m²", "kVA", "kW", "month", "day", "season", "bill"]] = Field(min_length=1)
    factors: dict[str, Charged] = {}
    share_to: Price | None = Field(None, gt=0)


class Surcharge(Strict):
    """So much a unit on top of the tiers; `share`: the part of the usage that bears it (sewage on 0.9 of the water)."""

    label: str = Field(min_length=1)
    price: Price
    share: Charged = Decimal(1)


class Minimum(Strict):
    """At least this much a bill (yuan)."""

    label: str = "最低收费"
    amount: Price = Field(gt=0)


class Free(Strict):
    """Units a month that cost nothing for low-income households, at the first tier's price."""

    label: str = "低保户免费用量"
    quantity: Quantity


class PowerFactor(Strict):
    """Part of basic and energy charge added (or taken off, negative) by the month's power factor.

    `rates`: the factor from which (inclusive) a rate holds; below the lowest the lowest one's.
    """

    label: str = "力率调整电费"
    rates: dict[Price, Price] = Field(min_length=1)

    def rate(self, factor: Decimal) -> Decimal:
        reached = [limit for limit in self.rates if limit <= factor]
        return self.rates[max(reached)] if reached else self.rates[min(self.rates)]
