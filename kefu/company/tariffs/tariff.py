"""One price list of one city, service and class, as its official notice has it. docs/tariffs.md explains every field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from kefu.company.tariffs.parts import (
    MOST_TIERS,
    Charge,
    Day,
    Free,
    Hour,
    Household,
    Minimum,
    MonthsPrice,
    Period,
    PowerFactor,
    Price,
    Rounding,
    Season,
    Surcharge,
    Tier,
    filling_the_day,
    rising,
)
from kefu.company.tariffs.rules import ColdRefund, Compensation, LateFee
from kefu.company.yaml_lines import Service, Strict, Words

Unit = Literal["kWh", "m³", "m²", "GJ"]
CustomerClass = Literal["resident", "business", "public"]
TARIFF_ID = r"^[a-z0-9-]+$"
Confidence = Literal["company", "law", "gov", "util", "press", "exam", "web", "code", "calc", "gk"]


class Prices(Strict):
    """What prices a usage. `accumulates`: over what the tiers' bounds run."""

    unit: Unit
    rounding: Rounding
    accumulates: Literal["month", "calendar_year", "season", "none"] = "none"
    year_starts: str = Field("01-01", pattern=r"^(0[1-9]|1[0-2])-01$")
    at_year_turn: Literal["end", "days"] = "end"
    bounds_of: Literal["bill", "months"] = "bill"
    move_in: Literal["months"] | None = None
    apportion_to: Price = Field(Decimal("0.000001"), gt=0)
    tiers: list[Tier] = Field([], max_length=MOST_TIERS)
    periods: list[Period] = []
    split: Literal["pro_rata", "valley_first", "peak_first"] | None = None
    by_month: list[MonthsPrice] = []
    household: Household | None = None
    surcharges: list[Surcharge] = []
    charges: list[Charge] = []
    power_factor: PowerFactor | None = None
    free: Free | None = None
    minimum: Minimum | None = None
    season: Season | None = None
    late_fee: LateFee | None = None
    cold_refund: ColdRefund | None = None
    compensation: Compensation | None = None

    @model_validator(mode="after")
    def tiers_make_sense(self) -> Prices:
        if self.tiers:
            rising(self.tiers)
        elif not (self.charges or self.surcharges or self.late_fee or self.cold_refund or self.compensation):
            raise ValueError("a tariff prices something: tiers, charges, surcharges, late_fee, …")
        if len(self.tiers) > 1 and self.accumulates == "none":
            raise ValueError("tiers need accumulates: month, calendar_year or season")
        by_season = self.accumulates == "season" or any("season" in charge.per for charge in self.charges)
        if by_season and self.season is None:
            raise ValueError("what is counted by the season needs season: its first and last day")
        if self.apportion_to > 1 or self.apportion_to.normalize().as_tuple().digits != (1,):
            raise ValueError("apportion_to is 1, 0.1, 0.01 …")
        return self

    @model_validator(mode="after")
    def rules_have_what_they_change(self) -> Prices:
        """A rule that would silently do nothing is a mistake of whoever wrote it."""
        yearly = [self.year_starts != "01-01", self.at_year_turn == "days", self.move_in is not None]
        if any(yearly) and self.accumulates != "calendar_year":
            raise ValueError("year_starts, at_year_turn and move_in need accumulates: calendar_year")
        if self.bounds_of == "months" and self.accumulates != "month":
            raise ValueError("bounds_of: months needs accumulates: month")
        if self.free is not None and (not self.tiers or self.tiers[0].price is None):
            raise ValueError("free units need one price in the first tier")
        if (self.household or self.by_month) and not self.tiers:
            raise ValueError("household and by_month change tiers, and there are none")
        if self.household and self.household.per == "month" and self.accumulates == "season":
            raise ValueError("household of a tariff by the season is per year")
        return self

    @model_validator(mode="after")
    def hours_make_sense(self) -> Prices:
        if self.periods:
            filling_the_day(self.periods)
        if not self.tiers and (self.periods or self.by_month):
            raise ValueError("periods and by_month need tiers")
        for tiers, periods in [(self.tiers, self.periods), *((one.tiers, one.periods) for one in self.by_month)]:
            for tier in tiers or self.tiers:
                _priced_by(periods or self.periods, tier)
        by_hours = any(tier.prices for tiers in (self.tiers, *(one.tiers for one in self.by_month)) for tier in tiers)
        if by_hours and len(self.tiers) > 1 and self.split is None:
            raise ValueError("tiers with prices by hours need split: how a crossing bill's hours fall into the tiers")
        return self

    @model_validator(mode="after")
    def months_once(self) -> Prices:
        months = [month for row in self.by_month for month in row.months]
        if len(set(months)) != len(months):
            raise ValueError("by_month names a month twice")
        if any(len(row.tiers) not in (0, len(self.tiers)) for row in self.by_month):
            raise ValueError("by_month has as many tiers as the rest of the year")
        if self.household and max(self.household.widens or [0]) >= max(len(self.tiers), 1):
            raise ValueError("household.widens names a tier without a bound")
        return self

    @property
    def bounds(self) -> tuple[Decimal, ...]:
        """The last unit of every tier but the open one, for a usual household outside `by_month`."""
        return tuple(tier.upto for tier in self.tiers if tier.upto is not None)

    @property
    def hours(self) -> tuple[Hour, ...]:
        """The kinds of hours a usage is split by; empty at one price all day."""
        return tuple(period.kind for period in self.periods)


def _priced_by(periods: list[Period], tier: Tier) -> None:
    kinds = {period.kind for period in periods}
    if tier.prices and set(tier.prices) != kinds:
        raise ValueError("a tier's prices name the same hours as periods")
    if periods and not tier.prices and periods[0].difference is None:
        raise ValueError("periods need a difference each, or the tiers prices by hours")
    if periods and tier.prices and periods[0].difference is not None:
        raise ValueError("either periods with difference, or tiers with prices by hours")
    if periods and tier.components:
        raise ValueError("components are not split by hours: use surcharges")


class PriceList(Prices):
    """Prices of one city, service and class from a day on.

    `about`: words by which customers ask for it; without them it is the usual one of its service and class.
    `source` and `confidence` say where the numbers come from: nothing is told as current without them.
    """

    city: str = Field(min_length=1)
    service: Service
    customer_class: CustomerClass
    name: str = Field(min_length=1)
    about: list[Words] = []
    valid_from: Day
    valid_to: Day | None = None
    source: str = Field(min_length=1)
    confidence: Confidence
    checked_on: Day

    @model_validator(mode="after")
    def valid_for_a_while(self) -> PriceList:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Tariff(PriceList):
    """A row of a file in company/tariffs/, or one written over the API. Rows of one `id` follow one another in time."""

    id: str = Field(pattern=TARIFF_ID)
