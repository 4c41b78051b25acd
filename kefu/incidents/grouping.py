"""Open reports of a service, looked at together: which devices explain them, and what becomes of the suspected incidents.

The statistics: kefu/network/suspect.py, docs/incidents.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.db.session import one_at_a_time as locked_for
from kefu.incidents import dispatch
from kefu.incidents.models import SupplyReport
from kefu.network.models import Incident
from kefu.network.suspect import Suspicion, follow, suspects
from kefu.network.tree import Network
from kefu.outbox import notices

GROUPING = 11  # the key of that lock
LOOKED_AT = 50  # every report up to twice this many is looked at, then every second, third …


def one_at_a_time(session: Session) -> None:
    """Nobody else groups reports or changes what they are part of until the end of the transaction. One lock for all
    services: two taken in different orders would wait for each other."""
    locked_for(session.connection(), GROUPING, patient=False)


def worth_a_look(reports: int) -> bool:
    """Whether one more report of a suspected incident can change what is suspected: each of the first, then fewer."""
    return reports % max(1, reports // LOOKED_AT) == 0


def group(session: Session, company: CompanyData, net: Network, service: str, told: str | None = None) -> None:
    """Open, raise, narrow or merge suspected incidents as the reports of a service now say. One at a time a service.

    Homes that become part of one hear of it by a notice, but for the conversation `told`, whose own turn says so.
    """
    now, part = clock.now(), net.parts.get(service)
    if part is None:
        return
    one_at_a_time(session)
    rule = company.incidents.detection.for_(service, now)  # type: ignore[arg-type]
    since = now - timedelta(minutes=rule.window_minutes)
    standing = {incident.area_code: incident for incident in suspected(session, service)}
    found = suspects(part, _counts(session, service, since), rule, standing)
    goes = follow(part, standing, found)
    everyone = loose_reports(session, service, [area for one in found for area in net.under(one.area)], since)
    for one in found:
        olds = [standing[area] for area, target in goes.items() if target == one.area]
        loose = [report for report in everyone if net.below(report.area_code or "", one.area)]
        incident = _settle(session, company, net, one, olds, loose)
        if incident is not None:
            others = [report for report in loose if report.conversation_id != told]
            notices.tell_homes(session, company, incident, "attached", others)


def _settle(
    session: Session,
    company: CompanyData,
    net: Network,
    found: Suspicion,
    olds: list[Incident],
    loose: list[SupplyReport],
) -> Incident | None:
    """One device: its incident is opened, or the oldest one there goes on and takes the others in."""
    if not olds:
        return dispatch.open_suspected(session, company, net, found, loose) if loose else None
    kept, *others = sorted(olds, key=lambda incident: incident.id)
    for other in others:
        dispatch.merge(session, company, other, kept, dispatch.SYSTEM, "同一设备")
    why = f"{found.reports}户报告指向{net.nodes[found.area].name}"
    outside = dispatch.relocate(session, company, net, kept, found.area, dispatch.SYSTEM, why)
    dispatch.let_go(session, company, kept, outside, "不在该片区故障范围内，单独处理", alone=False)
    if loose:
        dispatch.join(session, company, kept, loose)
    return kept


def suspected(session: Session, service: str) -> list[Incident]:
    """Suspected from reports and confirmed by nobody yet: these may still be raised or narrowed."""
    query = select(Incident).where(
        Incident.service == service, Incident.status == "suspected", Incident.origin == "reports"
    )
    return list(session.scalars(query.order_by(Incident.id)))


def loose_reports(session: Session, service: str, areas: list[str], since: datetime) -> list[SupplyReport]:
    """Open reports of these areas that are part of nothing, oldest first."""
    query = select(SupplyReport).where(
        SupplyReport.service == service,
        SupplyReport.area_code.in_(areas),
        SupplyReport.ended_at.is_(None),
        SupplyReport.alone.is_(False),
        _loose(since),
    )
    return list(session.scalars(query.order_by(SupplyReport.id)))


def _counts(session: Session, service: str, since: datetime) -> Mapping[str, int]:
    """Distinct homes by area: of no incident yet (lately), or of one that is only suspected."""
    query = (
        select(SupplyReport.area_code, func.count(func.distinct(SupplyReport.home)))
        .outerjoin(Incident, Incident.id == SupplyReport.incident_id)
        .where(
            SupplyReport.service == service,
            SupplyReport.ended_at.is_(None),
            SupplyReport.alone.is_(False),
            SupplyReport.area_code.is_not(None),
            or_(_loose(since), Incident.status == "suspected"),
        )
        .group_by(SupplyReport.area_code)
    )
    return {str(area): count for area, count in session.execute(query)}


def _loose(since: datetime) -> ColumnElement[bool]:
    """Part of nothing, lately; or still off after the area was back."""
    new = SupplyReport.incident_id.is_(None) & (SupplyReport.reported_at > since)
    return or_(new, (SupplyReport.outcome == "still_off") & (SupplyReport.asked_at > since))
