"""What would stay open because nobody says anything more: looked after every morning, and before a planned interruption."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock, iso
from kefu.company.data import CompanyData
from kefu.incidents.dispatch import SYSTEM
from kefu.incidents.models import SupplyReport
from kefu.incidents.restoration import open_since
from kefu.jobs.daily import daily
from kefu.jobs.models import Job
from kefu.jobs.service import cancel, handles, schedule
from kefu.network.models import Incident, Interruption
from kefu.outbox.notices import announce_planned
from kefu.tickets import service as tickets

REMINDER = "planned_reminder"
AT_ONCE = 500


@daily("outages", time(6, 0))
def look_after(session: Session, company: CompanyData) -> None:
    """Homes that never answered "is yours back?" are taken as back; old suspicions are put before a dispatcher."""
    query = select(SupplyReport).where(SupplyReport.asked_at < open_since(company), SupplyReport.ended_at.is_(None))
    reports = list(session.scalars(query.order_by(SupplyReport.id).limit(AT_ONCE)))
    for report in reports:
        _no_answer(session, company, report)
    if len(reports) == AT_ONCE:
        schedule(session, "outages", "more", clock.now(), "outages")
    _old_suspicions(session, company)


def _no_answer(session: Session, company: CompanyData, report: SupplyReport) -> None:
    """The home's own ticket is called done, not closed: whoever says it is not is heard."""
    report.outcome, report.ended_at = "no_answer", clock.now()
    ticket = tickets.by_number(session, report.ticket) if report.ticket else None
    if ticket is not None and ticket.status == "waiting":
        tickets.move(session, company, ticket, SYSTEM, "resolved", "片区已恢复，问过客户，没有回话")


def _old_suspicions(session: Session, company: CompanyData) -> None:
    limit = clock.now() - timedelta(hours=company.notices.question_hours)
    query = select(Incident.number).where(Incident.status == "suspected", Incident.started_at < limit)
    numbers = list(session.scalars(query.order_by(Incident.id)))
    if numbers:
        text = f"{len(numbers)} 起疑似片区故障还没有人确认或解除：{'、'.join(numbers[:5])}"
        raise_alert(session, "incident", text, numbers=numbers[:50])


# --- before a planned interruption ----------------------------------------------------------------------------------------
def plan_reminder(session: Session, company: CompanyData, planned: Interruption) -> None:
    """Those who asked to be told hear of it once more before it begins; not if it is too late for that, or called off."""
    due = planned.starts_at - timedelta(hours=company.notices.planned_reminder_hours)
    if planned.status != "planned" or planned.starts_at <= clock.now():
        cancel(session, REMINDER, planned.number)
    else:
        schedule(
            session, REMINDER, planned.number, due, f"interruption:{planned.number}", starts=iso(planned.starts_at)
        )


@handles(REMINDER)
def remind(session: Session, company: CompanyData, job: Job) -> None:
    """After downtime: not when it has begun already, and not of a time that has changed since."""
    planned = session.scalar(select(Interruption).where(Interruption.number == job.key).with_for_update())
    if planned is None or planned.status != "planned" or planned.starts_at <= clock.now():
        return
    if iso(planned.starts_at) == job.facts["starts"]:
        announce_planned(session, company, planned, "soon")
