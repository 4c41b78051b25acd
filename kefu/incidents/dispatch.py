"""Incidents made from reports, and the crew's one ticket for each: opened, raised, narrowed, merged, joined and left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.accounts.service import area_class_at
from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.clocks import INCIDENT
from kefu.company.data import CompanyData
from kefu.company.promises import Promise
from kefu.incidents import subscriptions
from kefu.incidents.models import IncidentEvent, SupplyReport
from kefu.network.models import Incident
from kefu.network.suspect import Suspicion
from kefu.network.tree import Network, network
from kefu.outbox import notices
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.numbers import next_number
from kefu.tickets.service import Report

CREW = "incident"  # the symptom of a ticket that is a whole incident's
CATEGORY = "report_outage"
# Addresses shown on the crew's ticket; how many report in all is said beside them.
SHOWN = 20
SYSTEM = "assistant"
HELD = ("waiting", "resolved", "closed")  # of a home's ticket: nobody goes out for it


def note(
    session: Session, incident: Incident, actor: str, action: str, text: str = "", changes: dict[str, Any] | None = None
) -> None:
    """One entry of the incident's history."""
    entry = IncidentEvent(
        incident_id=incident.id, at=clock.now(), actor=actor, action=action, note=text, changes=changes or {}
    )
    session.add(entry)


# --- an incident and its ticket -----------------------------------------------------------------------------------------
def open_suspected(
    session: Session, company: CompanyData, net: Network, found: Suspicion, reports: Sequence[SupplyReport]
) -> Incident:
    """A suspected incident over these reports, with the crew's ticket; the operator is told."""
    incident = Incident(
        number=next_number(session, "GZ"),
        service=net.nodes[found.area].service,
        area_code=found.area,
        status="suspected",
        started_at=min((report.reported_at for report in reports), default=clock.now()),
        origin="reports",
        priority="high",
    )
    session.add(incident)
    session.flush()
    evidence = f"{found.reports}户报告，该设备下共{found.homes}户，证据强度{found.score:g}"
    note(session, incident, SYSTEM, "suspected", evidence, {"area_code": [None, found.area]})
    incident.ticket = _crew_ticket(session, company, net, incident, reports).number
    raise_alert(session, "incident", f"疑似片区故障 {incident.number}，请确认", number=incident.number, area=found.area)
    join(session, company, incident, reports)
    return incident


def _crew_ticket(
    session: Session, company: CompanyData, net: Network, incident: Incident, reports: Sequence[SupplyReport]
) -> Ticket:
    node = net.nodes[incident.area_code]
    report = Report(
        kind="fault",
        category=CATEGORY,
        service=incident.service,
        symptom=CREW,
        priority=incident.priority,
        description=crew_words(len(reports), [report.address for report in reports]),
        first_word_at=incident.started_at,
        address=node.name,
        address_parts={"area_code": node.code, "text": node.name},
        area_class=node.area_class,
    )
    ticket, _ = tickets.open_ticket(session, company, report, SYSTEM)
    ticket.incident = incident.number
    return ticket


def crew_words(homes: int, addresses: Sequence[str]) -> str:
    """What the crew reads: how many homes say so, and where some of them are."""
    places = list(dict.fromkeys(addresses))[:SHOWN]
    return f"疑似片区故障，{homes}户报告：" + "；".join(places) + ("……" if homes > len(places) else "")


def crew_ticket(session: Session, incident: Incident) -> Ticket | None:
    """The one ticket by which the crew works on it; none for an incident that another system handles."""
    return tickets.by_number(session, incident.ticket) if incident.ticket else None


# --- joining and leaving ------------------------------------------------------------------------------------------------
def join(session: Session, company: CompanyData, incident: Incident, reports: Iterable[SupplyReport]) -> int:
    """These homes are part of it: counted, told with the others, their own tickets dispatched no more. Returns how many
    homes it has now."""
    for report in reports:
        report.incident_id = incident.id
        report.outcome = report.asked_at = None
        if report.vulnerable:
            raise_priority(session, company, incident, "该片区有需优先照顾的客户")
        own = tickets.by_number(session, report.ticket) if report.ticket else None
        if own is not None:
            hold(session, company, own, incident)
    session.flush()
    homes = homes_of(session, incident)
    _tell_crew(session, incident, homes)
    return homes


def homes_of(session: Session, incident: Incident) -> int:
    """How many homes have reported it."""
    homes = select(func.count(func.distinct(SupplyReport.home))).where(SupplyReport.incident_id == incident.id)
    return session.scalar(homes) or 0


def _tell_crew(session: Session, incident: Incident, homes: int) -> None:
    """The crew's ticket says how many report: each of the first, then at every doubling."""
    own = crew_ticket(session, incident)
    if own is None:
        return
    if homes <= SHOWN or homes & (homes - 1) == 0:
        query = select(SupplyReport.address).where(SupplyReport.incident_id == incident.id).order_by(SupplyReport.id)
        own.description = crew_words(homes, list(session.scalars(query.limit(SHOWN))))


def hold(session: Session, company: CompanyData, ticket: Ticket, incident: Incident) -> None:
    """A home's own ticket waits for the incident it is part of."""
    if ticket.incident == incident.number or ticket.status not in tickets.OPEN:
        return
    ticket.incident = incident.number
    text = f"并入片区故障 {incident.number}，不再单独派工"
    if "waiting" in tickets.MOVES[ticket.status]:
        tickets.move(session, company, ticket, SYSTEM, "waiting", text, waiting_for=INCIDENT)
    else:
        tickets.record(session, ticket, SYSTEM, "incident", text)


