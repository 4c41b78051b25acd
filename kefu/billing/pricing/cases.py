"""`make price`: usage and tariffs as JSON lines in, totals and lines out. Format: docs/tariffs.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from kefu.billing.pricing.history import Reversal, price_history
from kefu.billing.pricing.lines import Line, number, yuan
from kefu.billing.pricing.readings import Read, uses_of
from kefu.billing.pricing.standing import season_days
from kefu.billing.pricing.sums import Cold, Debt, cold_refund, compensation, due_day, late_fee
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff, TariffBook
from kefu.company.tariffs.book import adjoining
from kefu.company.tariffs.parts import Rounding
from kefu.company.tariffs.tariff import Confidence
from kefu.company.yaml_lines import Service


def _number(value: object) -> object:
    if isinstance(value, bool | float):
        raise ValueError("numbers are text or whole")
    return value


Number = Annotated[Decimal, BeforeValidator(_number), Field(max_digits=24, decimal_places=10)]
Positive = Annotated[Number, Field(ge=0)]
HOURS = ("sharp", "peak", "flat", "valley", "deep")


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InlineTariff(Tariff):
    """A tariff of a case: what says where it comes from may be left out, and the total alone is rounded unless said."""

    id: str = "inline"
    city: str = "–"
    service: Service = "electricity"
    customer_class: Any = "resident"
    name: str = "单价"
    unit: Any = "kWh"
    valid_from: date = date(1949, 10, 1)
    source: str = "case"
    confidence: Confidence = "calc"
    checked_on: date = date(1949, 10, 1)
    rounding: Rounding = Rounding(at="total")


class GivenReading(Given):
    on: date
    value: Positive
    meter: str = ""
    first: bool = False
    last: bool = False
    sharp: Positive | None = None
    peak: Positive | None = None
    flat: Positive | None = None
    valley: Positive | None = None
    deep: Positive | None = None
    estimated: bool = False

    def read(self) -> Read:
        hours = {kind: getattr(self, kind) for kind in HOURS if getattr(self, kind) is not None}
        return Read(self.on, self.value, self.meter, self.first, self.last, hours)


class GivenDebt(Given):
    amount: Positive
    due_on: date | None = None
    read_on: date | None = None
    billed_on: date | None = None
    notified_on: date | None = None
    paid_on: date | None = None
    days: int | None = Field(None, ge=0)
    carried_days: int = Field(0, ge=0)

    def debt(self, row: Tariff) -> Debt:
        due = self.due_on
        grace = row.late_fee.grace if row.late_fee else None
        if due is None and grace is not None:
            given = getattr(self, f"{grace.after}_on") or self.billed_on
            due = due_day(grace, given) if given else None
        return Debt(self.amount, due, self.paid_on, self.days, self.carried_days)


class GivenCold(Given):
    days: int = Field(ge=0)
    temperature: Number | None = None
    share: Number | None = Field(None, ge=0, le=1)
    hours: int | None = None


class GivenAppliance(Given):
    price: Positive
    used_years: Positive
    life_years: Positive | None = None
    kind: str | None = None
    reported_after_days: int = Field(0, ge=0)


class GivenUse(Given):
    """One bill, or with `readings` as many as there are billing readings less one."""

    start: date | None = Field(None, alias="from")
    end: date | None = Field(None, alias="to")
    quantity: Positive | None = None
    sharp: Positive | None = None
    peak: Positive | None = None
    flat: Positive | None = None
    valley: Positive | None = None
    deep: Positive | None = None
    used_before: Positive = Decimal(0)
    months: Positive = Decimal(1)
    days: int | None = Field(None, ge=0)
    service_days: int | None = Field(None, ge=0)
    demand: Positive | None = None
    power_factor: Positive | None = None
    power_factor_rate: Number | None = None
    readings: list[GivenReading] = []
    digits: int | None = Field(None, ge=1, le=12)
    ratio: Positive = Decimal(1)
    late: list[GivenDebt] = []
    fee: Positive | None = None
    season_days: int | None = Field(None, ge=1)
    cold: list[GivenCold] = []
    appliance: GivenAppliance | None = None
    reverses: int | None = Field(None, ge=1)

    def entries(self) -> list[Use | Reversal]:
        """What is priced as bills: nothing where only sums beside a usage are asked."""
        if self.reverses is not None:
            return [Reversal(self.reverses - 1)]
        if self.readings:
            uses = uses_of([one.read() for one in self.readings], self.digits, self.ratio)
            return [_with(uses[0], used_before=self.used_before), *uses[1:]]
        hours = {kind: getattr(self, kind) for kind in HOURS if getattr(self, kind) is not None}
        beside = self.late or self.cold or self.appliance
        if self.quantity is None and not hours and beside:
            return []
        quantity = sum(hours.values(), Decimal(0)) if self.quantity is None else self.quantity
        return [self._use(quantity, hours)]

    def _use(self, quantity: Decimal, hours: dict[str, Decimal]) -> Use:
        return Use(
            quantity=quantity, start=self.start, end=self.end, hours=hours, used_before=self.used_before,
            months=self.months, day_count=self.days, service_days=self.service_days, demand=self.demand,
            power_factor=self.power_factor, power_factor_rate=self.power_factor_rate,
        )  # fmt: skip

    def sums(self, row: Tariff, so_far: Decimal, alone: bool) -> list[Line]:
        """Late fees, refunds and compensation asked for with this usage; a refund is taken off the bill it comes with."""
        found = list(late_fee(row, [one.debt(row) for one in self.late])) if self.late else []
        if self.cold:
            days = self.season_days or season_days(row.season, Use(start=self.start))
            if days is None:
                raise CannotPrice("a refund needs season_days, or the tariff's season and a date")
            fee = so_far if self.fee is None else self.fee
            cold = [Cold(one.days, one.temperature, one.share, one.hours) for one in self.cold]
            back = cold_refund(row, fee, days, cold)
            found += back if alone else [line.negated() for line in back]
        if self.appliance is not None:
            found += self._damage(row, self.appliance)
        return found

    @staticmethod
    def _damage(row: Tariff, given: GivenAppliance) -> tuple[Line, ...]:
        lives = row.compensation.life if row.compensation else {}
        life = given.life_years if given.life_years is not None else lives.get(given.kind or "")
        if life is None:
            raise CannotPrice("the appliance's years of life are not known")
        return compensation(row, given.price, given.used_years, Decimal(life), given.reported_after_days)


def _with(use: Use, **values: Any) -> Use:
    return Use(**{**use.__dict__, **values})


class GivenAccount(Given):
    household_size: int | None = Field(None, ge=1)
    heated_area: Positive | None = None
    building: str | None = None
    capacity: Positive | None = None
    low_income: bool = False
    opened_on: date | None = None


class Case(Given):
    id: str | int
    tariff: str | dict[str, Any] | list[dict[str, Any]]
    usage: GivenUse | list[GivenUse]
    account: GivenAccount = GivenAccount()
    note: str | None = None


_ROWS: TypeAdapter[list[InlineTariff]] = TypeAdapter(Annotated[list[InlineTariff], Field(min_length=1)])


def answers(lines: Iterable[str], book: TariffBook) -> Iterator[dict[str, Any]]:
    """An answer a line: id, total, lines; or id and error with the place and the reason. Empty lines are passed over."""
    for place, line in enumerate(lines, 1):
        if line.strip():
            yield _answer(line, place, book)


def _answer(line: str, place: int, book: TariffBook) -> dict[str, Any]:
    case_id: Any = None
    try:
        given = json.loads(line, parse_float=Decimal)
        case_id = given.get("id") if isinstance(given, dict) else None
        return priced(Case.model_validate(given), book)
    except ValidationError as problem:
        reason = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors())
    except (ValueError, ArithmeticError) as problem:  # CannotPrice and JSON problems are ValueErrors
        reason = str(problem) or type(problem).__name__
    return {"id": case_id, "error": f"line {place}: {reason}"}


def priced(case: Case, book: TariffBook) -> dict[str, Any]:
    """Prices one case. Raises CannotPrice, and ValidationError for a tariff that is none."""
    versions = _versions(case.tariff, book)
    usages = case.usage if isinstance(case.usage, list) else [case.usage]
    customer = Customer(**case.account.model_dump())
    entries: list[Use | Reversal] = []
    owners: list[int] = []
    for place, usage in enumerate(usages):
        own = _renumbered(usage.entries(), owners)
        entries += own
        owners += [place] * len(own)
    bills = price_history(versions, entries, customer)
    lines: list[dict[str, Any]] = []
    total = Decimal(0)
    for place, usage in enumerate(usages):
        own_total = Decimal(0)
        for entry, bill, owner in zip(entries, bills, owners, strict=True):
            if owner == place:
                lines += [_shown(line, entry) for line in bill.lines]
                own_total += bill.total
        sums = usage.sums(versions[-1], own_total, alone=place not in owners)
        lines += [_shown(line) for line in sums]
        total += own_total + sum((line.amount for line in sums), Decimal(0))
    return {"id": case.id, "total": yuan(total), "lines": lines}


def _renumbered(entries: list[Use | Reversal], owners: list[int]) -> list[Use | Reversal]:
    """`reverses` counts items of the usage list; a history counts bills."""
    return [
        Reversal(owners.index(entry.of)) if isinstance(entry, Reversal) and entry.of in owners else entry
        for entry in entries
    ]


def _versions(given: str | dict[str, Any] | list[dict[str, Any]], book: TariffBook) -> list[Tariff]:
    if isinstance(given, str):
        if given not in book:
            raise CannotPrice(f"no tariff is called {given}")
        return book.versions(given)
    rows = _ROWS.validate_python(given if isinstance(given, list) else [given])
    rows.sort(key=lambda row: row.valid_from)
    if not adjoining([(row.valid_from, row.valid_to) for row in rows]):
        raise CannotPrice("two of the tariff's rows hold on the same day")
    return list(rows)


def _shown(line: Line, entry: Use | Reversal | None = None) -> dict[str, Any]:
    period = f"{entry.start}/{entry.end}" if isinstance(entry, Use) and entry.start and entry.end else None
    shown = {
        "kind": line.kind,
        "label": line.label,
        "tier": line.tier,
        "quantity": None if line.quantity is None else number(line.quantity),
        "unit": line.unit,
        "price": None if line.price is None else number(line.price),
        "amount": yuan(line.amount),
        "text": line.text,
        "period": period,
    }
    return {name: value for name, value in shown.items() if value is not None}
