"""What is told of an incident or a planned interruption, in the company's own phrases (company/phrases.yml)."""

from __future__ import annotations

from datetime import datetime, timedelta

from kefu.clock import clock, day_name, local
from kefu.company.data import CompanyData
from kefu.incidents.known import Known
from kefu.network.models import Incident, Interruption
from kefu.network.tree import Network

_DAYS = {-1: "昨天", 0: "今天", 1: "明天", 2: "后天"}


def stopped(company: CompanyData, service: str) -> str:
    """停电, 停水, …"""
    return company.notices.words(service).without


def moment(at: datetime) -> str:
    """A moment as people say it: 今天14:30, 明天9:00, 12月3日9:00."""
    here, today = local(at), local(clock.now()).date()
    day = _DAYS.get((here.date() - today).days, day_name(here))
    return f"{day}{here.hour}:{here:%M}"


def span(start: datetime, end: datetime) -> str:
    """From when to when; the day is said once."""
    same = local(start).date() == local(end).date()
    return f"{moment(start)}到{local(end).hour}:{local(end):%M}" if same else f"{moment(start)}到{moment(end)}"


def age(since: datetime) -> str:
    """How long ago, in whole minutes, hours or days."""
    gone = max(clock.now() - since, timedelta(0))
    minutes = int(gone.total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes}分钟前"
    return f"{minutes // 60}小时前" if minutes < 48 * 60 else f"{minutes // 1440}天前"


def told(company: CompanyData, net: Network, known: Known, reports: int = 0) -> str:
    """All that may be told of it: cause, since when, until when, how old that estimate is, and whether it has passed."""
    if known.interruption is not None:
        return told_planned(company, net, known.interruption, known.late)
    assert known.incident is not None
    return told_incident(company, net, known.incident, reports)


def told_incident(company: CompanyData, net: Network, incident: Incident, reports: int = 0) -> str:
    """An incident as it stands now."""
    node = net.nodes.get(incident.area_code)
    values = {
        "what": stopped(company, incident.service),
        "area": node.name if node else "",
        "start": moment(incident.started_at),
        "number": incident.number,
        "reports": reports,
    }
    if incident.status == "suspected":
        return company.phrase("known_suspected", **values)
    cause = incident.cause or company.phrase("cause_unknown")
    return company.phrase("known_outage", cause=cause, expected=expected(company, incident), **values)


def told_past(company: CompanyData, net: Network, one: Incident | Interruption) -> str:
    """What was off, from when to when, and why."""
    if isinstance(one, Interruption):
        return told_planned(company, net, one)
    node = net.nodes.get(one.area_code)
    if one.restored_at is None:
        return told_incident(company, net, one)
    values = {
        "what": stopped(company, one.service),
        "area": node.name if node else "",
        "when": span(one.started_at, one.restored_at),
    }
    return company.phrase("past_outage", cause=one.cause or company.phrase("cause_unknown"), **values)


def expected(company: CompanyData, incident: Incident) -> str:
    """The estimate with its age; that there is none; that it has passed."""
    if incident.expected_at is None:
        return company.phrase("expected_none")
    values = {"expected": moment(incident.expected_at), "age": age(incident.expected_set_at or incident.started_at)}
    return company.phrase("expected_late" if incident.expected_at <= clock.now() else "expected_at", **values)


def told_planned(company: CompanyData, net: Network, planned: Interruption, late: bool = False) -> str:
    """A published interruption with its times and reason."""
    node = net.nodes.get(planned.area_code)
    values = {
        "what": stopped(company, planned.service),
        "area": node.name if node else "",
        "when": span(planned.starts_at, planned.ends_at),
        "reason": planned.reason,
        "until": moment(planned.ends_at),
    }
    now = clock.now()
    over = planned.ends_at <= now and not late
    name = "planned_late" if late else "planned_over" if over else "planned_now"
    return company.phrase(name if planned.starts_at <= now else "planned_coming", **values)
