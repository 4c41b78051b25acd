"""What a dispatcher does with an incident: confirms, moves, splits, merges, restores or dismisses it. Nobody is forgotten.

The fields themselves are written by kefu/network/feed.py; this is what follows from them for reports and tickets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.feeding import Conflict, FeedProblem, Unknown
from kefu.incidents import dispatch, grouping
from kefu.incidents.models import SupplyReport
from kefu.network import feed
from kefu.network.areas.feed import area_of
from kefu.network.models import OPEN, OVER, Incident
from kefu.network.suspect import Suspicion
from kefu.network.tree import network
from kefu.outbox.notices import FIRST_KNOWN, announce, announce_changes, tell_homes
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

# Reports of so long before an incident was written may be part of it.
BEFORE = timedelta(hours=12)


def locked(session: Session, number: str) -> Incident:
    """The incident, held to the end of the transaction. Raises Unknown."""
    incident = session.scalar(select(Incident).where(Incident.number == number).with_for_update())
    if incident is None:
        raise Unknown(f"没有故障事件 {number}")
    return incident


def open_fed(session: Session, company: CompanyData, given: Mapping[str, Any], actor: str) -> tuple[Incident, bool]:
    """An incident of the utility's own system: takes in what is suspected, and who has reported, below its area."""
    grouping.one_at_a_time(session)
    incident, new = feed.open_incident(session, given)
    if new:
        dispatch.note(session, incident, actor, "opened", incident.cause or "")
        if (
            incident.status in OPEN
            and any(_take_in(session, company, incident, actor))
            and incident.status in FIRST_KNOWN
        ):
            announce(session, company, incident, "confirmed")
    return incident, new


def change(
    session: Session, company: CompanyData, number: str, given: Mapping[str, Any], actor: str
) -> tuple[Incident, dict[str, list[Any]]]:
    """Cause, estimate, place, status; and what follows for everyone who is part of it. Raises as the feed does."""
    grouping.one_at_a_time(session)
    before = locked(session, number).area_code
    incident, changes = feed.change_incident(session, number, given)
    if not changes:
        return incident, changes
    told = {name: [str(old) if old is not None else None, str(new)] for name, (old, new) in changes.items()}
    dispatch.note(session, incident, actor, "changed", "", told)
    if "area_code" in changes:
        after, incident.area_code = incident.area_code, before
        _relocate(session, company, incident, after, actor)
    if "status" in changes:
        _follow_status(session, company, incident, actor)
    announce_changes(session, company, incident, changes)
    return incident, changes


def split(session: Session, company: CompanyData, number: str, areas: Sequence[str], actor: str) -> list[Incident]:
    """One incident was several: one each at these areas below it; the first keeps number and ticket. Raises FeedProblem."""
    grouping.one_at_a_time(session)
    incident, net = locked(session, number), network(session)
    if incident.status not in OPEN:
        raise Conflict(f"故障事件 {number} 已经结束，不能拆分")
    for area in areas:
        area_of(session, area, incident.service)
        if not net.below(area, incident.area_code):
            raise FeedProblem(f"区域 {area} 不在 {incident.area_code} 之下")
    if any(one != other and net.below(one, other) for one in areas for other in areas) or len(set(areas)) < len(areas):
        raise FeedProblem("拆出的区域不能互相包含或重复")
    first, *others = areas
    rest = dispatch.relocate(session, company, net, incident, first, actor, "拆分")
    found = [incident]
    for area in others:
        own = [report for report in rest if net.below(report.area_code or "", area)]
        rest = [report for report in rest if report not in own]
        found.append(_split_off(session, company, incident, area, own, actor))
    dispatch.let_go(session, company, incident, rest, "片区故障拆分后不在其中，单独处理")
    return found


