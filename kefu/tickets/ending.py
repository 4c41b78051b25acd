"""What a customer's word ends: a ticket called done, or withdrawn."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kefu.company.data import CompanyData
from kefu.tickets.models import Ticket
from kefu.tickets.service import NotAllowed, move, supplement


def called_done(session: Session, company: CompanyData, ticket: Ticket, words: str) -> str:
    """The customer says it is fixed: what we called done is closed, what is at work is resolved and its desk closes it.
    Returns which; or `unverified`: it had been reopened, and a colleague verifies it first. Raises NotAllowed when it is over.
    """
    if ticket.status == "resolved" and ticket.verifier is not None:
        supplement(session, ticket, "customer", words)
        return "unverified"
    status = "closed" if ticket.status == "resolved" else "resolved"
    move(session, company, ticket, "customer", status, words)
    return status


def cancel(session: Session, company: CompanyData, ticket: Ticket, actor: str, words: str) -> None:
    """Withdraw a ticket at the customer's wish. An emergency cannot be waved away: raises NotAllowed."""
    if ticket.kind == "emergency":
        raise NotAllowed("险情工单须由现场人员确认后关闭")
    move(session, company, ticket, actor, "cancelled", words)
