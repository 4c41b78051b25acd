"""Vulnerable people behind a report: its ticket goes first, its published time is the shorter one, a person hears of it.

Health is sensitive (Personal Information Protection Law, art. 28): alerts say nothing of it, reports hold the kind alone; the customer's
words stand in the ticket, where the crew needs them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.company.data import CompanyData
from kefu.company.promises import Promise
from kefu.company.vulnerable import NOTED, VulnerableKind
from kefu.incidents import dispatch
from kefu.incidents.models import SupplyReport
from kefu.network.models import Incident
from kefu.tickets import service as tickets
from kefu.tickets.due import promise_of, recount
from kefu.tickets.models import Ticket

BETWEEN = "；"
KINDS_KEPT = 40  # characters; the column


def on_ticket(session: Session, company: CompanyData, ticket: Ticket, kinds: Sequence[VulnerableKind]) -> Promise:
    """Note them on a ticket: a line for the crew, the priority, the due time. What is known already changes nothing."""
    new = [kind for kind in kinds if kind.label not in _noted(ticket)]
    if not new:
        return promise_of(session, company, ticket)
    labels = BETWEEN.join([*_noted(ticket), *(kind.label for kind in new)])
    lines = [line for line in ticket.description.splitlines() if not line.startswith(NOTED)]
    ticket.description = "\n".join([*lines, f"{NOTED}{labels}"])
    note = f"家中有{'、'.join(kind.label for kind in new)}"
    highest = max((kind.priority for kind in new), key=tickets.PRIORITIES.index)
    if not tickets.raise_priority(session, company, ticket, "assistant", highest, note):
        tickets.record(session, ticket, "assistant", "care", note)
    if any(kind.person for kind in new):
        alert(session, ticket.conversation_id, new, ticket.number)
    return recount(session, company, ticket, "assistant", "优先工单的时限")


def _noted(ticket: Ticket) -> list[str]:
    line = next((line for line in ticket.description.splitlines() if line.startswith(NOTED)), NOTED)
    return [label for label in line.removeprefix(NOTED).split(BETWEEN) if label]


def alert(session: Session, conversation_id: str | None, kinds: Sequence[VulnerableKind], number: str | None) -> None:
    """The operator hears of it at once; what it is stands on the ticket. `number`: the ticket, if there is one already."""
    what = f"工单 {number}" if number else "正在报修的客户"
    text = f"{what}：家中有断供会有危险的人，请马上联系；有危险先叫120"
    raise_alert(session, "vulnerable", text, conversation_id, ticket=number)


def open_reports(session: Session, conversation_id: str) -> list[SupplyReport]:
    """This customer's word that the supply is off, as long as it counts; newest first."""
    query = select(SupplyReport).where(SupplyReport.conversation_id == conversation_id, SupplyReport.ended_at.is_(None))
    return list(session.scalars(query.order_by(SupplyReport.id.desc())))


def on_report(session: Session, company: CompanyData, report: SupplyReport, kinds: Sequence[VulnerableKind]) -> None:
    """Note them on a report; the incident it is part of goes first, and its crew reads which home it is."""
    known = (report.vulnerable or "").split(",")
    new = [kind for kind in kinds if kind.id not in known and kind.priority != "normal"]
    incident = session.get(Incident, report.incident_id) if report.incident_id else None
    if not new:
        return
    report.vulnerable = kept([*known, *(kind.id for kind in new)])
    if incident is not None:
        note = f"{report.address}：有需优先照顾的人"
        dispatch.raise_priority(session, company, incident, note)
        crew = dispatch.crew_ticket(session, incident)
        if crew is not None:
            tickets.record(session, crew, "assistant", "care", note)


def kept(ids: Sequence[str]) -> str | None:
    """The kinds as a report keeps them: ids with commas, whole ones only; None for none."""
    text = ""
    for one in ids:
        longer = f"{text},{one}" if text else one
        text = longer if one and len(longer) <= KINDS_KEPT else text
    return text or None
