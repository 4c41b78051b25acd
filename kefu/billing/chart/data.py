"""What a chart of bills shows: up to thirteen months, so that this month stands beside the same one of last year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kefu.billing.periods import named, spoken
from kefu.billing.pricing.lines import NOTHING

MONTHS = 13


@dataclass(frozen=True)
class Month:
    """One month that has a bill. `usage` in the chart's unit; `parts`: how much of it lay in each tier, in order
    (empty or one: no tiers); `amount` in yuan."""

    period: str
    usage: Decimal
    parts: tuple[Decimal, ...] = ()
    estimated: bool = False
    amount: Decimal | None = None


@dataclass(frozen=True)
class Chart:
    """`months`: oldest first, those without a bill left out, the last one is this month. `name`: 用电量, 热费.

    `bounds`: the last unit of each tier but the open one, where tiers are counted month by month, else empty.
    `of_money`: the amounts are drawn, not the usage (heat by floor area). `account`: the tail of its number.
    """

    name: str
    unit: str
    months: tuple[Month, ...]
    bounds: tuple[Decimal, ...] = ()
    of_money: bool = False
    account: str = ""

    def __post_init__(self) -> None:
        periods = [month.period for month in self.months]
        if not periods or periods != sorted(set(periods)) or not set(periods) <= set(window(periods[-1])):
            raise ValueError("a chart has one to thirteen months, each once, the oldest first")

    @property
    def this(self) -> Month:
        return self.months[-1]

    @property
    def last_year(self) -> Month | None:
        """The same month of last year, if it has a bill."""
        return self.month(window(self.this.period)[0])

    def month(self, period: str) -> Month | None:
        return next((month for month in self.months if month.period == period), None)

    @property
    def periods(self) -> list[str]:
        """Every calendar month from the oldest to this one, with or without a bill."""
        return [period for period in window(self.this.period) if period >= self.months[0].period]

    def value(self, month: Month) -> Decimal:
        """What is drawn of a month: usage in `unit`, or yuan."""
        return (month.amount or NOTHING) if self.of_money else month.usage

    def parts(self, month: Month) -> tuple[Decimal, ...]:
        """The value by tiers; one part where there are none or where they do not add up to it (corrections)."""
        whole = self.value(month)
        fits = not self.of_money and min(month.parts, default=-1) >= 0 and sum(month.parts) == whole
        return month.parts if fits else (whole,)

    @property
    def tiers(self) -> int:
        return max(len(self.parts(month)) for month in self.months)

    @property
    def heading(self) -> str:
        months = len(self.periods)
        return f"近{months}个月{self.name}" if months > 1 else f"{spoken(self.this.period)}{self.name}"


def window(period: str) -> list[str]:
    """The thirteen calendar months that end with "2026-11", the oldest first."""
    last = int(period[:4]) * 12 + int(period[5:]) - 1
    return [named(month) for month in range(last - MONTHS + 1, last + 1)]
