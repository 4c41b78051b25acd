"""What relief writes: `grant` within the rules at once, else a ticket for a supervisor, who calls `decide`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing import service as billing
from kefu.billing.models import Bill, FeeWaiver, PaymentPlan, ReliefRequest
from kefu.billing.plans import open_plan
from kefu.billing.relief import CATEGORY, Decision, Wish, assess, describe, words
from kefu.billing.relief_rules import Fee
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import NotAllowed, Report


@dataclass(frozen=True)
class Granted:
    """What was written. `already`: this very wish had its ticket before, nothing was written now."""

    ticket: Ticket
    decision: Decision
    plan: PaymentPlan | None = None
    waivers: tuple[Bill, ...] = ()
    already: bool = False


def grant(
    session: Session,
    company: CompanyData,
    account: Account,
    wish: Wish,
    conversation_id: str,
    first_word_at: datetime,
    said: str = "",
    phone: str | None = None,
    actor: str = "customer",
) -> Granted:
    """Carry out what the rules grant at once, or send it for approval; either way with a ticket.

    Assessed anew under the account's lock. The same wish twice in one conversation is one. Raises NotAllowed when the
    rules refuse: show `assess` first.
    """
    session.get_one(Account, account.number, with_for_update=True)
    known = _same_wish(session, account, wish, conversation_id)
    decision = assess(session, company, account, wish)
    if known is not None:
        return Granted(known, decision, billing.plan_of(session, account.number), already=True)
    if decision.outcome == "refused" or decision.rule is None:
        raise NotAllowed(f"{decision.says}：{'；'.join(decision.reasons)}")
    ticket = _ticket(session, company, account, decision, conversation_id, first_word_at, said, phone, actor)
    request = ReliefRequest(
        ticket_id=ticket.id, account_number=account.number, wish=wish.kind, parts=decision.wish.parts,
        days=decision.wish.days, first_on=decision.wish.first_on, bill=wish.bill, rule=decision.rule.id,
        status="sent", created_at=clock.now(),
    )  # fmt: skip
    session.add(request)
    session.flush()
    if decision.outcome == "for_approval":
        return Granted(ticket, decision)
    return _carry_out(session, company, account, decision, ticket, request, "assistant", decision.says)


def _same_wish(session: Session, account: Account, wish: Wish, conversation_id: str) -> Ticket | None:
    """The ticket of the same wish: of this conversation within a day, or waiting for approval, whoever asked."""
    query = select(ReliefRequest, Ticket).join(Ticket, Ticket.id == ReliefRequest.ticket_id)
    query = query.where(
        ReliefRequest.account_number == account.number,
        ReliefRequest.wish == wish.kind,
        ReliefRequest.bill.is_not_distinct_from(wish.bill),
    )
    for request, ticket in session.execute(query.order_by(ReliefRequest.id.desc())):
        here = ticket.conversation_id == conversation_id and request.created_at > clock.now() - tickets.SAME_MATTER
        if request.status == "sent" or (here and request.status == "granted"):
            return ticket
    return None


def _ticket(
    session: Session, company: CompanyData, account: Account, decision: Decision, conversation_id: str,
    first_word_at: datetime, said: str, phone: str | None, actor: str,
) -> Ticket:  # fmt: skip
    report = Report(
        kind="application",
        category=CATEGORY,
        description=describe(company, decision, said),
        first_word_at=first_word_at,
        service=account.service,
        address=account.address,
        address_parts=dict(account.address_parts),
        account_number=account.number,
        phone=phone,
        conversation_id=conversation_id,
    )
    return tickets.open_ticket(session, company, report, actor)[0]


def _carry_out(
    session: Session, company: CompanyData, account: Account, decision: Decision, ticket: Ticket, request: ReliefRequest,
    actor: str, note: str,
) -> Granted:  # fmt: skip
    waivers = tuple(waive(session, fee, ticket, decision.source) for fee in decision.fees)
    plan = None
    if decision.parts:
        bills = [one.bill for one in billing.owing(session, account.number)]
        stops = decision.rule is not None and decision.rule.stops_late_fee
        plan = open_plan(session, account.number, decision.wish.kind, bills, decision.parts, stops, ticket.id)
    _decided(session, company, ticket, request, actor, "granted", note)
    return Granted(ticket, decision, plan, waivers)


def waive(session: Session, fee: Fee, ticket: Ticket, source: str) -> Bill:
    """The negative entry of a late fee. A fee that was paid already goes to the account's balance. Never twice.

    Raises NotAllowed for a fee that is waived.
    """
    if session.scalar(select(FeeWaiver.id).where(FeeWaiver.line_id == fee.line.id)) is not None:
        raise NotAllowed("这笔违约金已经减免过")
    line = ledger.negated(fee.line)
    line.kind, line.label = "late_fee_waiver", ledger.waiver_label(fee.line)
    lacking = ledger.assume_paid(session, fee.bill)
    reason = f"减免违约金（{source}，工单{ticket.number}）"
    entry = ledger.add_entry(session, fee.bill, "adjustment", f"W{fee.line.position}", [line], "paid", reason)
    session.add(
        FeeWaiver(
            line_id=fee.line.id, adjustment_id=entry.id, account_number=fee.bill.account_number, ticket_id=ticket.id,
            our_fault=fee.our_fault, granted_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()
    if fee.bill.status == "paid":
        fee.bill.carried = (fee.bill.carried or Decimal(0)) + lacking
        ledger.credit_surplus(session, fee.bill, at_most=fee.amount)
    else:
        ledger.settle(session, fee.bill)
    return entry


def decide(
    session: Session, company: CompanyData, ticket: Ticket, approve: bool, actor: str, note: str = ""
) -> Granted | None:
    """A supervisor's word, carried out with an entry in the ticket's history; None for a refusal.

    What is owed, and which fees are still unwaived, is looked at anew; days are counted from now. The same decision
    again changes nothing. Raises NotAllowed: no relief ticket, decided otherwise before, nothing left to relieve.
    """
    request = session.scalar(select(ReliefRequest).where(ReliefRequest.ticket_id == ticket.id).with_for_update())
    if request is None:
        raise NotAllowed(f"工单 {ticket.number} 不是缓交、分期或减免申请")
    account = session.get_one(Account, request.account_number, with_for_update=True)
    if request.status != "sent":
        if (request.status == "granted") != approve:
            raise NotAllowed(f"工单 {ticket.number} 已经{'批准' if request.status == 'granted' else '不批准'}")
        return Granted(ticket, _asked(session, company, account, request), already=True) if approve else None
    if not approve:
        _decided(session, company, ticket, request, actor, "refused", note)
        return None
    decision = _asked(session, company, account, request)
    if decision.amount <= 0:
        raise NotAllowed(decision.says)
    if decision.parts and billing.plan_of(session, account.number) is not None:
        raise NotAllowed("这一户已经有一个缓交或分期正在进行")
    return _carry_out(session, company, account, decision, ticket, request, actor, note)


def _asked(session: Session, company: CompanyData, account: Account, request: ReliefRequest) -> Decision:
    """The wish as it stands today, told as granted by the rule it was sent under."""
    today = local(clock.now()).date()
    first = request.first_on if request.first_on and request.first_on > today else None
    wish = Wish(request.wish, request.parts, request.days, first, request.bill)  # type: ignore[arg-type]
    decision = assess(session, company, account, wish)
    rule = company.relief.rule(request.rule) or decision.rule
    days = (decision.parts[-1].due_on - today).days if decision.parts else 0
    if rule is None or decision.amount <= 0:
        return decision
    says = rule.says_granted.format(**words(company, decision.amount, decision.parts, days))
    return replace(decision, outcome="granted", rule=rule, source=rule.source, says=says, reasons=())


def _decided(
    session: Session, company: CompanyData, ticket: Ticket, request: ReliefRequest, actor: str, status: str, note: str
) -> None:
    changes = {"relief": [request.status, status]}
    request.status, request.decided_at, request.decided_by = status, clock.now(), actor
    tickets.record(session, ticket, actor, "relief", note, changes)
    if "resolved" in tickets.MOVES[ticket.status]:
        tickets.move(session, company, ticket, actor, "resolved")
    session.flush()
