"""What a bill is about: how much was used from when to when, and what of the customer matters for the price."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

DAYS_A_MONTH = Decimal("30.4375")


class CannotPrice(ValueError):
    """This usage cannot be priced under this tariff; the message says why, for whoever made the data."""


@dataclass(frozen=True)
class Use:
    """One bill's usage. `quantity` in the tariff's unit, `hours` its parts by kind of hour (they sum to it).

    `start`, `end`: first and last day. `used_before`: used earlier in the tariff's year, where that is known apart from a
    row of bills. `months`: how many months the bill is for, where the days do not say it. `service_days`: days a capacity was in service, where fewer than the bill's. `demand`: kW.
    """

    quantity: Decimal = Decimal(0)
    start: date | None = None
    end: date | None = None
    hours: dict[str, Decimal] = field(default_factory=dict)
    used_before: Decimal | None = None
    months: Decimal | None = None
    day_count: int | None = None
    service_days: int | None = None
    demand: Decimal | None = None
    power_factor: Decimal | None = None
    power_factor_rate: Decimal | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise CannotPrice("the usage ends before it begins")
        if self.hours and sum(self.hours.values()) != self.quantity:
            raise CannotPrice("the hours' parts do not sum to the quantity")
        if any(not amount.is_finite() or amount < 0 for amount in (self.quantity, self.before, *self.hours.values())):
            raise CannotPrice("a usage is not negative: take a bill back with a reversal")
        if self.months is not None and not self.months > 0:
            raise CannotPrice("a bill is for more than no months")

    @property
    def before(self) -> Decimal:
        """Used earlier in the tariff's year; nothing where that is not said."""
        return self.used_before or Decimal(0)

    @property
    def month_count(self) -> Decimal:
        """`months`; else as many as come nearest to the bill's days, one at least."""
        if self.months is not None or self.start is None or self.end is None:
            return Decimal(1) if self.months is None else self.months
        return max(Decimal(1), (Decimal((self.end - self.start).days + 1) / DAYS_A_MONTH).quantize(Decimal(1)))

    @property
    def days(self) -> int | None:
        """Calendar days, both ends in; None when no dates are known."""
        if self.day_count is not None:
            return self.day_count
        return None if self.start is None or self.end is None else (self.end - self.start).days + 1


@dataclass(frozen=True)
class Customer:
    """What of an account the price may depend on."""

    household_size: int | None = None
    heated_area: Decimal | None = None
    building: str | None = None
    capacity: Decimal | None = None
    low_income: bool = False
    opened_on: date | None = None
