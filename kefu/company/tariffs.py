"""Prices: one row of company/tariffs.yml a tariff. Reads and checks them, and says what a usage costs.

Money is yuan as Decimal, never a float; usage is in the tariff's own unit (kWh, m³, m²).
"""

from __future__ import annotations

from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from kefu.company.yaml_lines import DataProblem, Service, Strict, Words, load_rows, written_twice

FEN = Decimal("0.01")
NOTHING = Decimal(0)


def _written_out(value: object) -> object:
    """0.1 without quotes is not a tenth to a computer: prices are text."""
    if isinstance(value, str | Decimal):
        return value
    raise ValueError("write prices in quotes, as text")


Price = Annotated[Decimal, BeforeValidator(_written_out)]


class Tier(Strict):
    """`upto`: the last unit at this price (inclusive), None for the rest. `price`: yuan a unit, all components in."""

    upto: Decimal | None = Field(None, gt=0)
    price: Price
    components: dict[str, Price] = {}

    @model_validator(mode="after")
    def components_add_up(self) -> Tier:
        if self.components and sum(self.components.values()) != self.price:
            raise ValueError(f"the components add up to {sum(self.components.values())}, not to {self.price}")
        return self


class Period(Strict):
    """Hours of the day at another price: `difference` (yuan a unit) comes on top of the first tier's."""

    kind: Literal["peak", "valley"]
    label: str
    start: time
    end: time
    difference: Price

    @property
    def hours(self) -> str:
        """08:00–22:00; over midnight: 22:00–次日08:00."""
        return f"{self.start:%H:%M}–{'次日' if self.end <= self.start else ''}{self.end:%H:%M}"


class Season(Strict):
    """First and last day (month-day) on which heating runs; it crosses the turn of the year."""

    first: str = Field(pattern=r"^(0[7-9]|1[0-2])-\d\d$")
    last: str = Field(pattern=r"^0[1-6]-\d\d$")

    @model_validator(mode="after")
    def days_exist(self) -> Season:
        self.days(2027)
        return self

    def days(self, year: int) -> tuple[date, date]:
        """First and last day of the season that begins in `year`."""
        return date.fromisoformat(f"{year}-{self.first}"), date.fromisoformat(f"{year + 1}-{self.last}")

    def days_of(self, day: date) -> tuple[date, date]:
        """The season that a day's heating year (July to June) has."""
        return self.days(day.year if day.month >= 7 else day.year - 1)


class Basic(Strict):
    """A charge that does not depend on the metered usage: yuan a unit and season."""

    label: str
    unit: Literal["m²"]
    price: Price


class Priced(NamedTuple):
    """One line: so much at that price; `amount` is rounded half up to the fen."""

    tier: int
    label: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