def _split_off(
    session: Session, company: CompanyData, incident: Incident, area: str, own: list[SupplyReport], actor: str
) -> Incident:
    net = network(session)
    suspicion = Suspicion(area, net.homes[area], len(own), 0.0)
    made = dispatch.open_suspected(session, company, net, suspicion, own)
    made.started_at, made.origin = incident.started_at, incident.origin
    made.status, made.cause, made.expected_at = incident.status, incident.cause, incident.expected_at
    made.expected_set_at = incident.expected_set_at
    dispatch.note(session, made, actor, "split", f"由 {incident.number} 拆出")
    return made


def merge(session: Session, company: CompanyData, number: str, into: str, actor: str) -> Incident:
    """Two incidents were one; `number` ends in `into`. Raises Conflict, FeedProblem, Unknown."""
    if number == into:
        raise FeedProblem("不能并入自己")
    grouping.one_at_a_time(session)
    first, second = sorted((number, into))  # always in the same order: two mergers never wait for each other
    rows = {name: locked(session, name) for name in (first, second)}
    incident, kept = rows[number], rows[into]
    if incident.service != kept.service:
        raise FeedProblem("两起故障不是同一类服务")
    if incident.status not in OPEN or kept.status not in OPEN:
        raise Conflict("只能合并尚未结束的故障事件")
    dispatch.merge(session, company, incident, kept, actor, "人工合并")
    return kept


# --- what follows -------------------------------------------------------------------------------------------------------
def _take_in(
    session: Session, company: CompanyData, incident: Incident, actor: str
) -> tuple[list[Incident], list[SupplyReport]]:
    """Suspicions below the area end in it; homes that have reported are part of it. Both are returned."""
    net = network(session)
    below = [
        other
        for other in grouping.suspected(session, incident.service)
        if other.id != incident.id and net.below(other.area_code, incident.area_code)
    ]
    for other in below:
        dispatch.hand_over_crew(session, other, incident)
        dispatch.merge(session, company, other, incident, actor, "已有正式故障事件")
    since = min(incident.started_at, clock.now()) - BEFORE
    loose = grouping.loose_reports(session, incident.service, net.under(incident.area_code), since)
    dispatch.join(session, company, incident, loose)
    return below, loose


def _relocate(session: Session, company: CompanyData, incident: Incident, area: str, actor: str) -> None:
    outside = dispatch.relocate(session, company, network(session), incident, area, actor, "改定位")
    dispatch.let_go(session, company, incident, outside, "不在该片区故障范围内，单独处理")
    if incident.status in OPEN:
        _gather(session, company, incident, actor)


def _gather(session: Session, company: CompanyData, incident: Incident, actor: str) -> None:
    """Take in what lies below it now, and tell the homes that they are part of it."""
    _, loose = _take_in(session, company, incident, actor)
    tell_homes(session, company, incident, "attached", loose)


def _follow_status(session: Session, company: CompanyData, incident: Incident, actor: str) -> None:
    """Restored: the crew's work is done, homes are asked. Cancelled: it was none, every home has its own ticket."""
    own = dispatch.crew_ticket(session, incident)
    if incident.status in OVER and own is not None and "resolved" in tickets.MOVES[own.status]:
        tickets.move(session, company, own, actor, "resolved", "片区已恢复")
    elif incident.status == "cancelled":
        _dismiss(session, company, incident, own, actor)
    elif incident.status in OPEN:
        if own is not None and own.status == "resolved":
            tickets.move(session, company, own, actor, "in_progress", "故障事件重新打开")
        _gather(session, company, incident, actor)


def _dismiss(session: Session, company: CompanyData, incident: Incident, own: Ticket | None, actor: str) -> None:
    if own is not None:
        dispatch.withdraw_ticket(session, company, own, actor, "不是片区故障")
    query = select(SupplyReport).where(SupplyReport.incident_id == incident.id, SupplyReport.ended_at.is_(None))
    homes = session.scalars(query.order_by(SupplyReport.id)).all()
    dispatch.let_go(session, company, incident, homes, "核实不是片区故障，单独处理")
