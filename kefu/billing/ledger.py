"""What is left of a bill, and new entries beside it. A booked entry is never edited but for its status.

left = amount − waivers − credited payments − carried. A correction inherits the payments of the bill it replaces: they
stay where they were booked. What was paid beyond a corrected or reduced bill goes to the account's balance, and the
entry remembers it in `carried` (negative), so that no fen counts twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.models import Bill, BillLine, FeeWaiver, Payment
from kefu.billing.pricing.lines import NOTHING
from kefu.clock import clock, local

OPEN = ("unpaid", "overdue")
NUMBER_MAX = 40
FORMULA_MAX = 200


def chain(session: Session, bill: Bill) -> Iterator[Bill]:
    """The bill, the wrong one it replaced, the one that replaced, and so on."""
    earlier: Bill | None = bill
    while earlier is not None:
        yield earlier
        replaces = earlier.corrects if earlier.kind == "correction" else None
        query = select(Bill).where(Bill.number == replaces, Bill.account_number == bill.account_number)
        earlier = session.scalar(query) if replaces else None


def _ids(session: Session, bill: Bill) -> list[int]:
    return [one.id for one in chain(session, bill)]


def waived_lines(session: Session, bill: Bill) -> list[BillLine]:
    """The negative lines that stand for this bill (or for the wrong one before it)."""
    adjustment = select(FeeWaiver.adjustment_id).join(BillLine, BillLine.id == FeeWaiver.line_id)
    mine = adjustment.where(BillLine.bill_id.in_(_ids(session, bill)))
    query = select(BillLine).join(Bill, Bill.id == BillLine.bill_id)
    query = query.where(Bill.id.in_(mine), Bill.status != "reversed")
    return list(session.scalars(query.order_by(BillLine.id)))


def due(session: Session, bill: Bill) -> Decimal:
    """Yuan of the bill less what was waived."""
    return bill.amount + sum((line.amount for line in waived_lines(session, bill)), NOTHING)


def settled(session: Session, bill: Bill) -> Decimal:
    """Yuan paid for it: credited payments for it and for the wrong bills before it, and what was carried."""
    entries = list(chain(session, bill))
    query = select(Payment.amount).where(Payment.bill_id.in_([one.id for one in entries]), Payment.status == "credited")
    carried = (one.carried or NOTHING for one in entries)
    return sum(session.scalars(query), NOTHING) + sum(carried, NOTHING)


def left(session: Session, bill: Bill) -> Decimal:
    """Yuan still to be paid for a bill that is not paid; never below nothing."""
    return max(NOTHING, due(session, bill) - settled(session, bill)) if bill.status in OPEN else NOTHING


def settle(session: Session, bill: Bill) -> None:
    """A bill that is fully paid becomes `paid`; a payment for a reversed bill counts for the one that replaced it."""
    while bill.status == "reversed":
        query = select(Bill).where(Bill.corrects == bill.number, Bill.kind == "correction")
        follows = session.scalar(query.where(Bill.account_number == bill.account_number))
        if follows is None:
            return
        bill = follows
    if bill.status in OPEN and settled(session, bill) >= due(session, bill):
        bill.status = "paid"
    if bill.status == "paid" and bill.kind == "correction":
        credit_surplus(session, bill)


def credit_surplus(session: Session, bill: Bill, at_most: Decimal | None = None) -> Decimal:
    """What was paid beyond a bill (`at_most` so many yuan of it) goes to the account's balance, once; returns the yuan."""
    surplus = settled(session, bill) - due(session, bill)
    surplus = surplus if at_most is None else min(surplus, at_most)
    if surplus <= 0:
        return NOTHING
    account = session.get_one(Account, bill.account_number, with_for_update=True, populate_existing=True)
    account.balance += surplus
    bill.carried = (bill.carried or NOTHING) - surplus
    session.flush()
    return surplus


def assume_paid(session: Session, bill: Bill) -> Decimal:
    """What a bill that counts as paid lacks in payments on record (the utility said `paid` without them)."""
    return max(NOTHING, due(session, bill) - settled(session, bill)) if bill.status == "paid" else NOTHING


def entry_number(bill: Bill, suffix: str) -> str:
    """The number of an entry that belongs to `bill`: always the same for the same suffix."""
    number = f"{bill.number}-{suffix}"
    return number if len(number) <= NUMBER_MAX else f"{suffix}-{bill.id}"


def next_sequence(session: Session, bill: Bill) -> int:
    """The place after the last entry of the bill's period."""
    period = (Bill.account_number == bill.account_number, Bill.period == bill.period)
    return (session.scalar(select(func.max(Bill.sequence)).where(*period)) or 0) + 1


def add_entry(
    session: Session, bill: Bill, kind: str, suffix: str, lines: list[BillLine], status: str, reason: str
) -> Bill:
    """A new entry beside `bill`, in its period and without usage of its own; its lines are numbered here."""
    today = local(clock.now()).date()
    same = "account_number period period_start period_end days unit tariff"
    entry = Bill(
        **{name: getattr(bill, name) for name in same.split()},
        number=entry_number(bill, suffix), sequence=next_sequence(session, bill), kind=kind, usage=NOTHING,
        estimated=False, amount=sum((line.amount for line in lines), NOTHING), issued_on=today, due_on=today,
        status=status, corrects=bill.number, reason=reason,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    for place, line in enumerate(lines, 1):
        line.bill_id, line.position = entry.id, place
    session.add_all(lines)
    session.flush()
    return entry


def negated(line: BillLine) -> BillLine:
    """The same line the other way round, not yet in a bill."""
    quantity = None if line.quantity is None else -line.quantity
    return BillLine(
        kind=line.kind, label=line.label, quantity=quantity, unit=line.unit, price=line.price, amount=-line.amount,
        tier=line.tier, formula=_taken_back(line.formula),
    )  # fmt: skip


def _taken_back(formula: str | None) -> str | None:
    """With a minus before it, where it still fits."""
    return f"−({formula})" if formula and len(formula) <= FORMULA_MAX - len("−()") else None


def waiver_label(line: BillLine) -> str:
    """How the line is called that waives another: it names it."""
    return f"减免{line.label}"[:60]
