"""After the area is back: homes that say theirs is too, and homes that say it is not.

Rule: company policy 云江公用事业回访办法（2026年版）: what is not fixed is opened again and raised, never to be reported anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.promises import Promise
from kefu.incidents import dispatch, grouping
from kefu.incidents.models import SupplyReport
from kefu.network.models import Incident
from kefu.network.tree import network
from kefu.tickets import service as tickets
from kefu.tickets.due import promise_of
from kefu.tickets.ending import called_done
from kefu.tickets.models import Ticket
from kefu.tickets.reopening import made_again, may_reopen, reopen


@dataclass(frozen=True)
class StillOff:
    """The home's own ticket. `promise`: it was made now; `reopened`: it was over and is at work again."""

    ticket: Ticket
    promise: Promise | None = None
    reopened: bool = False


def open_since(company: CompanyData) -> datetime:
    """Questions asked since then (business time) can be answered."""
    return clock.now() - timedelta(hours=company.notices.question_hours)


def asked(session: Session, company: CompanyData, conversation_id: str, service: str | None) -> list[SupplyReport]:
    """The reports this conversation was asked about last and can still answer for; of one service if it is named."""
    query = select(SupplyReport).where(
        SupplyReport.conversation_id == conversation_id,
        SupplyReport.asked_at > open_since(company),
        SupplyReport.ended_at.is_(None),
    )
    if service is not None:
        query = query.where(SupplyReport.service == service)
    found = list(session.scalars(query.order_by(SupplyReport.asked_at.desc(), SupplyReport.id)))
    return [report for report in found if report.incident_id == found[0].incident_id]


def back(session: Session, company: CompanyData, report: SupplyReport, words: str) -> Ticket | None:
    """The home has its supply again: its report ends, and its own ticket (returned) if there is an open one.

    One that had been reopened has a verifier still, and is closed once it is verified.
    """
    report.outcome, report.ended_at = "restored", clock.now()
    ticket = tickets.by_number(session, report.ticket) if report.ticket else None
    if ticket is None or ticket.status not in tickets.OPEN:
        return None
    called_done(session, company, ticket, words)
    return ticket


def still_off(session: Session, company: CompanyData, report: SupplyReport, words: str) -> StillOff:
    """Only this home is still off: its own ticket, opened again or made now, raised; said again, the same ticket."""
    grouping.one_at_a_time(session)
    report.outcome = "still_off"
    known = tickets.by_number(session, report.ticket) if report.ticket else None
    if known is None or known.status == "cancelled":
        known = tickets.same_open_matter(
            session, report.conversation_id, dispatch.CATEGORY, report.service, report.address
        )
    done = (
        _made(session, company, report, words) if known is None else _taken_up(session, company, report, known, words)
    )
    session.flush()
    grouping.group(session, company, network(session), report.service)  # a fault within the fault: its neighbours too?
    return done


def _taken_up(session: Session, company: CompanyData, report: SupplyReport, known: Ticket, words: str) -> StillOff:
    if known.status in tickets.DONE and not may_reopen(company, known):
        known = made_again(session, company, known, "customer", words)
        report.ticket = known.number
        return StillOff(known, promise=promise_of(session, company, known))
    report.ticket = known.number
    reopened = known.status in ("waiting", *tickets.DONE)
    if known.status == "waiting":
        tickets.move(session, company, known, "customer", "in_progress", words)
    elif reopened:
        reopen(session, company, known, "customer", words)
    else:
        tickets.urge(session, known, "customer", words)
    tickets.raise_priority(session, company, known, "assistant", "high", "片区已恢复，此户仍未恢复")
    return StillOff(known, reopened=reopened)


def _made(session: Session, company: CompanyData, report: SupplyReport, words: str) -> StillOff:
    """Its clock starts now: until now it was the area's."""
    incident = session.get(Incident, report.incident_id) if report.incident_id else None
    number = incident.number if incident is not None else None
    what = company.notices.words(report.service).without
    text = f"片区{what}已恢复（{number or '无编号'}），仅此户未恢复。\n客户：{words}"
    ticket, due = dispatch.own_ticket(session, company, report, text, clock.now(), "high")
    ticket.incident = number
    return StillOff(ticket, promise=due)