def release(session: Session, company: CompanyData, report: SupplyReport, why: str, alone: bool) -> Ticket:
    """A home that is not part of the incident after all: its own ticket is dispatched, made now if it has none that can be.

    `alone`: a person has said so; then it is never grouped again.
    """
    report.incident_id, report.alone = None, report.alone or alone
    own = tickets.by_number(session, report.ticket) if report.ticket else None
    if own is None or own.status == "cancelled":
        own, _ = own_ticket(session, company, report, f"{report.words}\n{why}", report.reported_at)
    elif own.status in HELD:
        own.incident = None
        tickets.move(session, company, own, SYSTEM, "in_progress", why)
    session.flush()
    return own


def let_go(
    session: Session,
    company: CompanyData,
    incident: Incident,
    reports: Iterable[SupplyReport],
    why: str,
    alone: bool = True,
) -> None:
    """These homes are not part of it: each gets its own ticket and hears its number."""
    freed = {report: release(session, company, report, why, alone).number for report in reports}
    notices.tell_homes(session, company, incident, "released", list(freed), freed)


def own_ticket(
    session: Session, company: CompanyData, report: SupplyReport, words: str, since: datetime, priority: str = "normal"
) -> tuple[Ticket, Promise]:
    """A ticket for one home, from what it reported. `since`: when its clock starts (aware)."""
    account = session.get(Account, report.account_number) if report.account_number else None
    known = dict(account.address_parts) if account is not None else {}
    address = report.address
    if report.by_number and account is not None:  # the crew reads where it is, the talk does not
        address, known = account.address, {**known, "by_account": True}
    node = network(session).nodes.get(report.area_code or "")
    parts = {**known, "text": address}
    given = Report(
        kind="fault",
        category=CATEGORY,
        service=report.service,
        description=words.strip(),
        priority="high" if report.vulnerable else priority,
        first_word_at=since,
        address=address,
        address_parts=parts,
        account_number=report.account_number,
        phone=report.phone,
        conversation_id=report.conversation_id,
        area_class=node.area_class if node is not None else area_class_at(session, parts),
    )
    ticket, due = tickets.open_ticket(session, company, given, SYSTEM)
    report.ticket = ticket.number
    return ticket, due


def raise_priority(session: Session, company: CompanyData, incident: Incident, why: str) -> None:
    """Somebody below it must not wait: the incident and the crew's ticket go to the top."""
    own = crew_ticket(session, incident)
    if own is not None:
        tickets.raise_priority(session, company, own, SYSTEM, "emergency", why)
    if incident.priority != "emergency":
        note(session, incident, SYSTEM, "priority", why, {"priority": [incident.priority, "emergency"]})
        incident.priority = "emergency"


# --- where it lies ------------------------------------------------------------------------------------------------------
def relocate(
    session: Session, company: CompanyData, net: Network, incident: Incident, area: str, actor: str, why: str
) -> list[SupplyReport]:
    """The incident lies at another device. Returns the reports that are not below it, for the caller to release."""
    if area == incident.area_code:
        return []
    note(session, incident, actor, "moved", why, {"area_code": [incident.area_code, area]})
    incident.area_code = area
    node, own = net.nodes[area], crew_ticket(session, incident)
    if own is not None:
        where = {"address": node.name, "address_parts": {"area_code": area, "text": node.name}}
        tickets.correct(session, company, own, actor, why, **where)
    attached = session.scalars(select(SupplyReport).where(SupplyReport.incident_id == incident.id))
    return [r for r in attached if r.ended_at is None and not net.below(r.area_code or "", area)]


def merge(session: Session, company: CompanyData, incident: Incident, into: Incident, actor: str, why: str) -> None:
    """Two were one: the reports go over, the second crew ticket is withdrawn."""
    reports = list(session.scalars(select(SupplyReport).where(SupplyReport.incident_id == incident.id)))
    incident.status, incident.merged_into = "cancelled", into.number
    note(session, incident, actor, "merged", why, {"merged_into": [None, into.number]})
    note(session, into, actor, "absorbed", why, {"merged": [None, incident.number]})
    own, kept = crew_ticket(session, incident), crew_ticket(session, into)
    if own is not None and own.status in tickets.OPEN:
        if kept is not None:
            tickets.link(session, own, kept, "same")
        withdraw_ticket(session, company, own, actor, f"并入 {into.number}")
    for report in reports:
        home = tickets.by_number(session, report.ticket) if report.ticket else None
        if home is not None and home.incident == incident.number:
            home.incident = into.number
        report.incident_id = into.id
    into.started_at = min(into.started_at, incident.started_at)
    subscriptions.move(session, "restored", incident.number, into.number)
    session.flush()


def hand_over_crew(session: Session, incident: Incident, to: Incident) -> None:
    """The crew already on its way goes on for the incident this one ends in."""
    own = crew_ticket(session, incident)
    if own is None or to.ticket is not None:
        return
    to.ticket, incident.ticket, own.incident = own.number, None, to.number


def withdraw_ticket(session: Session, company: CompanyData, ticket: Ticket, actor: str, why: str) -> None:
    """A crew ticket nobody needs to go out for any more."""
    if "cancelled" in tickets.MOVES[ticket.status]:
        tickets.move(session, company, ticket, actor, "cancelled", why)
