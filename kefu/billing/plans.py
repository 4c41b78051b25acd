"""Paying later or in parts. Parts add up to the total to the fen; a plan is kept or broken by the payments alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.billing import ledger
from kefu.billing.models import Bill, Payment, PaymentPlan, PaymentPlanPart
from kefu.billing.periods import months_on
from kefu.billing.pricing.lines import FEN
from kefu.clock import clock, local


@dataclass(frozen=True)
class Part:
    """Yuan to be paid by a day, that day included."""

    due_on: date
    amount: Decimal


def parts_of(total: Decimal, count: int, first_on: date) -> tuple[Part, ...]:
    """`total` in `count` parts, one a month from `first_on`; the first takes the odd fen.

    Raises ValueError below one part, or when a part would be nothing.
    """
    each = (total / count).quantize(FEN, ROUND_DOWN) if count > 0 else Decimal(0)
    if each <= 0:
        raise ValueError("no part may be nothing")
    amounts = [total - each * (count - 1), *[each] * (count - 1)]
    return tuple(Part(months_on(first_on, place), amount) for place, amount in enumerate(amounts))


def open_plan(
    session: Session, account_number: str, kind: str, bills: Sequence[Bill], parts: Sequence[Part],
    stops_late_fee: bool, ticket_id: int | None,
) -> PaymentPlan:  # fmt: skip
    """Write a plan over these bills."""
    plan = PaymentPlan(
        account_number=account_number, ticket_id=ticket_id, kind=kind, bills=[bill.number for bill in bills],
        stops_late_fee=stops_late_fee, status="open", created_at=clock.now(),
        parts=[
            PaymentPlanPart(position=place, due_on=part.due_on, amount=part.amount, status="open")
            for place, part in enumerate(parts, 1)
        ],
    )  # fmt: skip
    session.add(plan)
    session.flush()
    return plan


def paid_since(session: Session, plan: PaymentPlan) -> Decimal:
    """Yuan credited since the plan began, for its bills or for none in particular (the payment's day counts)."""
    bills = session.scalars(select(Bill).where(Bill.number.in_(plan.bills)))
    ids = [one.id for bill in bills for one in ledger.chain(session, bill)]
    query = select(Payment.amount).where(
        Payment.account_number == plan.account_number,
        Payment.status == "credited",
        Payment.paid_at >= plan.created_at,
        Payment.bill_id.in_(ids) | Payment.bill_id.is_(None),
    )
    return sum(session.scalars(query), Decimal(0))


def reviewed(session: Session, plan: PaymentPlan) -> PaymentPlan:
    """The plan with its status and its parts' as today's payments make them; nothing changes once it is over."""
    if plan.status != "open":
        return plan
    today, rest = local(clock.now()).date(), paid_since(session, plan)
    open_bills = list(session.scalars(select(Bill).where(Bill.number.in_(plan.bills), Bill.status.in_(ledger.OPEN))))
    for part in plan.parts if open_bills else ():
        rest -= part.amount
        part.status = "kept" if rest >= 0 else "broken" if part.due_on < today else "open"
    states = {part.status for part in plan.parts} if open_bills else {"kept"}
    if "broken" in states:
        _end(plan, "broken", today)
    elif states == {"kept"}:
        _end(plan, "kept", today)
        for bill in open_bills:
            bill.carried = (bill.carried or Decimal(0)) + ledger.left(session, bill)
            bill.status = "paid"
    session.flush()
    return plan


def _end(plan: PaymentPlan, status: str, today: date) -> None:
    plan.status, plan.ended_on = status, today
    for part in plan.parts:
        if part.status == "open":
            part.status = "kept" if status == "kept" else "cancelled"


def follow_correction(session: Session, wrong: Bill, right: Bill, difference: Decimal) -> None:
    """A plan over a corrected bill goes on over the right one; the difference (yuan) changes its last open parts."""
    query = select(PaymentPlan).where(PaymentPlan.account_number == wrong.account_number, PaymentPlan.status == "open")
    for plan in session.scalars(query):
        if wrong.number not in plan.bills:
            continue
        plan.bills = [right.number if number == wrong.number else number for number in plan.bills]
        for part in reversed(plan.parts):
            change = max(difference, -part.amount)
            part.amount += change
            difference -= change
            if not difference:
                break
        session.flush()
