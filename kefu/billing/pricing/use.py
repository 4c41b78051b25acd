"""What a bill is about: how much was used from when to when, and what of the customer matters for the price."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


class CannotPrice(ValueError):
    """This usage cannot be priced under this tariff; the message says why, for whoever made the data."""


@dataclass(frozen=True)
class Use:
    """One bill's usage. `quantity` in the tariff's unit, `hours` its parts by kind of hour (they sum to it).

    `start`, `end`: first and last day. `used_before`: used earlier in the tariff's year. `months`: how many months the
    bill is for. `service_days`: days a capacity was in service, where fewer than the bill's. `demand`: kW.
    """

    quantity: Decimal = Decimal(0)
    start: date | None = None
    end: date | None = None
    hours: dict[str, Decimal] = field(default_factory=dict)
    used_before: Decimal = Decimal(0)
    months: Decimal = Decimal(1)
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
        amounts = (self.quantity, self.used_before, self.months, *self.hours.values())
        if any(not amount.is_finite() or amount < 0 for amount in amounts):
            raise CannotPrice("a usage is not negative: take a bill back with a reversal")

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
