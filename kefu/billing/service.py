"""Looking at an account's bills. Money is yuan, exact; an account's own proof is the caller's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing.models import Bill, BillLine, FeeWaiver, PaymentPlan
from kefu.billing.plans import reviewed
from kefu.billing.pricing.stretches import year_start
from kefu.billing.pricing.use import Customer
from kefu.clock import local
from kefu.company.tariffs import Tariff

OPEN = ledger.OPEN


@dataclass(frozen=True)
class Statement:
    """A bill with its lines, as it stands; `entries` holds every entry of the period, wrong and reversing ones too.

    `waived`: the negative lines by which late fees of this bill were waived; they stand in entries of their own.
    """

    bill: Bill
    lines: list[BillLine]
    entries: list[Bill]
    waived: list[BillLine] = field(default_factory=list)

    @property
    def corrected(self) -> bool:
        return any(entry.kind == "reversal" for entry in self.entries)

    @property
    def due(self) -> Decimal:
        """The bill less what was waived."""
        return self.bill.amount + sum((line.amount for line in self.waived), Decimal(0))


@dataclass(frozen=True)
class Owing:
    """A bill that is not paid, and what is left of it (yuan): less waivers, part payments, money brought along.

    `planned`: a running plan covers it, so nobody is cut off for it; `fee_stopped`: no late fee runs meanwhile either.
    """

    bill: Bill
    amount: Decimal
    planned: bool = False
    fee_stopped: bool = False


def standing_bills(session: Session, account_number: str) -> list[Bill]:
    """The bills that stand (no reversed entry, no reversal, no waiver), the latest period first."""
    query = select(Bill).where(
        Bill.account_number == account_number,
        Bill.status != "reversed",
        Bill.kind != "reversal",
        Bill.id.not_in(select(FeeWaiver.adjustment_id).where(FeeWaiver.account_number == account_number)),
    )
    return list(session.scalars(query.order_by(Bill.period_end.desc(), Bill.sequence.desc(), Bill.id.desc())))


def statement(session: Session, bill: Bill) -> Statement:
    lines = select(BillLine).where(BillLine.bill_id == bill.id).order_by(BillLine.position, BillLine.id)
    entries = select(Bill).where(Bill.account_number == bill.account_number, Bill.period == bill.period)
    own, period = list(session.scalars(lines)), list(session.scalars(entries.order_by(Bill.sequence)))
    return Statement(bill, own, period, ledger.waived_lines(session, bill))


def bill_of_months(bills: Sequence[Bill], months: Sequence[str]) -> list[Bill]:
    """Those of the bills whose period ("2026-11") is one of `months`, the latest first."""
    return [bill for bill in bills if bill.period in months]


def unpaid(bills: Sequence[Bill]) -> list[Bill]:
    """Those still to be paid, the oldest first; how much of each, says `owing`."""
    return [bill for bill in reversed(bills) if bill.status in OPEN]


def owing(session: Session, account_number: str) -> list[Owing]:
    """What is still to be paid, bill by bill, the oldest first."""
    plan = plan_of(session, account_number)
    found = []
    for bill in unpaid(standing_bills(session, account_number)):
        planned = plan is not None and bill.number in plan.bills
        stopped = planned and plan is not None and plan.stops_late_fee
        found.append(Owing(bill, ledger.left(session, bill), planned, stopped))
    return found


def total(owed: Sequence[Owing]) -> Decimal:
    """Yuan over all bills."""
    return sum((one.amount for one in owed), Decimal(0))


def arrears(owed: Sequence[Owing], today: date) -> Decimal:
    """What is past its due date, not paid and in no plan (yuan)."""
    return total([one for one in owed if one.bill.due_on < today and not one.planned])


def plan_of(session: Session, account_number: str) -> PaymentPlan | None:
    """The running plan of an account, its parts as the payments so far make them; None without one.

    A plan whose part was not paid by its day is broken from the next day on and runs no longer.
    """
    query = select(PaymentPlan).where(PaymentPlan.account_number == account_number, PaymentPlan.status == "open")
    plan = session.scalar(query.order_by(PaymentPlan.id.desc()).limit(1))
    return plan if plan is not None and reviewed(session, plan).status == "open" else None


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
        return Decimal(0)
    query = select(Bill).where(
        Bill.account_number == account_number, Bill.status != "reversed", Bill.kind != "reversal",
        Bill.unit == row.unit, Bill.period_end >= first, Bill.period_end < day,
    )  # fmt: skip
    return sum((_since(first, row, bill) for bill in session.scalars(query)), Decimal(0))


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
