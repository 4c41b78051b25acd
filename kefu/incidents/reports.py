"""What customers say of a supply that is off: taken once a home, grouped by the network, joined to an incident.

The crew gets one ticket an incident; a home's own ticket is dispatched only while it is part of none. The statistics of
"enough": kefu/network/suspect.py and docs/incidents.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select, update
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.incidents import dispatch, grouping
from kefu.incidents.known import known_now
from kefu.incidents.models import SupplyReport
from kefu.network.locate import Located
from kefu.network.models import OPEN, Incident
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

SAME_REPORT = timedelta(hours=24)


@dataclass(frozen=True)
class Said:
    """What a customer says, as the dialogue knows it. `place`: parts with "text"; `at`: the first word of it (aware).

    `by_number`: the place is an account number he has not proved.
    """

    service: str
    place: Mapping[str, Any]
    conversation_id: str
    words: str
    at: datetime
    phone: str | None = None
    alone: bool = False
    by_number: bool = False


def take_report(session: Session, company: CompanyData, said: Said, located: Located) -> SupplyReport:
    """Write a customer's word of a home down (once within a day) and see whether it, with its neighbours', makes an incident.

    Another place told before in the same talk, and part of nothing yet, was a slip: it counts no longer. Its `incident_id`
    says what it is part of afterwards. `alone` ones belong to nobody else's incident.
    """
    if located.areas:
        grouping.one_at_a_time(session)
    report = open_report(session, said, located)
    if report is not None and _is_over(session, report):
        report.outcome, report.ended_at = "still_off", clock.now()  # off again, or still: a report of its own
        report = None
    if report is None:
        withdraw(session, said.conversation_id, said.service)
        report = _written(said, located)
        session.add(report)
    else:
        _said_again(report, said)
    session.flush()
    if report.alone:
        keep_apart(session, company, report)
    elif report.incident_id is None:
        _find_common_cause(session, company, report, located)
    return report


def keep_apart(session: Session, company: CompanyData, report: SupplyReport) -> None:
    """Only this home is off: it leaves the incident it was part of, and a ticket that waited for that is dispatched."""
    report.alone = True
    if report.incident_id is not None and report.ticket is not None:
        dispatch.release(session, company, report, "只有这一户没有恢复，单独处理", alone=True)
    report.incident_id = None


def _is_over(session: Session, report: SupplyReport) -> bool:
    incident = session.get(Incident, report.incident_id) if report.incident_id else None
    return incident is not None and incident.status not in OPEN


def open_report(session: Session, said: Said, located: Located) -> SupplyReport | None:
    """What this customer said of this home, if it still stands."""
    query = select(SupplyReport).where(
        SupplyReport.home == home_key(said, located),
        SupplyReport.conversation_id == said.conversation_id,
        SupplyReport.service == said.service,
        _stands(),
    )
    return session.scalar(query.order_by(SupplyReport.id.desc()).limit(1))


def of_conversation(session: Session, conversation_id: str, service: str | None = None) -> SupplyReport | None:
    """The latest report of a conversation that still stands."""
    query = select(SupplyReport).where(
        SupplyReport.conversation_id == conversation_id,
        or_(literal(service is None), SupplyReport.service == service),
        _stands(),
    )
    return session.scalar(query.order_by(SupplyReport.id.desc()).limit(1))


def _stands() -> ColumnElement[bool]:
    """It has not ended, and is of this day."""
    return SupplyReport.ended_at.is_(None) & (SupplyReport.reported_at > clock.now() - SAME_REPORT)


def note_ticket(session: Session, company: CompanyData, ticket: Ticket) -> None:
    """A home's report has become its own ticket; it waits if the home is part of an incident."""
    report = of_conversation(session, ticket.conversation_id or "", ticket.service)
    if report is None or ticket.category != dispatch.CATEGORY:
        return
    report.ticket, report.phone = ticket.number, ticket.phone or report.phone
    _join_family(session, report, ticket)
    incident = session.get(Incident, report.incident_id) if report.incident_id else None
    if incident is not None:
        dispatch.hold(session, company, ticket, incident)


def _join_family(session: Session, report: SupplyReport, ticket: Ticket) -> None:
    """Somebody else of the same home has a ticket for it: each keeps a number, and the crew sees both."""
    query = select(SupplyReport.ticket).where(
        SupplyReport.home == report.home,
        SupplyReport.service == report.service,
        SupplyReport.ticket.is_not(None),
        SupplyReport.ticket != ticket.number,
        _stands(),
    )
    first = tickets.by_number(session, session.scalar(query.order_by(SupplyReport.id).limit(1)) or "")
    if first is not None and first.status in tickets.OPEN:
        tickets.link(session, ticket, first, "same")


def ticket_withdrawn(session: Session, ticket: Ticket) -> None:
    """The customer needs nobody any more: his report counts no longer."""
    for report in session.scalars(select(SupplyReport).where(SupplyReport.ticket == ticket.number)):
        if report.ended_at is None:
            end(report)


def withdraw(session: Session, conversation_id: str, service: str | None) -> None:
    """The customer takes it back before it became a ticket or part of an incident: it counts no longer."""
    report = of_conversation(session, conversation_id, service)
    if report is not None and report.ticket is None and report.incident_id is None:
        end(report)


def end(report: SupplyReport) -> None:
    """It was a slip, or is over without us: it counts no longer."""
    report.incident_id, report.ended_at, report.outcome = None, clock.now(), "withdrawn"


def home_key(said: Said, located: Located) -> str:
    """What makes two reports the same home: its account, else its address to the door, else this customer's word for it."""
    if located.account is not None:
        return located.account.number
    names = ("road", "community", "village", "building", "unit", "room")
    parts = [str(said.place.get(part) or "") for part in names]
    if (parts[1] or parts[2]) and parts[3] and parts[5]:
        return "".join(parts)[:240]
    return f"{said.conversation_id}/{''.join(parts[:4])}"[:240]


# --- writing -----------------------------------------------------------------------------------------------------------
def _written(said: Said, located: Located) -> SupplyReport:
    return SupplyReport(
        service=said.service,
        area_code=located.area,
        home=home_key(said, located),
        address=str(said.place.get("text") or "")[:240],
        account_number=located.account.number if located.account is not None else None,
        conversation_id=said.conversation_id,
        phone=said.phone,
        words=said.words,
        alone=said.alone,
        by_number=said.by_number,
        reported_at=said.at,
    )


def _said_again(report: SupplyReport, said: Said) -> None:
    report.phone = said.phone or report.phone
    report.alone |= said.alone


def _find_common_cause(session: Session, company: CompanyData, report: SupplyReport, located: Located) -> None:
    """Part of what is known, or with others enough to suspect something."""
    known = known_now(session, located, report.service)
    if known is not None and known.incident is not None and known.sure:
        homes = dispatch.join(session, company, known.incident, [report])
        if known.incident.status != "suspected" or not grouping.worth_a_look(homes):
            return
    if located.areas:
        grouping.group(session, company, located.net, report.service, report.conversation_id)


def follow(session: Session, ticket: str, to: str) -> None:
    """A home's own ticket has become part of another one: its reports name that one."""
    session.execute(update(SupplyReport).where(SupplyReport.ticket == ticket).values(ticket=to))
