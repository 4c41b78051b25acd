"""A wrong bill is never edited: its negative is posted, then the right one, both in one transaction.

Payments stay with the wrong bill, where they were booked, and count for the right one (kefu/billing/ledger.py): what is
too much then goes to the account's balance, what is too little is still owed. A late fee that was waived stays waived
if the right bill still has it; else the waiver is reversed too, so that nothing is taken off twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.feed import account_of
from kefu.billing import ledger
from kefu.billing.feed import add_bill, lines_of
from kefu.billing.models import Bill
from kefu.billing.plans import follow_correction
from kefu.clock import clock, local
from kefu.feeding import Conflict, FeedProblem, Unknown

AS_IT_WAS = ["period_start", "period_end", "unit", "previous_reading", "current_reading", "estimated", "tariff"]


@dataclass(frozen=True)
class Corrected:
    """`credited`: yuan that went to the balance; `owed`: yuan still to be paid; `new`: False if it was done before."""

    reversal: Bill
    correction: Bill
    credited: Decimal
    owed: Decimal
    new: bool


def correct_bill(
    session: Session, number: str, right: Mapping[str, Any], lines: list[dict[str, Any]], reason: str
) -> Corrected:
    """Reverse the bill `number` and post the right one: `right` holds amount, usage and what else differs.

    The same correction again changes nothing. Raises Unknown, Conflict (reversed already), FeedProblem (sums differ,
    no bill that can be corrected).
    """
    wrong = _held(session, number)
    if wrong.kind not in ("normal", "correction"):
        raise FeedProblem(f"{number} 是冲正或调整，不能更正：请更正原账单")
    known = session.scalar(select(Bill).where(Bill.number == ledger.entry_number(wrong, "C")))
    if known is not None:
        return _as_before(session, wrong, known, right, lines, reason)
    if wrong.status == "reversed" or _is_reversed(session, wrong):
        raise Conflict(f"账单 {number} 已经冲正")
    lacking, before = ledger.assume_paid(session, wrong), ledger.left(session, wrong)
    reversal = _reverse(session, wrong, reason)
    correction, _ = add_bill(session, _values(wrong, right, reason), lines)
    _waivers_follow(session, wrong, correction, reason)
    correction.carried = lacking or None
    wrong.status = "reversed"
    session.flush()
    surplus = ledger.credit_surplus(session, correction)
    ledger.settle(session, correction)
    owed = ledger.left(session, correction)
    follow_correction(session, wrong, correction, owed - before)
    return Corrected(reversal, correction, surplus, owed, True)


def _held(session: Session, number: str) -> Bill:
    """The bill; its account is held until the end of the transaction, so that nobody corrects it meanwhile."""
    bill = session.scalar(select(Bill).where(Bill.number == number))
    if bill is None:
        raise Unknown(f"没有账单 {number}")
    account_of(session, bill.account_number)
    session.refresh(bill)
    return bill


def _is_reversed(session: Session, bill: Bill) -> bool:
    """A reversal fed by hand, the bill's status not yet changed."""
    query = select(Bill.id).where(
        Bill.account_number == bill.account_number,
        Bill.period == bill.period,
        Bill.kind == "reversal",
        Bill.amount == -bill.amount,
        Bill.sequence > bill.sequence,
    )
    return session.scalar(query.limit(1)) is not None


def _as_before(
    session: Session, wrong: Bill, known: Bill, right: Mapping[str, Any], lines: list[dict[str, Any]], reason: str
) -> Corrected:
    own = lines_of(session, [known.id])[known.id]
    same = len(own) == len(lines) and all(
        getattr(row, name) == value for row, line in zip(own, lines, strict=True) for name, value in line.items()
    )
    told = {**right, "reason": reason}
    if not same or any(getattr(known, name) != value for name, value in told.items() if value is not None):
        raise Conflict(f"账单 {wrong.number} 已经冲正，更正后的内容不同：请更正 {known.number}")
    reversal = session.scalars(select(Bill).where(Bill.number == ledger.entry_number(wrong, "R"))).one()
    return Corrected(reversal, known, Decimal(0), ledger.left(session, known), False)


def _reverse(session: Session, bill: Bill, reason: str) -> Bill:
    """Its negative: every line and the usage the other way round."""
    lines = [ledger.negated(line) for line in lines_of(session, [bill.id])[bill.id]]
    reversal = ledger.add_entry(session, bill, "reversal", "R", lines, "reversed", reason)
    reversal.usage = -bill.usage
    reversal.previous_reading, reversal.current_reading = bill.current_reading, bill.previous_reading
    session.flush()
    return reversal


def _values(wrong: Bill, right: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The right bill: what is not given is as it was; to be paid within as many days as the wrong one."""
    today = local(clock.now()).date()
    given = {name: value for name, value in right.items() if value is not None}
    return {
        **{name: getattr(wrong, name) for name in AS_IT_WAS},
        "issued_on": today,
        "due_on": max(wrong.due_on, today + (wrong.due_on - wrong.issued_on)),
        **given,
        **{name: getattr(wrong, name) for name in ("account_number", "period")},
        "number": ledger.entry_number(wrong, "C"),
        "kind": "correction",
        "sequence": None,
        "status": "unpaid",
        "corrects": wrong.number,
        "reason": reason,
    }


def _waivers_follow(session: Session, wrong: Bill, right: Bill, reason: str) -> None:
    fees = [line for line in lines_of(session, [right.id])[right.id] if line.kind == "late_fee"]
    for line in ledger.waived_lines(session, wrong):
        kept = any(ledger.waiver_label(fee) == line.label and fee.amount >= -line.amount for fee in fees)
        if not kept:
            adjustment = session.get_one(Bill, line.bill_id)
            ledger.add_entry(session, adjustment, "reversal", "R", [ledger.negated(line)], "reversed", reason)
            adjustment.status = "reversed"
    session.flush()
