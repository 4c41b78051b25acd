"""An anonymous complaint keeps nothing of who made it: no phone, no account, none of them in the words, no link to a signed one.

Source: facts of 95598 practice (docs/complaints.md): recorded faithfully, kept confidential, warned that it may hinder.
"""

from __future__ import annotations

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback
from kefu.nlu.values import find_values
from kefu.privacy.masking import mask_text
from kefu.tickets.models import Ticket, TicketLink
from kefu.tickets.service import Report, record


def forget_who(report: Report) -> None:
    """Before it is written."""
    report.phone = report.account_number = None
    report.description = struck(report.description)
    report.demand = struck(report.demand) if report.demand else None


def make_anonymous(session: Session, ticket: Ticket) -> None:
    """The wish came after it was written: what tells who it is is taken out of the ticket and its history, and a call that
    was promised goes on by itself."""
    ticket.anonymous, ticket.phone, ticket.account_number, ticket.contact_name = True, None, None, None
    ticket.description = struck(ticket.description)
    ticket.demand = struck(ticket.demand) if ticket.demand else None
    either = or_(TicketLink.ticket_id == ticket.id, TicketLink.other_id == ticket.id)
    for link in session.scalars(select(TicketLink).where(either)):
        session.delete(link)
    session.execute(update(Callback).where(Callback.ticket_id == ticket.id).values(ticket_id=None))
    session.flush()
    session.refresh(ticket, ["history"])
    for entry in ticket.history:
        linked = entry.action == "link"
        entry.note = "关联已撤" if linked else struck(entry.note)
        entry.changes = (
            {} if linked else {k: v for k, v in entry.changes.items() if k not in ("phone", "account_number")}
        )
    record(session, ticket, "customer", "anonymous", "客户要求匿名")


def struck(text: str) -> str:
    """The same words without phones and account numbers."""
    masked = mask_text(text)
    for value in reversed(find_values(masked)):
        if value.entity == "account_number":
            masked = f"{masked[: value.start]}（户号略）{masked[value.end :]}"
    return masked