class Tariff(Strict):
    """One price list. `accumulates`: over what the tiers' bounds run. `source`: the official notice.

    `about`: words by which customers ask for it; without them it is the usual one of its service and class.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    city: str
    service: Service
    customer_class: Literal["resident", "business"]
    name: str = Field(min_length=1)
    about: list[Words] = []
    unit: Literal["kWh", "m³", "m²"]
    accumulates: Literal["month", "calendar_year", "season", "none"]
    tiers: list[Tier] = Field(min_length=1)
    periods: list[Period] = []
    basic: Basic | None = None
    season: Season | None = None
    late_fee_per_day: Price
    valid_from: date
    source: str = Field(min_length=1)
    checked_on: date

    @model_validator(mode="after")
    def tiers_rise_and_end_open(self) -> Tariff:
        bounds = [tier.upto for tier in self.tiers]
        known = [bound for bound in bounds[:-1] if bound is not None]
        if bounds[-1] is not None or len(known) != len(bounds) - 1:
            raise ValueError("every tier but the last needs upto, and the last must have none")
        if known != sorted(set(known)):
            raise ValueError("the tiers' upto must rise")
        if len(bounds) > 1 and self.accumulates == "none":
            raise ValueError("tiers need accumulates: month, calendar_year or season")
        return self

    @model_validator(mode="after")
    def periods_fill_the_day(self) -> Tariff:
        if self.periods:
            if [period.kind for period in self.periods] != ["peak", "valley"]:
                raise ValueError("periods are one peak and one valley")
            peak, valley = self.periods
            if (peak.start, peak.end) != (valley.end, valley.start) or peak.start == peak.end:
                raise ValueError("peak and valley must fill the day without a gap")
        return self

    @property
    def bounds(self) -> tuple[Decimal, ...]:
        """The last unit of every tier but the open one."""
        return tuple(tier.upto for tier in self.tiers if tier.upto is not None)

    def step(self, tier: int) -> Decimal:
        """How much dearer a unit of this tier (from 1) is than one of the first, yuan."""
        return self.tiers[tier - 1].price - self.tiers[0].price

    def tier_of(self, usage: Decimal, before: Decimal = NOTHING) -> int:
        """The tier (from 1) of the last unit used; a bound itself is in the lower tier. Raises ValueError below 0."""
        _not_negative(usage, before)
        return 1 + sum(before + usage > bound for bound in self.bounds)

    def split(self, usage: Decimal, before: Decimal = NOTHING) -> list[tuple[int, Decimal]]:
        """(tier from 1, quantity) for usage that begins after `before` of the same month or year has been used."""
        _not_negative(usage, before)
        found, low = [], NOTHING
        for tier, high in enumerate((*self.bounds, before + usage), 1):
            quantity = min(before + usage, high) - max(before, low)
            if quantity > 0:
                found.append((tier, quantity))
            low = high
        return found

    def lines(self, usage: Decimal, before: Decimal = NOTHING, peak: Decimal | None = None) -> list[Priced]:
        """What a bill of this usage is made of, each line rounded half up to the fen; without basic charge and fees.

        With periods `peak` of the usage fell into peak hours: both parts at the first tier's price, then the higher
        tiers' steps. Raises ValueError if `peak` is missing there, given elsewhere or more than the usage.
        """
        tiers = self.split(usage, before)
        if bool(self.periods) != (peak is not None) or (peak is not None and not 0 <= peak <= usage):
            raise ValueError("peak usage belongs to peak and valley prices, and is a part of the usage")
        if peak is None:
            return [line for tier, quantity in tiers for line in self._tier_lines(tier, quantity)]
        shares = zip(self.periods, (peak, usage - peak), strict=True)
        base = self.tiers[0].price
        return [_priced(1, period.label, share, base + period.difference) for period, share in shares] + [
            _priced(tier, "加价", quantity, self.step(tier)) for tier, quantity in tiers if tier > 1
        ]

    def price(self, usage: Decimal, before: Decimal = NOTHING, peak: Decimal | None = None) -> Decimal:
        """Yuan for a usage, the sum of `lines`; raises ValueError as they do."""
        return sum((line.amount for line in self.lines(usage, before, peak)), Decimal("0.00"))

    def _tier_lines(self, tier: int, quantity: Decimal) -> list[Priced]:
        row = self.tiers[tier - 1]
        parts = row.components or {"": row.price}
        return [_priced(tier, label, quantity, price) for label, price in parts.items()]


def load_tariffs(folder: Path) -> dict[str, Tariff]:
    """The tariffs of a company by id. Raises DataProblem naming file, line and reason."""
    rows = load_rows(folder / "tariffs.yml", Tariff)
    problems = written_twice(rows)
    if problems:
        raise DataProblem(problems)
    return {row.id: row for _, row in rows}


def _priced(tier: int, label: str, quantity: Decimal, price: Decimal) -> Priced:
    return Priced(tier, label, quantity, price, (quantity * price).quantize(FEN, ROUND_HALF_UP))


def _not_negative(usage: Decimal, before: Decimal) -> None:
    if usage < 0 or before < 0:
        raise ValueError("a usage is not negative")
