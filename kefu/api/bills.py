"""What is sent and shown of readings, bills and payments. Money (yuan) and quantities are shown as text, exact."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from kefu.api.fields import (
    AccountNumber,
    Code40,
    Code60,
    Day,
    Given,
    Line20,
    Line30,
    Line60,
    Line80,
    Line200,
    Moment,
    Number,
    Period,
    sample,
)
from kefu.api.shown import plain
from kefu.billing.models import Bill, BillLine, Payment, Reading
from kefu.clock import iso
from kefu.company.tariffs.parts import Hour

BillStatus = Literal["unpaid", "overdue", "paid", "reversed"]
ReadingSource = Literal["reader", "remote", "customer", "estimate"]
ReadingStatus = Literal["accepted", "for_check"]
PaymentStatus = Literal["credited", "not_credited", "refunded", "failed"]
Amount = Annotated[Number, Field(description="yuan")]
Positive = Annotated[Number, Field(ge=0)]
Unit = Annotated[Line20, Field(max_length=8)]

_LINE = {
    "kind": "tier",
    "label": "第一档（每月0–200度）",
    "quantity": "180",
    "unit": "kWh",
    "price": "0.5380",
    "amount": "96.84",
    "tier": 1,
    "formula": "180度 × 0.538元",
}
_BILL = {
    "number": "ZD2026101000012345",
    "account_number": "1000012345",
    "period": "2026-10",
    "kind": "normal",
    "period_start": "2026-10-01",
    "period_end": "2026-10-31",
    "usage": "180",
    "unit": "kWh",
    "previous_reading": "5120",
    "current_reading": "5300",
    "amount": "96.84",
    "issued_on": "2026-11-01",
    "due_on": "2026-11-16",
    "status": "unpaid",
    "tariff": "yj-elec-res",
    "lines": [_LINE],
}
_UNPRICED = {name: _BILL[name] for name in ("number", "account_number", "period", "period_start", "period_end")} | {
    "hours": {"peak": "120", "valley": "60"},
    "previous_reading": "5120",
    "current_reading": "5300",
    "issued_on": "2026-11-01",
    "due_on": "2026-11-16",
    "tariff": "yj-elec-res-tou",
}
_READING = {
    "account_number": "1000012345",
    "meter_number": "EM54321000",
    "read_on": "2026-10-31",
    "value": "5300",
    "estimated": False,
}
_PAYMENT = {
    "account_number": "1000012345",
    "bill": "ZD2026101000012345",
    "amount": "96.84",
    "paid_at": "2026-11-05T10:20:00+08:00",
    "channel": "微信",
    "reference": "ZF2026101000012345",
    "status": "credited",
}
BILL = {**_BILL, "sequence": 0, "days": 31, "estimated": False, "corrects": None, "reason": None}
_RIGHT = {"reason": "表数抄错", "usage": "80", "current_reading": "5200", "amount": "43.04"}
_RIGHT_LINE = {**_LINE, "quantity": "80", "amount": "43.04"}
_OF_ENTRY = {"corrects": BILL["number"], "reason": "表数抄错", "issued_on": "2026-11-08", "due_on": "2026-11-23"}
CORRECTED = {
    "reversal": {**BILL, **_OF_ENTRY, "number": f"{BILL['number']}-R", "sequence": 1, "kind": "reversal"}
    | {"usage": "-180", "previous_reading": "5300", "current_reading": "5120", "amount": "-96.84", "status": "reversed"}
    | {"due_on": "2026-11-08", "lines": [{**_LINE, "quantity": "-180", "amount": "-96.84"}]},
    "correction": {**BILL, **_OF_ENTRY, "number": f"{BILL['number']}-C", "sequence": 2, "kind": "correction"}
    | {"usage": "80", "current_reading": "5200", "amount": "43.04", "lines": [_RIGHT_LINE]},
    "credited": "0.00",
    "owed": "43.04",
}
READING = {"id": 7, **_READING, "peak": None, "valley": None}
READING |= {"source": "reader", "status": "accepted", "supersedes": None, "photos": [], "conversation_id": None}
PAYMENT = {"id": 7, **_PAYMENT}


class ReadingBody(Given):
    """`meter_number` may be left out where the account has one meter; `source`: else reader, or estimate if estimated."""

    model_config = sample(_READING)

    account_number: AccountNumber
    meter_number: Line30 | None = None
    read_on: Day
    value: Positive
    peak: Positive | None = None
    valley: Positive | None = None
    estimated: bool = False
    source: ReadingSource | None = None


class LineBody(Given):
    """One line: what for, how much, at which price. A deduction is a line with a negative amount."""

    model_config = sample(_LINE)

    kind: Annotated[Line20, Field(description="tier, component, peak, valley, late_fee, adjustment, …")]
    label: Line80
    quantity: Number | None = None
    unit: Unit | None = None
    price: Number | None = None
    amount: Amount
    tier: int | None = Field(None, ge=1, le=9)
    formula: Line200 | None = Field(None, description="The line's arithmetic in words, up to its =")


class BillBody(Given):
    """`sequence` may be left out: 0, and for later entries of the period the next. `tariff`: else the account's.

    `lines` and `amount` may be left out together: the tariff prices the bill. `usage` may be left out where both
    readings are given. A `reversal` without lines, amount and usage takes back the bill that stands in the period.
    """

    model_config = sample(_BILL, _UNPRICED)

    number: Code40
    account_number: AccountNumber
    period: Period
    kind: Literal["normal", "reversal", "correction", "adjustment"] = "normal"
    sequence: int | None = Field(None, ge=0, le=999)
    period_start: Day
    period_end: Day
    usage: Number | None = None
    unit: Unit | None = Field(None, description="Left out: the tariff's")
    hours: dict[Hour, Positive] | None = Field(None, description="Usage by hours; left out: from the readings")
    previous_reading: Number | None = None
    current_reading: Number | None = None
    estimated: bool = False
    amount: Amount | None = None
    issued_on: Day
    due_on: Day
    status: BillStatus = "unpaid"
    tariff: Line60 | None = None
    corrects: Code40 | None = Field(None, description="Of a later entry: the number of the bill it is about")
    reason: Line200 | None = Field(None, description="Of a later entry: why, as the customer may read it")
    lines: list[LineBody] | None = Field(None, min_length=1, max_length=100)

    def split(self) -> tuple[dict[str, Any], list[dict[str, Any]] | None]:
        """The bill without its lines, and the lines."""
        lines = None if self.lines is None else [line.model_dump() for line in self.lines]
        return self.model_dump(exclude={"lines"}), lines


class CorrectionBody(Given):
    """The right bill; what is left out is as in the wrong one. `issued_on`: else today; `due_on`: else as many days."""

    model_config = sample({**_RIGHT, "lines": [_RIGHT_LINE]})

    reason: Line200
    usage: Number
    amount: Amount
    lines: list[LineBody] = Field(min_length=1, max_length=100)
    period_start: Day | None = None
    period_end: Day | None = None
    previous_reading: Number | None = None
    current_reading: Number | None = None
    estimated: bool | None = None
    issued_on: Day | None = None
    due_on: Day | None = None
    tariff: Line60 | None = None

    def split(self) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
        """The right bill without its lines, the lines, and why."""
        bill = self.model_dump(exclude={"lines", "reason"})
        return bill, [line.model_dump() for line in self.lines], self.reason


class PaymentBody(Given):
    """`bill`: the number of the bill it was paid for, if any."""

    model_config = sample(_PAYMENT)

    account_number: AccountNumber
    bill: Code40 | None = None
    amount: Annotated[Amount, Field(gt=0)]
    paid_at: Moment
    channel: Line30
    reference: Code60
    status: PaymentStatus = "credited"


class BillStatusBody(Given):
    model_config = sample({"status": "paid"})

    status: BillStatus


class PaymentStatusBody(Given):
    model_config = sample({"status": "credited"})

    status: PaymentStatus


def show_bill(bill: Bill, lines: list[BillLine]) -> dict[str, Any]:
    same = "number account_number period sequence kind days unit estimated status tariff corrects reason"
    days = "period_start period_end issued_on due_on"
    return {
        **{name: getattr(bill, name) for name in same.split()},
        **{name: getattr(bill, name).isoformat() for name in days.split()},
        **{name: plain(getattr(bill, name)) for name in ("usage", "previous_reading", "current_reading")},
        "amount": plain(bill.amount, 2),
        "lines": [show_line(line) for line in lines],
    }


def show_line(line: BillLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "label": line.label,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "price": plain(line.price),
        "amount": plain(line.amount, 2),
        "tier": line.tier,
        "formula": line.formula,
    }


def show_reading(reading: Reading) -> dict[str, Any]:
    names = "id account_number meter_number estimated source status photos conversation_id"
    same = {name: getattr(reading, name) for name in names.split()} | {"supersedes": reading.supersedes_id}
    numbers = {name: plain(getattr(reading, name)) for name in ("value", "peak", "valley")}
    return {**same, "read_on": reading.read_on.isoformat(), **numbers}


def show_payment(payment: Payment, bill: str | None) -> dict[str, Any]:
    return {
        "id": payment.id,
        "account_number": payment.account_number,
        "bill": bill,
        "amount": plain(payment.amount, 2),
        "paid_at": iso(payment.paid_at),
        "channel": payment.channel,
        "reference": payment.reference,
        "status": payment.status,
    }
