"""The rows of readings, bills, lines and payments while the city is being built."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from demo.people import Customer
from demo.periods import DUE_DAYS, Period
from demo.tariffs import total
from kefu.billing.pricing.lines import Line
from kefu.clock import SHANGHAI

CHANNELS = ("微信", "支付宝", "营业厅", "银行代扣")


@dataclass(frozen=True)
class Charge:
    """What a bill says about its period."""

    usage: Decimal
    unit: str
    lines: tuple[Line, ...]
    before: Decimal | None = None
    after: Decimal | None = None
    estimated: bool = False


@dataclass
class Books:
    """`now` is Shanghai time. Lines and payments know their bill by its number until bills have ids."""

    now: datetime
    readings: list[dict[str, Any]] = field(default_factory=list)
    bills: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)

    def read(self, customer: Customer, day: date, value: int, peak: int | None, estimated: bool = False) -> None:
        self.readings.append(
            {
                "account_number": customer.number,
                "meter_number": customer.meter_number,
                "read_on": day,
                "value": Decimal(value),
                "peak": None if peak is None else Decimal(peak),
                "valley": None if peak is None else Decimal(value - peak),
                "estimated": estimated,
                "source": "estimate" if estimated else "reader",
            }
        )

    def bill(
        self,
        customer: Customer,
        period: Period,
        charge: Charge,
        status: str,
        sequence: int = 0,
        kind: str = "normal",
        issued: date | None = None,
    ) -> dict[str, Any]:
        """Adds a bill with its lines and returns its row."""
        issued = issued or period.issued
        row = {
            "number": f"ZD{period.name.replace('-', '')}{customer.number}{sequence}",
            "account_number": customer.number,
            "period": period.name,
            "sequence": sequence,
            "kind": kind,
            "period_start": period.start,
            "period_end": period.end,
            "days": period.days,
            "usage": charge.usage,
            "unit": charge.unit,
            "previous_reading": charge.before,
            "current_reading": charge.after,
            "estimated": charge.estimated,
            "amount": total(charge.lines),
            "issued_on": issued,
            "due_on": issued + timedelta(days=DUE_DAYS),
            "status": status,
            "tariff": customer.tariff,
        }
        self.bills.append(row)
        for position, line in enumerate(charge.lines, start=1):
            self.lines.append({"bill_number": row["number"], "position": position, **vars(line)})
        return row

    def pay(
        self, customer: Customer, bill: dict[str, Any], at: datetime, channel: str, status: str = "credited"
    ) -> None:
        self.payments.append(
            {
                "bill_number": bill["number"],
                "account_number": customer.number,
                "amount": bill["amount"],
                "paid_at": at,
                "channel": channel,
                "reference": f"ZF{bill['number'][2:]}",
                "status": status,
            }
        )

    def settle(self, customer: Customer, bill: dict[str, Any], back: int, draw: Random) -> None:
        """Lets the customer pay this bill as planned: as a rule within two weeks, if those have passed."""
        channel = customer.plan.get("channel", CHANNELS[customer.seed // 7 % 4])
        delay, clock = draw.randrange(1, DUE_DAYS), time(draw.randrange(8, 21), draw.randrange(60))
        plan = customer.plan
        if back in plan.get("unpaid", ()):
            bill["status"] = "overdue" if bill["due_on"] < self.now.date() else "unpaid"
            return
        if back == 1 and plan.get("not_credited"):
            yesterday = datetime.combine(self.now.date() - timedelta(days=1), time(18, 42), SHANGHAI)
            self.pay(customer, bill, yesterday, channel, "not_credited")
            return
        paid_at = datetime.combine(bill["issued_on"] + timedelta(days=delay), clock, SHANGHAI)
        if back in plan.get("paid_late", {}):
            paid_at = datetime.combine(bill["due_on"] + timedelta(days=plan["paid_late"][back]), clock, SHANGHAI)
        elif back == 1 and plan.get("prompt"):
            paid_at = min(datetime.combine(bill["issued_on"], time(10, 5), SHANGHAI), self.now)
        if paid_at <= self.now:
            bill["status"] = "paid"
            self.pay(customer, bill, paid_at, channel)
