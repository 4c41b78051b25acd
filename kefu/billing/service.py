"""Looking at an account's bills. Money is yuan, exact; an account's own proof is the caller's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.models import Bill, BillLine, Payment
from kefu.billing.pricing.lines import NOTHING
from kefu.billing.pricing.plan import year_start
from kefu.billing.pricing.use import Customer
from kefu.clock import local
from kefu.company.tariffs import Tariff

OPEN = ("unpaid", "overdue")


@dataclass(frozen=True)
class Statement:
    """A bill with its lines, as it stands; `entries` holds every entry of the period, wrong and reversing ones too."""

    bill: Bill
    lines: list[BillLine]
    entries: list[Bill]

    @property
    def corrected(self) -> bool:
        return any(entry.kind == "reversal" for entry in self.entries)


def standing_bills(session: Session, account_number: str) -> list[Bill]:
    """The bills that stand (no reversed entry, no reversal), the latest period first."""
    query = select(Bill).where(
        Bill.account_number == account_number, Bill.status != "reversed", Bill.kind != "reversal"
    )
    return list(session.scalars(query.order_by(Bill.period_end.desc(), Bill.sequence.desc(), Bill.id.desc())))


def statement(session: Session, bill: Bill) -> Statement:
    lines = select(BillLine).where(BillLine.bill_id == bill.id).order_by(BillLine.position, BillLine.id)
    entries = select(Bill).where(Bill.account_number == bill.account_number, Bill.period == bill.period)
    return Statement(bill, list(session.scalars(lines)), list(session.scalars(entries.order_by(Bill.sequence))))


def bill_of_months(bills: Sequence[Bill], months: Sequence[str]) -> list[Bill]:
    """Those of the bills whose period ("2026-11") is one of `months`, the latest first."""
    return [bill for bill in bills if bill.period in months]


def unpaid(bills: Sequence[Bill]) -> list[Bill]:
    """What is still to be paid, the oldest first."""
    return [bill for bill in reversed(bills) if bill.status in OPEN]


def arrears(bills: Sequence[Bill], today: date) -> Decimal:
    """What is past its due date and not paid (yuan)."""
    late = (bill.amount for bill in unpaid(bills) if bill.due_on < today)
    return sum(late, Decimal(0))


def payments_since(session: Session, account_number: str, limit: int = 5) -> list[Payment]:
    """The latest payments, the newest first."""
    query = select(Payment).where(Payment.account_number == account_number)
    return list(session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc()).limit(limit)))


def customer_of(account: Account) -> Customer:
    """What of an account its price may depend on."""
    return Customer(
        household_size=account.household_size,
        heated_area=account.heated_area_m2,
        opened_on=local(account.created_at).date(),
    )


def used_before(session: Session, account_number: str, row: Tariff, day: date) -> Decimal:
    """What standing bills that ended before `day` used in the tariff's year that `day` is in (the tariff's unit).

    A bill belongs to the year of its last day; where the tariff cuts bills at the turn of the year, by its days. 0 for
    tiers that do not run over a year.
    """
    first = _year_begins(row, day)
    if first is None:
        return NOTHING
    query = select(Bill).where(
        Bill.account_number == account_number, Bill.status != "reversed", Bill.kind != "reversal",
        Bill.unit == row.unit, Bill.period_end >= first, Bill.period_end < day,
    )  # fmt: skip
    return sum((_since(first, row, bill) for bill in session.scalars(query)), NOTHING)


def _year_begins(row: Tariff, day: date) -> date | None:
    if row.accumulates == "calendar_year":
        return year_start(row, day)
    if row.accumulates == "season":
        return date(day.year if day.month >= 7 else day.year - 1, 7, 1)
    return None


def _since(first: date, row: Tariff, bill: Bill) -> Decimal:
    if row.at_year_turn != "days" or bill.period_start >= first:
        return bill.usage
    days = (bill.period_end - first).days + 1
    return (bill.usage * days / bill.days).quantize(row.apportion_to)
