"""What a customer is told of a complaint of his own: who answers for it, by when, and what happened so far.

Only to whom it belongs: nothing here asks who is listening. Texts: company/phrases.yml.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kefu.clock import clock, weekday_and_time
from kefu.company.data import CompanyData
from kefu.company.levels import Matter
from kefu.company.promises import promises
from kefu.privacy.masking import mask_name
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket, TicketClock, TicketEvent
from kefu.tickets.states import DONE

STEPS = {
    "assigned": "complaint_step_assigned",
    "in_progress": "complaint_step_at_work",
    "resolved": "complaint_step_answered",
    "closed": "complaint_step_closed",
}


def who(session: Session, ticket: Ticket) -> str | None:
    """The person in charge as customers hear of colleagues: the surname and the staff number. None if it is a system."""
    staff = session.get(Staff, ticket.owner) if ticket.owner else None
    return f"{mask_name(staff.name)}，工号{staff.employee_number}" if staff is not None else None


def usual(company: CompanyData, service: str | None, since: datetime) -> tuple[str, str]:
    """What every complaint is promised, before it is graded, and where that is written; `since`: the first word (aware)."""
    made = promises(company, Matter("complaint", service, at=since), since)
    reply, contact = made["reply"], made.get("contact")
    return (f"{contact.says}，{reply.says}" if contact is not None else reply.says), reply.source


def says(session: Session, ticket: Ticket, reply: str) -> str:
    """What this one is promised: the first contact by its grade, if there is anybody to contact, and the `reply`."""
    contact = _contact(session, ticket)
    return reply if contact is None or ticket.phone is None else f"{contact.says}，{reply}"


def dates(session: Session, company: CompanyData, ticket: Ticket) -> str:
    """By when somebody is in touch, and by when the answer is there: weekday, date and hour."""
    contact, until = _contact(session, ticket), weekday_and_time(ticket.due_at)
    if contact is None or contact.met_at is not None or ticket.phone is None:
        return company.phrase("complaint_answer_by", until=until)
    return company.phrase("complaint_contact_by", start=weekday_and_time(contact.due_at), until=until)


def _contact(session: Session, ticket: Ticket) -> TicketClock | None:
    """The clock of the first contact; the latest round."""
    session.flush()
    session.refresh(ticket, ["clocks"])
    return max((row for row in ticket.clocks if row.target == "contact"), key=lambda row: row.round, default=None)


def so_far(session: Session, company: CompanyData, ticket: Ticket) -> list[str]:
    """What happened with it, oldest first, a line each with its date; then what is still owed, and that we are sorry."""
    contact = _contact(session, ticket)
    session.refresh(ticket, ["history"])
    holder = who(session, ticket) or ticket.desk or company.company.name
    lines = [
        (ticket.created_at, company.phrase("complaint_step_made", when=weekday_and_time(ticket.created_at), who=holder))
    ]
    for entry in ticket.history:
        name = _step(entry)
        if name is not None:
            lines.append((entry.at, company.phrase(name, when=weekday_and_time(entry.at))))
    if contact is not None and contact.met_at is not None:
        lines.append(
            (contact.met_at, company.phrase("complaint_step_contacted", when=weekday_and_time(contact.met_at)))
        )
    told = [line for _, line in sorted(lines, key=lambda pair: pair[0])]
    return [*told, *_owed(company, ticket, contact)]


def _step(entry: TicketEvent) -> str | None:
    """The phrase for a move; None for what is staff's business."""
    if entry.action == "urge":
        return "complaint_step_urged"
    before, after = entry.changes.get("status") or (None, None)
    if before in DONE and after == "in_progress":
        return "complaint_step_reopened"
    return STEPS.get(str(after))


def _owed(company: CompanyData, ticket: Ticket, contact: TicketClock | None) -> list[str]:
    if ticket.closed_at is not None:
        return []
    now = clock.now()
    lines = []
    if contact is not None and contact.met_at is None and contact.due_at < now:
        lines.append(company.phrase("complaint_contact_late", until=weekday_and_time(contact.due_at)))
    if ticket.status != "resolved":
        name = "complaint_late" if ticket.due_at < now else "complaint_due"
        lines.append(company.phrase(name, until=weekday_and_time(ticket.due_at)))
    return lines
