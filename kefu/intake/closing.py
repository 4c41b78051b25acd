"""What a customer ends himself: a ticket withdrawn, or called done. Whoever has it hears of it, and nobody phones."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.callbacks import service as callbacks
from kefu.callbacks.models import Callback
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.incidents import reports
from kefu.incidents.models import SupplyReport
from kefu.staff.messages import tell_staff
from kefu.tickets import ending
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket


def withdraw(session: Session, company: CompanyData, ticket: Ticket, words: str) -> bool:
    """Withdraw a ticket at the customer's wish: its report counts no longer, its call back is off (True: there was one).

    Raises NotAllowed for an emergency, which only people on the spot may end, and for what is over.
    """
    ending.cancel(session, company, ticket, "customer", words)
    reports.ticket_withdrawn(session, ticket)
    tell_owner(session, ticket, f"工单 {ticket.number} 客户已撤销，不用再去")
    return _no_calls(session, ticket)


def call_done(session: Session, company: CompanyData, ticket: Ticket, words: str) -> str:
    """The customer says it is fixed (`called_done` of kefu/tickets/ending.py, with what it returns); its report ends.

    Raises NotAllowed for an emergency, which only people on the spot may end, and for what is over.
    """
    if ticket.kind == "emergency":
        raise tickets.NotAllowed("险情工单须由现场人员确认后关闭")
    status = ending.called_done(session, company, ticket, words)
    for report in session.scalars(select(SupplyReport).where(SupplyReport.ticket == ticket.number)):
        if report.ended_at is None:
            report.outcome, report.ended_at = "restored", clock.now()
    tell_owner(session, ticket, f"工单 {ticket.number} 客户说已经修好")
    return status


def tell_owner(session: Session, ticket: Ticket, text: str) -> None:
    """Put it before the person in charge, if there is one."""
    if ticket.owner:
        tell_staff(session, ticket.owner, "ticket", text, ticket.number)


def _no_calls(session: Session, ticket: Ticket) -> bool:
    query = select(Callback).where(Callback.ticket_id == ticket.id, Callback.status == "requested")
    promised = list(session.scalars(query))
    for call in promised:
        callbacks.cancel(session, call)
    return bool(promised)
