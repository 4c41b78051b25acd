"""What is told of a clock at its time: a warning, the breach, a step up. Jobs of the kinds clock and holidays.

Source: company/clock_rules.yml. When: kefu/tickets/watch.py. After downtime a warning that is overtaken is left out, and of
several steps that are due only the highest is told; the others stand in the ticket's history.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock, day_and_time, iso
from kefu.company.data import CompanyData
from kefu.jobs.models import Job
from kefu.jobs.service import handles, schedule
from kefu.organisation.service import chain
from kefu.staff.messages import tell_staff
from kefu.tickets import clocks, told
from kefu.tickets.history import record
from kefu.tickets.models import Ticket, TicketClock
from kefu.tickets.watch import JOB, YEAR, escalations, is_guess, may_warn, plan, warnings

SYSTEM = "assistant"
LABELS = {"contact": "联系客户", "arrival": "到场", "reply": "答复", "closing": "办结"}
TOLD = {"arrival": "到现场", "reply": "答复您"}  # of the customer's own clock, in words to them
LATER = timedelta(seconds=5)


@handles(JOB)
def look(session: Session, company: CompanyData, job: Job) -> None:
    """A clock's moment has come. Whoever is at work on the ticket goes first: then it is looked at a little later."""
    row = session.get(TicketClock, int(job.key))
    if row is None:
        return
    query = select(Ticket).where(Ticket.id == row.ticket_id).with_for_update(skip_locked=True)
    ticket = session.scalar(query.execution_options(populate_existing=True))
    if ticket is None:
        schedule(session, JOB, job.key, clock.now() + LATER, job.subject)
        return
    session.refresh(row)
    if row.met_at is None and row.stopped_at is None:
        _look_at(session, company, ticket, row)
    plan(session, company, ticket, row)


def _look_at(session: Session, company: CompanyData, ticket: Ticket, row: TicketClock) -> None:
    before = ticket.due_at
    if clocks.settle_year(session, company, ticket, row) and ticket.due_at < before:
        changes = {"due_at": [iso(before), iso(ticket.due_at)]}
        record(session, ticket, SYSTEM, "due", "放假安排已公布，时限重算", changes)
    if row.paused_at is not None:
        _end_pause(session, company, ticket, row)
    if row.paused_at is None and row.breached_at is None:
        _breach(session, company, ticket, row) if row.due_at <= clock.now() else _warn(session, company, ticket, row)
    if row.breached_at is not None:
        _escalate(session, company, ticket, row)


def _named(ticket: Ticket, row: TicketClock) -> str:
    return f"工单 {ticket.number} 的{LABELS[row.target]}时限（{day_and_time(row.due_at)}）"


def _end_pause(session: Session, company: CompanyData, ticket: Ticket, row: TicketClock) -> None:
    reason = company.clock_rules.reasons.get(row.pause_reason or "")
    clocks.run_on(session, company, ticket, row)
    if row.paused_at is None:
        why = reason.label if reason else "已取消的原因"
        record(session, ticket, SYSTEM, "clock", f"{LABELS[row.target]}时限因“{why}”暂停已满期，继续计时")


def _warn(session: Session, company: CompanyData, ticket: Ticket, row: TicketClock) -> None:
    due = sum(moment <= clock.now() for moment in warnings(company, ticket, row))
    if due <= row.warned or not may_warn(company, ticket, row, clock.now()):
        return
    row.warned = due
    for username in chain(session, company, ticket)[:1]:
        tell_staff(session, username, "warning", f"{_named(ticket, row)}快到了", ticket.number)
        record(session, ticket, SYSTEM, "warning", f"{_named(ticket, row)}快到了，已提醒 {username}")


def _breach(session: Session, company: CompanyData, ticket: Ticket, row: TicketClock) -> None:
    """The operator hears of it once; who is in charge hears by the steps."""
    row.breached_at = row.due_at
    record(session, ticket, SYSTEM, "late", f"{_named(ticket, row)}已过", {"late": [None, row.target]})
    raise_alert(
        session, "late", f"{_named(ticket, row)}已过", ticket.shown_talk, ticket=ticket.number, target=row.target
    )
    if row.due_at == ticket.due_at and row.target in TOLD:
        due = day_and_time(row.due_at)
        told.tell(session, company, ticket, "late", at=row.due_at, due=due, target=TOLD[row.target])


def _escalate(session: Session, company: CompanyData, ticket: Ticket, row: TicketClock) -> None:
    moments = escalations(company, ticket, row)
    due = sum(moment <= clock.now() for moment in moments)
    if due <= row.escalated:
        return
    people = chain(session, company, ticket)
    steps = people[row.escalated : due]
    for number, username in enumerate(steps, row.escalated + 1):
        told = username == steps[-1]
        what = f"已通知 {username}" if told else f"{username} 一级已过，直接上报"
        changes = {"escalated": [number - 1, number]}
        record(session, ticket, SYSTEM, "escalated", f"{_named(ticket, row)}已过，第{number}级：{what}", changes)
        if told:
            tell_staff(session, username, "escalation", f"{_named(ticket, row)}已过，请处理", ticket.number)
    row.escalated = due if due < len(people) else len(moments)


@handles(YEAR)
def look_for_the_year(session: Session, company: CompanyData, job: Job) -> None:
    """The operator hears once of a year that is not published; once it is, every clock that had to guess is counted
    again. Looked at daily."""
    year = int(job.key)
    if not is_guess(company, year):
        guessed = select(TicketClock.id, Ticket.number).join(Ticket).where(TicketClock.guessed == year)
        open_ones = guessed.where(TicketClock.met_at.is_(None), TicketClock.stopped_at.is_(None))
        for clock_id, number in session.execute(open_ones.order_by(TicketClock.id)):
            schedule(session, JOB, str(clock_id), clock.now(), f"ticket:{number}")
        return
    if not job.facts.get("told"):
        text = f"{year}年放假安排尚未公布，有工单的时限暂按周一至周五算；公布后请更新日历（company/holidays.yml）"
        raise_alert(session, "holidays", text, year=year)
    schedule(session, YEAR, job.key, clock.now() + timedelta(days=1), job.subject, told=True)
