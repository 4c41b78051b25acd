"""Rules beside the price of a usage: late fees, money back for cold rooms, damaged appliances."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kefu.company.tariffs.parts import Charged, Day, Price
from kefu.company.yaml_lines import Strict


class Grace(Strict):
    """Until when a bill can be paid without a fee: `days` after it was read, billed or notified, or `day_of_next_month`.

    Only for bills that carry no due date of their own.
    """

    days: int | None = Field(None, ge=0)
    after: Literal["read", "billed", "notified"] = "billed"
    day_of_next_month: int | None = Field(None, ge=1, le=28)

    @model_validator(mode="after")
    def one_way(self) -> Grace:
        if (self.days is None) == (self.day_of_next_month is None):
            raise ValueError("exactly one of days, day_of_next_month")
        return self


class LateFee(Strict):
    """Simple interest for each day after the due date, up to and with the day of payment (without it where
    `pay_day_counts` is false). `carried_per_day`: the rate once the year the debt fell due in is over.

    `cap`: at most this part of the debt. `minimum`: charged where a debt's fee is less, on payments until the day
    `minimum_until`. Rounded once per debt.
    """

    per_day: Charged = Field(le=1)
    carried_per_day: Charged | None = Field(None, le=1)
    pay_day_counts: bool = True
    grace: Grace | None = None
    cap: Price | None = Field(None, gt=0)
    minimum: Price | None = Field(None, gt=0)
    minimum_until: Day | None = None


class ColdBand(Strict):
    """Room temperature (°C) of the band with explicit ends, and the part of the day's fee given back."""

    at_least: Price | None = None
    above: Price | None = None
    at_most: Price | None = None
    below: Price | None = None
    share: Price = Field(gt=0, le=1)

    def holds(self, degrees: Decimal) -> bool:
        return (
            (self.at_least is None or degrees >= self.at_least)
            and (self.above is None or degrees > self.above)
            and (self.at_most is None or degrees <= self.at_most)
            and (self.below is None or degrees < self.below)
        )


class ColdRefund(Strict):
    """Money back for cold rooms: fee ÷ season days × share × days. The first band that holds counts.

    `more_than_hours`: so long it must have been cold at a stretch. `by`: month-day until when it is paid.
    """

    bands: list[ColdBand] = Field(min_length=1)
    more_than_hours: int = 0
    by: str | None = Field(None, pattern=r"^\d\d-\d\d$")

    def share(self, degrees: Decimal) -> Decimal:
        """0 where no band holds: warm enough."""
        return next((band.share for band in self.bands if band.holds(degrees)), Decimal(0))


class Compensation(Strict):
    """Damaged appliances that cannot be mended: purchase price × years left ÷ years of life; nothing once reported
    later than `within_days`. `life`: years by kind of appliance."""

    life: dict[str, Annotated[int, Field(ge=1)]] = {}
    within_days: int | None = None
