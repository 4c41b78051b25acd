"""Back after a cut for debts: what is still owed, or by when it must be back; the request is sent once.

Source: company/reconnection.yml (24 hours after payment; a grown-up at home for gas, for the safety check).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import service as billing
from kefu.billing.models import Payment, PaymentPlan
from kefu.billing.payments import PaymentFinding, find_payments, uncredited
from kefu.billing.pricing.lines import money
from kefu.clock import clock, iso
from kefu.company.data import CompanyData
from kefu.company.relief import ReconnectionRule
from kefu.tickets import clocks
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import NotAllowed, Report

CATEGORY = "ask_reconnection"
READY = ("paid", "uncredited")


@dataclass(frozen=True)
class Reconnection:
    """not_cut_off (then `account_status` says more: active, suspended, closed); owing: `owed` yuan first.

    paid: all paid at `paid_at`, back by `due_at`; uncredited: a payment that covers it is seen, not yet credited.
    `late`: `due_at` is past. `at_home`: a grown-up must be there. `ticket`: the request that is on its way.
    """

    kind: Literal["not_cut_off", "owing", "paid", "uncredited"]
    account_status: str
    rule: ReconnectionRule
    cut_off_at: datetime | None = None
    owed: Decimal = Decimal(0)
    paid_at: datetime | None = None
    due_at: datetime | None = None
    late: bool = False
    payment: PaymentFinding | None = None
    plan: PaymentPlan | None = None
    ticket: Ticket | None = None

    @property
    def at_home(self) -> bool:
        return self.rule.at_home


def state(session: Session, company: CompanyData, account: Account) -> Reconnection:
    """How an account stands; `cut_off` is what the utility's own system feeds (PUT /api/accounts)."""
    rule = company.reconnection_of(account.service)
    if account.status != "cut_off":
        return Reconnection("not_cut_off", account.status, rule)
    plan = billing.plan_of(session, account.number)
    owed = _asked_first(session, account, plan)
    common = {"account_status": account.status, "rule": rule, "cut_off_at": account.cut_off_at, "plan": plan}
    ticket = _open_request(session, account)
    if not owed:
        since = _paid_at(session, account)
        due = since + timedelta(hours=rule.hours)
        return Reconnection("paid", paid_at=since, due_at=due, late=due < clock.now(), ticket=ticket, **common)  # type: ignore[arg-type]
    seen = uncredited(find_payments(session, company, account))
    coming = _coming(session, account)
    if seen is not None and seen.paid_at is not None and coming >= owed:
        due = seen.paid_at + timedelta(hours=rule.hours)
        return Reconnection(
            "uncredited", owed=owed, paid_at=seen.paid_at, due_at=due, late=due < clock.now(), payment=seen,
            ticket=ticket, **common,  # type: ignore[arg-type]
        )  # fmt: skip
    return Reconnection("owing", owed=owed, payment=seen, ticket=ticket, **common)  # type: ignore[arg-type]


def _asked_first(session: Session, account: Account, plan: PaymentPlan | None) -> Decimal:
    """Yuan to be paid before supply comes back: all that is owed outside a plan, and the plan's first part."""
    outside = [one for one in billing.owing(session, account.number) if not one.planned]
    first = plan.parts[0] if plan is not None else None
    return billing.total(outside) + (first.amount if first is not None and first.status == "open" else Decimal(0))


def _paid_at(session: Session, account: Account) -> datetime:
    """When the last payment was made that is credited; else the cut itself (the debt was settled another way)."""
    query = select(Payment.paid_at).where(Payment.account_number == account.number, Payment.status == "credited")
    last = session.scalar(query.order_by(Payment.paid_at.desc()).limit(1))
    cut = account.cut_off_at or clock.now()
    return max(last, cut) if last is not None else cut


def _coming(session: Session, account: Account) -> Decimal:
    query = select(Payment.amount).where(Payment.account_number == account.number, Payment.status == "not_credited")
    return sum(session.scalars(query), Decimal(0))


def _open_request(session: Session, account: Account) -> Ticket | None:
    query = select(Ticket).where(
        Ticket.account_number == account.number, Ticket.category == CATEGORY, Ticket.status.in_(tickets.OPEN)
    )
    return session.scalar(query.order_by(Ticket.id.desc()).limit(1))


def request(
    session: Session,
    company: CompanyData,
    account: Account,
    conversation_id: str,
    first_word_at: datetime,
    phone: str | None = None,
    actor: str = "customer",
) -> tuple[Ticket, bool]:
    """The request to put supply back on, once an account; False if it was on its way already.

    Due by the promise told (hours from the payment, not from the talk). Raises NotAllowed when it is not cut off, or
    something is still owed and no payment is seen.
    """
    session.get_one(Account, account.number, with_for_update=True)
    now = state(session, company, account)
    if now.kind not in READY or now.due_at is None:
        raise NotAllowed("这一户没有停供" if now.kind == "not_cut_off" else f"还欠{money(now.owed)}元，缴清后恢复")
    if now.ticket is not None:
        return now.ticket, False
    report = Report(
        kind="application",
        category=CATEGORY,
        description=_facts(now),
        first_word_at=first_word_at,
        service=account.service,
        priority="high",
        address=account.address,
        address_parts=dict(account.address_parts),
        account_number=account.number,
        phone=phone,
        conversation_id=conversation_id,
    )
    ticket, _ = tickets.open_ticket(session, company, report, actor)
    clocks.promise_until(session, company, ticket, now.due_at, f"缴费后{now.rule.hours}小时内恢复", now.rule.source)
    session.flush()
    return ticket, True


def _facts(now: Reconnection) -> str:
    """What the crew and the desk need."""
    paid = f"{iso(now.paid_at)}缴清"
    if now.kind == "uncredited" and (seen := now.payment) is not None and seen.amount is not None:
        paid = f"{iso(seen.paid_at)}经{seen.channel}缴{money(seen.amount)}元（尾号{seen.reference}），尚未入账，应缴{money(now.owed)}元"
    home = "要有大人在家，先做安全检查" if now.at_home else "不用留人"
    late = "；已超过承诺时间" if now.late else ""
    return f"欠费停供，{iso(now.cut_off_at) or '时间未登记'}停；{paid}；请恢复供应；{home}{late}"
