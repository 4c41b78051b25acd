"""What was called done and is not: opened again, raised, and looked after by somebody else.

Source: company/tickets.yml.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.complaints.service import Grievance, register_complaint
from kefu.staff.messages import tell_staff
from kefu.tickets.models import Ticket
from kefu.tickets.routing import name_verifier
from kefu.tickets.service import DONE, NotAllowed, Report, link, move, open_ticket, raise_priority


def reopen(session: Session, company: CompanyData, ticket: Ticket, actor: str, words: str) -> None:
    """Take a resolved or closed ticket up again: priority high at least, and a second person verifies it this time.

    Raises NotAllowed when it is not done, or was closed longer ago than the rule allows.
    """
    if ticket.status not in DONE:
        raise NotAllowed(f"工单 {ticket.number} 是 {ticket.status}，不用重新打开")
    if not may_reopen(company, ticket):
        raise NotAllowed(f"工单 {ticket.number} 已关闭超过{company.tickets.reopen_days}天，请另建工单")
    move(session, company, ticket, actor, "in_progress", words)
    ticket.reopened += 1
    raise_priority(session, company, ticket, actor, "high", "客户说没有解决，重新处理")
    if ticket.verifier is None:
        name_verifier(session, company, ticket, actor, "由另一人核实")
    for username in filter(None, (ticket.owner, ticket.verifier)):
        tell_staff(session, username, "ticket", f"工单 {ticket.number} 客户说没有解决，已重新打开", ticket.number)


def may_reopen(company: CompanyData, ticket: Ticket) -> bool:
    """It is done, and not for longer than the rule allows."""
    if ticket.status not in DONE:
        return False
    return clock.now() <= (ticket.closed_at or clock.now()) + timedelta(days=company.tickets.reopen_days)


def made_again(session: Session, company: CompanyData, old: Ticket, actor: str, words: str) -> Ticket:
    """A new ticket of the same matter, where the old one may not be opened any more; it names the old one (follows). A
    complaint is one once more: graded, raised, counted."""
    report = Report(
        kind=old.kind,
        category=old.category,
        service=old.service,
        description=f"{words}\n（同一件事，上次的工单 {old.number}）",
        first_word_at=clock.now(),
        priority="high" if old.priority in ("low", "normal") else old.priority,
        address=old.address,
        address_parts=dict(old.address_parts),
        account_number=old.account_number,
        phone=old.phone,
        conversation_id=old.conversation_id,
        area_class=old.area_class,
        anonymous=old.anonymous,
        staff=old.staff,
        symptom=old.symptom,
    )
    if old.kind == "complaint":
        report.demand = old.demand
        return register_complaint(session, company, Grievance(report, old.number), actor).ticket
    ticket, _ = open_ticket(session, company, report, actor)
    link(session, ticket, old, "follows")
    return ticket
