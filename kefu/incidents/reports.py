"""What customers say of a supply that is off: taken once a home, grouped by the network, joined to an incident.

The crew gets one ticket an incident; a home's own ticket is dispatched only while it is part of none. The statistics of
"enough": kefu/network/suspect.py and docs/incidents.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.db.session import one_at_a_time
from kefu.incidents import dispatch
from kefu.incidents.known import OPEN, known_now
from kefu.incidents.models import SupplyReport
from kefu.network.locate import Located
from kefu.network.models import Incident
from kefu.network.suspect import suspects

SAME_REPORT = timedelta(hours=24)
# One key a service for the lock under which reports are grouped.
LOCKS = {"electricity": 11, "water": 12, "gas": 13, "heat": 14}


@dataclass(frozen=True)
class Said:
    """What a customer says, as the dialogue knows it. `place`: parts with "text"; `at`: the first word of it (aware)."""

    service: str
    place: Mapping[str, Any]
    conversation_id: str
    words: str
    at: datetime
    phone: str | None = None
    vulnerable: str | None = None
    alone: bool = False


def take_report(session: Session, company: CompanyData, said: Said, located: Located) -> SupplyReport:
    """Write a home's word down (once a home within a day) and see whether it, with its neighbours', makes an incident.

    Its `incident_id` says what it is part of afterwards. `alone` ones belong to nobody else's incident.
    """
    if located.areas:
        one_at_a_time(session.connection(), LOCKS[said.service], patient=False)
    report = open_report(session, said, located)
    if report is None:
        report = _written(said, located)
        session.add(report)
    else:
        _said_again(report, said)
    session.flush()
    if report.alone:
        _leave(session, report)
    elif report.incident_id is None:
        _find_common_cause(session, company, report, located)
    return report


def open_report(session: Session, said: Said, located: Located) -> SupplyReport | None:
    """This home's word that still stands."""
    query = select(SupplyReport).where(
        SupplyReport.home == home_key(said, located),
        SupplyReport.service == said.service,
        SupplyReport.ended_at.is_(None),
        SupplyReport.reported_at > clock.now() - SAME_REPORT,
    )
    return session.scalar(query.order_by(SupplyReport.id.desc()).limit(1))


def of_conversation(session: Session, conversation_id: str, service: str | None = None) -> SupplyReport | None:
    """The latest report of a conversation that still stands."""
    query = select(SupplyReport).where(
        SupplyReport.conversation_id == conversation_id,
        SupplyReport.ended_at.is_(None),
        or_(service is None, SupplyReport.service == service),
        SupplyReport.reported_at > clock.now() - SAME_REPORT,
    )
    return session.scalar(query.order_by(SupplyReport.id.desc()).limit(1))


def withdraw(session: Session, conversation_id: str, service: str | None) -> None:
    """The customer takes it back before it became a ticket: it counts no longer."""
    report = of_conversation(session, conversation_id, service)
    if report is not None and report.ticket is None:
        report.ended_at, report.outcome = clock.now(), "withdrawn"


def home_key(said: Said, located: Located) -> str:
    """What makes two reports the same home: its account, else its address to the door, else the conversation."""
    if located.account is not None:
        return located.account.number
    parts = [str(said.place.get(part) or "") for part in ("community", "village", "building", "unit", "room")]
    if (parts[0] or parts[1]) and parts[2] and parts[4]:
        return "".join(parts)
    return said.conversation_id


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
        vulnerable=said.vulnerable,
        alone=said.alone,
        reported_at=said.at,
    )


def _said_again(report: SupplyReport, said: Said) -> None:
    report.phone = said.phone or report.phone
    report.vulnerable = said.vulnerable or report.vulnerable
    report.alone |= said.alone
    report.conversation_id = report.conversation_id or said.conversation_id


def _leave(session: Session, report: SupplyReport) -> None:
    report.incident_id = None
    session.flush()


# --- grouping ----------------------------------------------------------------------------------------------------------
def _find_common_cause(session: Session, company: CompanyData, report: SupplyReport, located: Located) -> None:
    known = known_now(session, located, report.service)
    if known is not None and known.incident is not None and known.sure:
        dispatch.join(session, known.incident, [report])
        if known.incident.status != "suspected":
            return
    elif not located.areas:
        return
    group(session, company, report.service, located, report)


def group(
    session: Session, company: CompanyData, service: str, located: Located, newest: SupplyReport | None = None
) -> list[Incident]:
    """See which devices explain the open reports of a service; open, raise or narrow suspected incidents accordingly.

    `newest`: the report that brought us here; whoever made it is told in the same breath, the others by a notice.
    """
    now = clock.now()
    rule = company.incidents.detection.for_(service, now)  # type: ignore[arg-type]
    since = now - timedelta(minutes=rule.window_minutes)
    standing = {incident.area_code: incident for incident in _standing(session, service)}
    found = suspects(located.net, _counts(session, service, since), rule, standing)
    return [dispatch.suspect(session, company, located.net, service, one, newest) for one in found]


def _standing(session: Session, service: str) -> list[Incident]:
    """Suspected from reports and confirmed by nobody yet: these may still be raised or narrowed."""
    query = select(Incident).where(
        Incident.service == service, Incident.status == "suspected", Incident.origin == "reports"
    )
    return list(session.scalars(query.order_by(Incident.id)))


def _counts(session: Session, service: str, since: datetime) -> Mapping[str, int]:
    """Distinct homes by area: of no incident yet, or of one that is only suspected."""
    query = (
        select(SupplyReport.area_code, func.count(func.distinct(SupplyReport.home)))
        .outerjoin(Incident, Incident.id == SupplyReport.incident_id)
        .where(
            SupplyReport.service == service,
            SupplyReport.reported_at > since,
            SupplyReport.ended_at.is_(None),
            SupplyReport.alone.is_(False),
            SupplyReport.area_code.is_not(None),
            or_(SupplyReport.incident_id.is_(None), Incident.status == "suspected"),
        )
        .group_by(SupplyReport.area_code)
    )
    return Counter(dict(session.execute(query).tuples().all()))  # type: ignore[arg-type]


def reports_below(session: Session, service: str, areas: list[str], since: datetime) -> list[SupplyReport]:
    """Open reports of these areas that are part of nothing, oldest first."""
    query = select(SupplyReport).where(
        SupplyReport.service == service,
        SupplyReport.area_code.in_(areas),
        SupplyReport.incident_id.is_(None),
        SupplyReport.ended_at.is_(None),
        SupplyReport.alone.is_(False),
        SupplyReport.reported_at > since,
    )
    return list(session.scalars(query.order_by(SupplyReport.id)))


def attached(session: Session, incident: Incident, standing_only: bool = True) -> list[SupplyReport]:
    """The reports that are part of an incident, oldest first."""
    query = select(SupplyReport).where(SupplyReport.incident_id == incident.id)
    if standing_only:
        query = query.where(SupplyReport.ended_at.is_(None))
    return list(session.scalars(query.order_by(SupplyReport.id)))


__all__ = ["OPEN", "Said", "attached", "group", "of_conversation", "open_report", "take_report", "withdraw"]
