"""What a customer is told of a ticket: what it is, who has it, what happened last, what happens next and when.

Only to whom the ticket belongs (`kept`, and the caller has looked whose it is): nothing here asks who is listening.
Never told: phones, names, what staff wrote for each other. Texts: company/phrases.yml.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock, day_and_time, local
from kefu.company.data import CompanyData
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket, TicketClock, TicketEvent
from kefu.tickets.service import by_number
from kefu.tickets.states import AT_WORK, OVER

RAISED = "urged_up"  # the entry of an urging that went one step up
CREW = ("fault", "emergency")
# What happened, as far as it is the customer's business; everything else in a history is for staff.
TOLD = ("created", "status", "urge", "supplement", "correct", "arrived")
SERVICES = {"electricity": "电", "water": "水", "gas": "气", "heat": "暖"}


def kept(session: Session, ticket: Ticket) -> Ticket:
    """The ticket that stands for it: itself, or the one it was merged into."""
    seen = {ticket.number}
    while ticket.merged_into and ticket.merged_into not in seen:
        seen.add(ticket.merged_into)
        other = by_number(session, ticket.merged_into)
        if other is None:
            break
        ticket = other
    return ticket


def shown_time(moment: datetime) -> str:
    """ "今天14:30", on other days with the date; Shanghai."""
    at = local(moment)
    return f"今天{at:%H:%M}" if at.date() == local(clock.now()).date() else day_and_time(moment)


def name(company: CompanyData, ticket: Ticket) -> str:
    """ "报修（电）": what it is about, short."""
    label = company.topics.get(ticket.category, company.topics["other"]).label
    return f"{label}（{SERVICES[ticket.service]}）" if ticket.service in SERVICES else label


def state(company: CompanyData, ticket: Ticket) -> str:
    """The state in plain words."""
    return company.phrase(f"ticket_state_{ticket.status}")


def brief(session: Session, company: CompanyData, ticket: Ticket) -> str:
    """One line in a list of several."""
    stands = kept(session, ticket)
    due = ""
    if stands.status in AT_WORK and (until := due_of(stands)) is not None:
        late = "_late" if until < clock.now() else ""
        due = company.phrase(f"ticket_brief_due{late}", when=shown_time(until))
    values = {"number": ticket.number, "label": name(company, ticket), "state": state(company, stands), "due": due}
    return company.phrase("ticket_brief", **values)


def told(session: Session, company: CompanyData, ticket: Ticket) -> list[str]:
    """All of one ticket: state, who has it, what was last, what is next."""
    stands = kept(session, ticket)
    values = {"label": name(company, stands), "state": state(company, stands)}
    first = company.phrase("ticket_status", number=ticket.number, **values)
    lines = [first] if stands is ticket else [company.phrase("ticket_merged", number=ticket.number), first]
    if stands is not ticket:
        lines[1] = company.phrase("ticket_status", number=stands.number, **values)
    lines += _who(session, company, stands)
    last = _last(session, company, stands)
    return [*lines, *([last] if last else []), *next_lines(session, company, stands)]


def _who(session: Session, company: CompanyData, ticket: Ticket) -> list[str]:
    """The desk or station, and the person by number; nobody any more when it is over."""
    if ticket.status in OVER:
        return []
    where = ticket.desk or company.company.name
    person = session.get(Staff, ticket.owner) if ticket.owner else None
    if person is None:
        return [company.phrase("ticket_desk", who=where)]
    return [company.phrase("ticket_owner", who=where, number=person.employee_number)]


def happened(session: Session, ticket: Ticket) -> Sequence[TicketEvent]:
    """What the customer may hear of its history, oldest first."""
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.action.in_(TOLD))
    return session.scalars(query.order_by(TicketEvent.at, TicketEvent.id)).all()


def event_words(company: CompanyData, event: TicketEvent) -> str:
    """One event in plain words, with its time."""
    said = f"ticket_event_{event.action}"
    if event.action == "status":
        said = f"ticket_state_{event.changes['status'][1]}"
    return company.phrase("ticket_event", when=shown_time(event.at), what=company.phrase(said))


def _last(session: Session, company: CompanyData, ticket: Ticket) -> str | None:
    found = [event for event in happened(session, ticket) if event.action not in ("supplement", "correct")]
    return company.phrase("ticket_last", what=event_words(company, found[-1])) if found else None


# --- what is next ------------------------------------------------------------------------------------------------------
def running(ticket: Ticket) -> TicketClock | None:
    """The clock that runs out first of those that run now."""
    going = [one for one in ticket.clocks if one.met_at is None and one.stopped_at is None and one.paused_at is None]
    return min(going, key=lambda one: one.due_at, default=None)


def due_of(ticket: Ticket) -> datetime | None:
    """When the next thing is due (aware); None when no clock runs (paused, met). Without clocks: the promise told."""
    if not ticket.clocks:
        return ticket.due_at
    one = running(ticket)
    return one.due_at if one is not None else None


def arrived_at(ticket: Ticket) -> datetime | None:
    """When the crew came, as far as its clock tells; None while it has to come once more (reopened)."""
    last = max((one for one in ticket.clocks if one.target == "arrival"), key=lambda one: one.round, default=None)
    return last.met_at if last is not None else None


def next_lines(session: Session, company: CompanyData, ticket: Ticket) -> list[str]:
    """What happens next and when; past the time: an apology, and how far it was taken up."""
    ticket = kept(session, ticket)
    if ticket.status == "waiting":
        return [_waiting(company, ticket)]
    if ticket.status not in AT_WORK:
        kind = "_crew" if ticket.kind in CREW and ticket.status == "resolved" else ""
        when = shown_time(ticket.closed_at) if ticket.closed_at else ""
        days = company.tickets.reopen_days
        return [company.phrase(f"ticket_next_{ticket.status}{kind}", number=ticket.number, when=when, count=days)]
    came = arrived_at(ticket)
    lines = [company.phrase("ticket_next_arrived", when=shown_time(came))] if came and ticket.kind in CREW else []
    until = due_of(ticket)
    if until is None:
        return lines or [company.phrase("ticket_next_unknown")]
    if until < clock.now():
        return [*lines, *_late(company, ticket, until)]
    return [*lines, _due(company, ticket, until)]


def _due(company: CompanyData, ticket: Ticket, until: datetime) -> str:
    one = running(ticket)
    if one is None:
        target, source = ("arrival" if ticket.kind in CREW else "reply"), ticket.due_source
    else:
        target, source = one.target, one.sourced
    return company.phrase(f"ticket_next_{target}", when=shown_time(until), source=source)


def _late(company: CompanyData, ticket: Ticket, until: datetime) -> list[str]:
    one = running(ticket)
    source = one.sourced if one is not None else ticket.due_source
    late = company.phrase("ticket_next_late", when=shown_time(until), source=source)
    taken_up = one is not None and one.escalated > 0
    urged = any(event.action in ("escalated", RAISED) for event in ticket.history)
    return [late, company.phrase("ticket_late_escalated" if taken_up or urged else "ticket_late_urge")]


def _waiting(company: CompanyData, ticket: Ticket) -> str:
    """Why it waits, in the words for its reason if there are any; until when, if a clock runs on."""
    known = company.clock_rules.reasons.get(ticket.waiting_for or "")  # type: ignore[call-overload]
    reason = f"{known.says}。" if known is not None else company.phrase("ticket_waiting_other")
    one = running(ticket)
    told_until = company.phrase("ticket_waiting_until", when=shown_time(one.due_at)) if one is not None else ""
    return company.phrase("ticket_next_waiting", reason=reason, until=told_until)
