"""What a customer may ask for around a bill: invoices, own meter readings, disputes, another price. Each with its source."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from kefu.company.yaml_lines import DataProblem, Service, Strict, load_rows, written_twice

Sentence = Annotated[str, Field(min_length=1, pattern=r"\S")]
Need = Literal["title", "tax_number", "email", "address", "bank"]
InvoiceKind = Literal["ordinary", "special"]
Doubt = Literal["reading", "meter", "estimate", "tier", "late_fee", "days", "price", "other"]
Reason = Literal[
    "fits", "estimate_high", "first", "rollover",
    "no_number", "future", "which_meter", "unknown_meter", "no_meter", "parts",
    "swapped", "decimals", "extra_digit", "missing_digit", "too_many_digits",
    "below", "above_later", "zero_use", "low", "high", "far_above",
]  # fmt: skip
FILLED_IN = {"value", "meant", "last", "last_on", "low", "high", "usage", "days", "unit", "digits"}


def _text(value: object) -> object:
    """0.1 without quotes is not a tenth to a computer."""
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return value
    raise ValueError("write it in quotes, as text")


def _known_names(text: str) -> str:
    names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    if names - FILLED_IN:
        raise ValueError(f"unknown names in braces: {', '.join(sorted(names - FILLED_IN)) or '{}'}")
    return text


Exactly = Annotated[Decimal, BeforeValidator(_text)]
Template = Annotated[Sentence, AfterValidator(_known_names)]


class Sourced(Strict):
    """Where a rule is written, when that was looked at, and how sure it is."""

    source: Sentence
    checked_on: date
    confidence: Literal["company", "law", "gov", "press", "unverified"]


def _complete(given: dict[Any, Any], wanted: Any, what: str) -> None:
    missing = [name for name in get_args(wanted) if name not in given]
    if missing:
        raise ValueError(f"{what} missing: {', '.join(missing)}")


# --- invoices ------------------------------------------------------------------------------------------------------------
class InvoiceType(Sourced):
    """`classes`: customer classes that may have it. `units_need`: besides, when the title is not a person's name.

    `without_email`: how it is had by who has no mailbox; needed where no email is.
    """

    name: Sentence
    classes: list[str] = Field(min_length=1)
    needs: list[Need]
    units_need: list[Need] = []
    title_is_holder: bool = False
    ready: Sentence
    sent_by: Sentence
    without_email: Sentence | None = None
    first_time: Sentence | None = None

    @model_validator(mode="after")
    def reaches_everybody(self) -> InvoiceType:
        if "email" not in self.needs and self.without_email is None:
            raise ValueError("without_email is missing: no email is needed, so some will have none")
        return self


class TitleChange(Sourced):
    """An invoice with a wrong title. `same_month`, `later`: what is told, by the month the old one was issued in."""

    same_month: Sentence
    later: Sentence
    needs: list[Sentence]


class Invoices(Sourced):
    """`unpaid`: a bill not yet paid is `taken` (issued after payment) or `refused`. `months_back` counts whole months."""

    months_back: int = Field(ge=1, le=120)
    unpaid: Literal["taken", "refused"]
    unpaid_says: Sentence
    too_old_says: Sentence
    kinds: dict[InvoiceKind, InvoiceType]
    title_change: TitleChange

    @model_validator(mode="after")
    def both_kinds(self) -> Invoices:
        _complete(self.kinds, InvoiceKind, "kinds")
        return self


# --- own readings --------------------------------------------------------------------------------------------------------
class Plausible(Strict):
    """A usage is expected within `spread` (a share) of history, and `slack` units more; beyond `visit_times` of it
    it is unheard of. `remote`: said where meters are read from afar, so that bills need no own reading."""

    unit: Literal["kWh", "m³"]
    spread: Exactly = Field(gt=0, lt=1)
    slack: Exactly = Field(gt=0)
    visit_times: Exactly = Field(gt=1)
    remote: Sentence | None = None


class ReadingWindow(Strict):
    """Days of the month whose own reading goes into that month's bill; a month that ends sooner ends the window."""

    first: int = Field(ge=1, le=31)
    last: int = Field(ge=1, le=31)
    inside: Sentence
    outside: Sentence

    @model_validator(mode="after")
    def in_order(self) -> ReadingWindow:
        if self.last < self.first:
            raise ValueError("last comes before first")
        return self

    def holds(self, day: date) -> bool:
        return self.first <= day.day <= self.last


class Metering(Sourced):
    window: ReadingWindow
    services: dict[Service, Plausible]
    reasons: dict[Reason, Template]
    visit: Sentence
    if_sure: Sentence
    two_registers: Sentence

    @model_validator(mode="after")
    def everything_is_said(self) -> Metering:
        _complete(self.services, Service, "services")
        _complete(self.reasons, Reason, "reasons")
        return self


# --- disputes ------------------------------------------------------------------------------------------------------------
class MeterTest(Sourced):
    """`fee`: yuan, paid by the asker when the meter is right. `corrects`: what is put right when it is not."""

    fee: Exactly = Field(ge=0)
    right: Sentence
    wrong: Sentence
    corrects: Sentence


class DisputeRule(Sourced):
    """While a bill is looked into: what is told, and whether late fees wait for it."""

    while_open: list[Sentence] = Field(min_length=1)
    no_late_fee: bool
    meter_test: MeterTest
    self_checks: list[Sentence]


class Disputes(Strict):
    """`doubts`: how staff and customers call what may be doubted."""

    doubts: dict[Doubt, Sentence]
    services: dict[Service, DisputeRule]

    @model_validator(mode="after")
    def complete(self) -> Disputes:
        _complete(self.doubts, Doubt, "doubts")
        _complete(self.services, Service, "services")
        return self


# --- another price -------------------------------------------------------------------------------------------------------
class TariffChange(Sourced):
    """One change of price. `tariffs`: on which of them it makes sense; none: any of the service and class.

    `effective`: the first day of the next month, or of the period after the running one. `locked_months`: so long the
    present price must have held before (only known where bills show it). `persons`: at least so many in the household.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    name: Sentence
    services: list[Service] = Field(min_length=1)
    classes: list[str] = Field(min_length=1)
    tariffs: list[str] = []
    to: str | None = None
    papers: list[Sentence] = Field(min_length=1)
    effective: Literal["next_month", "next_period"]
    locked_months: int | None = Field(None, ge=1, le=60)
    locks_months: int | None = Field(None, ge=1, le=60)
    persons: int | None = Field(None, ge=2, le=50)
    says: list[Sentence] = []


def load_tariff_changes(folder: Path) -> list[TariffChange]:
    """The changes of price a company offers. Raises DataProblem naming file, line and reason."""
    rows = load_rows(folder / "tariff_changes.yml", TariffChange)
    problems = written_twice(rows)
    if problems:
        raise DataProblem(problems)
    return [row for _, row in rows]
