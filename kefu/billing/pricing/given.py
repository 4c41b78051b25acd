"""What a line of `make price` may say: a tariff, usages, an account. docs/tariffs.md explains every field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kefu.billing.pricing.readings import Read, uses_of
from kefu.billing.pricing.sums import Debt, due_day
from kefu.billing.pricing.use import CannotPrice, Use
from kefu.company.tariffs import Tariff
from kefu.company.tariffs.parts import HOURS, Day, Rounding
from kefu.company.tariffs.tariff import Confidence, CustomerClass, Unit
from kefu.company.yaml_lines import Service


def _exact(value: object) -> object:
    if isinstance(value, bool | float):
        raise ValueError("numbers are text, whole, or written with a point as in JSON")
    return value


Number = Annotated[Decimal, BeforeValidator(_exact), Field(max_digits=24, decimal_places=10)]
Positive = Annotated[Number, Field(ge=0)]
Count = Annotated[int, BeforeValidator(_exact), Field(ge=0, le=1_000_000)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ByHours(Given):
    """Registers or quantities by kind of hour."""

    sharp: Positive | None = None
    peak: Positive | None = None
    flat: Positive | None = None
    valley: Positive | None = None
    deep: Positive | None = None

    @property
    def hours(self) -> dict[str, Decimal]:
        known = {kind: getattr(self, kind) for kind in HOURS}
        return {kind: amount for kind, amount in known.items() if amount is not None}


class InlineTariff(Tariff):
    """A tariff of a case: what says where it comes from may be left out, and the total alone is rounded unless said."""

    id: str = "inline"
    city: str = "–"
    service: Service = "electricity"
    customer_class: CustomerClass = "resident"
    name: str = "单价"
    unit: Unit = "kWh"
    valid_from: Day = date(1949, 10, 1)
    source: str = "case"
    confidence: Confidence = "calc"
    checked_on: Day = date(1949, 10, 1)
    rounding: Rounding = Rounding(at="total")


class GivenReading(ByHours):
    on: Day
    value: Positive | None = None
    meter: str = ""
    first: bool = False
    last: bool = False
    estimated: bool = False

    def read(self) -> Read:
        if self.value is None and not self.hours:
            raise CannotPrice(f"the reading on {self.on} shows nothing: give value, or registers by hours")
        return Read(self.on, self.value, self.meter, self.first, self.last, self.hours, self.estimated)


class GivenDebt(Given):
    amount: Positive
    due_on: Day | None = None
    read_on: Day | None = None
    billed_on: Day | None = None
    notified_on: Day | None = None
    paid_on: Day | None = None
    days: Count | None = None
    carried_days: Count = 0

    def debt(self, row: Tariff) -> Debt:
        due, grace = self.due_on, row.late_fee.grace if row.late_fee else None
        if due is None and grace is not None:
            from_day: date | None = getattr(self, f"{grace.after}_on")
            due = due_day(grace, from_day) if from_day else None
        return Debt(self.amount, due, self.paid_on, self.days, self.carried_days)

    @property
    def known_day(self) -> date | None:
        """The day whose row of the tariff counts."""
        return self.due_on or self.billed_on or self.read_on or self.notified_on


class GivenCold(Given):
    days: Count
    temperature: Number | None = None
    share: Annotated[Positive, Field(le=1)] | None = None
    hours: Count | None = None


class GivenAppliance(Given):
    price: Positive
    used_years: Positive
    life_years: Positive | None = None
    kind: str | None = None
    reported_after_days: Count = 0


class GivenUse(ByHours):
    """One bill, or with `readings` as many as there are days of billing readings less one."""

    start: Day | None = Field(None, alias="from")
    end: Day | None = Field(None, alias="to")
    quantity: Positive | None = None
    used_before: Positive | None = None
    months: Positive | None = None
    days: Count | None = None
    service_days: Count | None = None
    demand: Positive | None = None
    power_factor: Positive | None = None
    power_factor_rate: Number | None = None
    readings: list[GivenReading] = []
    digits: Annotated[int, BeforeValidator(_exact), Field(ge=1, le=12)] | None = None
    ratio: Positive = Decimal(1)
    late: list[GivenDebt] = []
    fee: Positive | None = None
    season_days: Count | None = None
    cold: list[GivenCold] = []
    appliance: GivenAppliance | None = None
    reverses: Count | None = None

    def uses(self, versions: list[Tariff]) -> list[Use]:
        """What is priced as bills: nothing where only sums beside a usage are asked."""
        if self.readings:
            uses = uses_of([one.read() for one in self.readings], self.digits, self.ratio)
            shared = {name: value for name, value in self._shared().items() if name != "used_before"}
            return [replace(one, **shared, used_before=None if n else self.used_before) for n, one in enumerate(uses)]
        quantity = sum(self.hours.values(), Decimal(0)) if self.quantity is None and self.hours else self.quantity
        if quantity is None:
            beside = self.late or self.cold or self.appliance or self.reverses is not None
            if beside and (self.fee is not None or not (self.end or self.months or self.days)):
                return []
            if any(row.tiers or row.surcharges for row in versions):
                raise CannotPrice("a usage needs quantity, quantities by hours, or readings")
        return [Use(quantity or Decimal(0), self.start, self.end, self.hours, day_count=self.days, **self._shared())]

    def _shared(self) -> dict[str, Any]:
        names = ("used_before", "months", "service_days", "demand", "power_factor", "power_factor_rate")
        return {name: getattr(self, name) for name in names}


class GivenAccount(Given):
    household_size: Annotated[int, BeforeValidator(_exact), Field(ge=1, le=1_000_000)] | None = None
    heated_area: Positive | None = None
    building: str | None = None
    capacity: Positive | None = None
    low_income: bool = False
    opened_on: Day | None = None


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


class Case(Given):
    id: Annotated[str | int, BeforeValidator(_exact)]
    tariff: str | dict[str, Any] | list[Any]
    usage: Annotated[list[GivenUse], BeforeValidator(_listed), Field(min_length=1)]
    account: GivenAccount = GivenAccount()
    note: str | None = None
