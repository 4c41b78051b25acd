"""Which rule of company/relief.yml decides a wish, from the facts of an account; nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing import service as billing
from kefu.billing.models import Bill, BillLine, FeeWaiver, Payment, PaymentPlan
from kefu.billing.periods import months_on
from kefu.clock import clock, local
from kefu.company.relief import ReliefRule, ReliefRules

_LATE_PERIOD = re.compile(r"(20\d\d-\d\d)账单")
COUNTED = ("credited", "not_credited")


@dataclass(frozen=True)
class Fee:
    """A late fee on a bill that stands, not waived yet. `our_fault`: the bill it is for was paid in time, or corrected."""

    bill: Bill
    line: BillLine
    our_fault: bool

    @property
    def amount(self) -> Decimal:
        return self.line.amount


@dataclass(frozen=True)
class Facts:
    """What rules ask for. Sums in yuan; `smallest`: the smallest part; None where it does not apply."""

    today: date
    customer_class: str
    low_income: bool
    amount: Decimal
    our_fault: bool
    open_plan: bool
    last_broken_on: date | None
    last_waiver_on: date | None
    oldest_months: int
    parts: int
    smallest: Decimal
    days: int
    first_in_days: int


Check = Callable[[Any, Facts], bool]
CHECKS: Mapping[str, Check] = {
    "customer_class": lambda limit, facts: facts.customer_class == limit,
    "our_fault": lambda limit, facts: facts.our_fault == limit,
    "low_income": lambda limit, facts: facts.low_income == limit,
    "open_plan": lambda limit, facts: facts.open_plan == limit,
    "broken_plan_months": lambda limit, facts: _within(facts.last_broken_on, limit, facts.today),
    "unwaived_months": lambda limit, facts: not _within(facts.last_waiver_on, limit, facts.today),
    "at_most_yuan": lambda limit, facts: facts.amount <= limit,
    "more_than_yuan": lambda limit, facts: facts.amount > limit,
    "parts_at_most": lambda limit, facts: facts.parts <= limit,
    "smallest_part_yuan": lambda limit, facts: facts.smallest >= limit,
    "days_at_most": lambda limit, facts: facts.days <= limit,
    "first_within_days": lambda limit, facts: 0 <= facts.first_in_days <= limit,
    "oldest_months_at_most": lambda limit, facts: facts.oldest_months <= limit,
}
FOUND: Mapping[str, str] = {
    "at_most_yuan": "amount",
    "more_than_yuan": "amount",
    "smallest_part_yuan": "smallest",
    "days_at_most": "days",
    "oldest_months_at_most": "oldest_months",
}


def _within(day: date | None, months: int, today: date) -> bool:
    return day is not None and day > months_on(today, -months)


def unmet(rule: ReliefRule, facts: Facts, rules: ReliefRules) -> tuple[str, ...]:
    """The points of a rule that do not hold, in the company's words; empty when it decides."""
    found = []
    for name, limit in rule.when.points().items():
        if not CHECKS[name](limit, facts):
            own = getattr(facts, FOUND[name]) if name in FOUND else ""
            found.append(rules.reasons[name].format(limit=shown(limit), found=shown(own)))
    return tuple(found)


def shown(value: object) -> str:
    """Yuan with its fen, unless it is whole; other numbers as they are."""
    if isinstance(value, Decimal):
        return format(value.quantize(Decimal(1)) if value == int(value) else value.quantize(Decimal("0.01")), "f")
    return str(value)


def late_fees(session: Session, account_number: str, bill: str | None = None) -> list[Fee]:
    """The late fees that may still be waived, the latest first; of the bill of that number only, if one is named."""
    found = []
    for one in billing.standing_bills(session, account_number):
        if bill not in (None, one.number):
            continue
        waived = {line.label for line in ledger.waived_lines(session, one)}
        lines = select(BillLine).where(
            BillLine.bill_id == one.id, BillLine.kind == "late_fee", BillLine.id.not_in(select(FeeWaiver.line_id))
        )
        for line in session.scalars(lines.order_by(BillLine.position)):
            if line.amount > 0 and ledger.waiver_label(line) not in waived:
                found.append(Fee(one, line, _our_fault(session, one, line)))
    return found


def late_bill(session: Session, bill: Bill, line: BillLine) -> Bill | None:
    """The bill a late fee is for: the one its line names, else the one before the bill it stands on."""
    named = _LATE_PERIOD.search(line.label)
    query = select(Bill).where(Bill.account_number == bill.account_number, Bill.kind != "adjustment")
    query = query.where(Bill.period == named[1] if named else Bill.period_end < bill.period_end)
    return session.scalars(query.order_by(Bill.period_end.desc(), Bill.sequence.desc())).first()


def _our_fault(session: Session, bill: Bill, line: BillLine) -> bool:
    """The bill was paid in time, or corrected: our books say whose fault it was."""
    late = late_bill(session, bill, line)
    if late is None:
        return False
    if late.kind == "correction":
        return True
    paid = select(Payment).where(Payment.bill_id == late.id, Payment.status.in_(COUNTED))
    in_time = [one.amount for one in session.scalars(paid) if local(one.paid_at).date() <= late.due_on]
    return bool(in_time) and sum(in_time, Decimal(0)) >= ledger.due(session, late)


def last_waiver_on(session: Session, account_number: str) -> date | None:
    """The last fee waived as a favour: what was our own fault does not count."""
    query = select(FeeWaiver.granted_at).where(
        FeeWaiver.account_number == account_number, FeeWaiver.our_fault.is_(False)
    )
    last = session.scalar(query.order_by(FeeWaiver.granted_at.desc()).limit(1))
    return local(last).date() if last is not None else None


def last_broken_on(session: Session, account_number: str) -> date | None:
    query = select(PaymentPlan.ended_on).where(
        PaymentPlan.account_number == account_number, PaymentPlan.status == "broken"
    )
    return session.scalar(query.order_by(PaymentPlan.ended_on.desc()).limit(1))


def oldest_months(bills: list[Bill], today: date) -> int:
    """Whole months since the oldest overdue bill was due."""
    oldest = min((bill.due_on for bill in bills), default=today)
    months = (today.year - oldest.year) * 12 + today.month - oldest.month
    return max(0, months - (months_on(oldest, months) > today))


def facts_of(
    session: Session, account: Account, amount: Decimal, fees: list[Fee], parts: int, smallest: Decimal, days: int,
    first_in_days: int,
) -> Facts:  # fmt: skip
    """`amount`: the fee, or what would be paid later. Our fault only if every fee is."""
    today = local(clock.now()).date()
    plan = billing.plan_of(session, account.number)  # first: it may turn out to be broken
    return Facts(
        today=today,
        customer_class="resident" if account.customer_class == "resident" else "business",
        low_income=account.low_income,
        amount=amount,
        our_fault=bool(fees) and all(fee.our_fault for fee in fees),
        open_plan=plan is not None,
        last_broken_on=last_broken_on(session, account.number),
        last_waiver_on=last_waiver_on(session, account.number),
        oldest_months=oldest_months([one.bill for one in billing.owing(session, account.number)], today),
        parts=parts,
        smallest=smallest,
        days=days,
        first_in_days=first_in_days,
    )
