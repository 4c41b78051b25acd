"""Looking for a payment: credited, on its way, too late, made twice, made for somebody else, or not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing.models import Bill, Payment
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.company.promises import end_of

State = Literal["credited", "on_the_way", "too_late", "paid_twice", "elsewhere", "refunded", "failed", "nothing"]
NEAR = timedelta(days=1)  # people miss the day by one: a payment near midnight


@dataclass(frozen=True)
class PaymentFinding:
    """One payment, or none, with what may be told of it: no names, of the reference only the last four signs.

    on_the_way, too_late: received but not credited, `by` (the company's limit) lies ahead or behind.
    paid_twice: `over` yuan too much for the bill, for which each of `offers` (prepay, refund: text) is open.
    elsewhere: credited to some other account, of which nothing is told. nothing: `proof` says what to send.
    """

    state: State
    amount: Decimal | None = None
    paid_at: datetime | None = None
    channel: str | None = None
    reference: str | None = None
    period: str | None = None
    by: datetime | None = None
    says: str | None = None
    over: Decimal | None = None
    offers: tuple[tuple[str, str], ...] = ()
    proof: tuple[str, ...] = ()
    source: str = ""


def payments_since(session: Session, account_number: str, limit: int = 5) -> list[Payment]:
    """The latest payments, the newest first."""
    query = select(Payment).where(Payment.account_number == account_number)
    return list(session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc()).limit(limit)))


def find_payments(
    session: Session,
    company: CompanyData,
    account: Account,
    amount: Decimal | None = None,
    on: date | None = None,
    channel: str | None = None,
    reference: str | None = None,
) -> list[PaymentFinding]:
    """What became of the payments of an account that fit what the customer says; never an empty list.

    `amount` yuan, `on` the day paid, `reference` the whole number or its last four signs. Without any of them: what is
    amiss in the last `look_back_days`, else the latest payment. Source of limits and offers: company/payments.yml.
    """
    rows = payments_since(session, account.number, limit=200)
    given = (amount, on, channel, reference) != (None, None, None, None)
    if given:
        rows = [row for row in rows if _fits(row, amount, on, channel, reference)]
    else:
        since = clock.now() - timedelta(days=company.payments.look_back_days)
        rows = [row for row in rows if row.paid_at >= since]
    found = [_finding(session, company, row) for row in rows]
    if not given:
        found = [one for one in found if one.state != "credited"] or found[:1]
    if found:
        return found
    if amount is not None and reference and _elsewhere(session, account, amount, reference):
        return [PaymentFinding("elsewhere", proof=tuple(company.payments.proof), source=company.payments.source)]
    return [PaymentFinding("nothing", proof=tuple(company.payments.proof), source=company.payments.source)]


def _fits(row: Payment, amount: Decimal | None, on: date | None, channel: str | None, reference: str | None) -> bool:
    if amount is not None and row.amount != amount:
        return False
    if on is not None and abs(local(row.paid_at).date() - on) > NEAR:
        return False
    if channel and channel not in row.channel and row.channel not in channel:
        return False
    return not reference or row.reference == reference or (len(reference) == 4 and row.reference.endswith(reference))


def _elsewhere(session: Session, account: Account, amount: Decimal, reference: str) -> bool:
    """Somebody who knows the whole reference and the sum has paid it: that much may be told, and nothing more."""
    query = select(Payment.amount).where(Payment.reference == reference, Payment.account_number != account.number)
    return amount in session.scalars(query).all()


def _finding(session: Session, company: CompanyData, row: Payment) -> PaymentFinding:
    bill = session.get(Bill, row.bill_id) if row.bill_id else None
    rule = company.payments.channel(row.channel)
    by = end_of(company, rule.within, row.paid_at)
    over = _over(session, row, bill)
    states: dict[str, State] = {"refunded": "refunded", "failed": "failed"}
    state = states.get(row.status, "credited")
    if row.status == "not_credited":
        state = "on_the_way" if clock.now() <= by else "too_late"
    if over:
        state = "paid_twice"
    return PaymentFinding(
        state=state,
        amount=row.amount,
        paid_at=row.paid_at,
        channel=row.channel,
        reference=row.reference[-4:],
        period=bill.period if bill is not None else None,
        by=by if row.status == "not_credited" else None,
        says=rule.says,
        over=over,
        offers=tuple(company.payments.offers.items()) if over else (),
        source=company.payments.source,
    )


def _over(session: Session, row: Payment, bill: Bill | None) -> Decimal | None:
    """Yuan too much, told of the later of several payments for one bill; None when nothing is too much.

    What went to the balance with a correction is not too much any more.
    """
    if bill is None or row.status not in ("credited", "not_credited"):
        return None
    others = select(Payment).where(Payment.bill_id == bill.id, Payment.status.in_(("credited", "not_credited")))
    rows = sorted(session.scalars(others), key=lambda one: (one.paid_at, one.id))
    if bill.status == "reversed" or len(rows) < 2 or rows[-1].id != row.id:
        return None
    coming = sum((one.amount for one in rows if one.status == "not_credited"), Decimal(0))
    over = ledger.settled(session, bill) + coming - ledger.due(session, bill)
    return min(over, row.amount) if over > 0 else None


def uncredited(findings: Sequence[PaymentFinding]) -> PaymentFinding | None:
    """The latest payment that was received and is not credited yet."""
    return next((one for one in findings if one.state in ("on_the_way", "too_late")), None)
