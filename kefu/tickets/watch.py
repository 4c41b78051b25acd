"""When a clock is looked at next: a warning, its due time, a step of escalation, the end of a pause.

Source: company/clock_rules.yml. What happens then: kefu/tickets/escalation.py.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kefu.clock import clock, parse_local
from kefu.company.calendar import (
    add_working_time,
    is_working_time,
    last_working_end,
    next_working_time,
    unpublished_years,
)
from kefu.company.clocks import Steps
from kefu.company.data import CompanyData
from kefu.jobs.service import cancel, schedule, waiting
from kefu.tickets.models import Ticket, TicketClock

JOB, YEAR = "clock", "holidays"
State = Literal["running", "late", "paused", "met", "stopped"]


def state_of(row: TicketClock) -> State:
    """What a clock does now; `late`: it runs, and its due time is past."""
    if row.met_at is not None:
        return "met"
    if row.stopped_at is not None:
        return "stopped"
    if row.paused_at is not None:
        return "paused"
    return "late" if row.due_at < clock.now() else "running"


def rule_of(company: CompanyData, ticket: Ticket, row: TicketClock) -> Steps:
    """Who is told of this clock, and when."""
    return company.clock_rules.steps_for(row.target, ticket.kind, ticket.priority, ticket.grade)


def warnings(company: CompanyData, ticket: Ticket, row: TicketClock) -> list[datetime]:
    """When the person is warned, in order. By day, one that falls where nobody works comes before people go home; there is
    none before the clock has begun."""
    rule = rule_of(company, ticket, row)
    moments = [before.moment(row.started_at, row.due_at) for before in rule.warn]
    if not rule.day_and_night:
        moments = [_brought_forward(company, moment) for moment in moments]
    return sorted(moment for moment in moments if moment > row.started_at)


def may_warn(company: CompanyData, ticket: Ticket, row: TicketClock, moment: datetime) -> bool:
    """People may be warned at that moment (aware)."""
    return rule_of(company, ticket, row).day_and_night or is_working_time(moment, company)


def _brought_forward(company: CompanyData, moment: datetime) -> datetime:
    if is_working_time(moment, company):
        return moment
    return last_working_end(moment, company) - timedelta(minutes=company.clock_rules.early_minutes)


def escalations(company: CompanyData, ticket: Ticket, row: TicketClock) -> list[datetime]:
    """When each step hears that it is late; by day, the rule's minutes are minutes of work."""
    rule = rule_of(company, ticket, row)
    spans = [timedelta(minutes=minutes) for minutes in rule.escalate]
    if rule.day_and_night:
        return [row.due_at + span for span in spans]
    first = next_working_time(row.due_at, company)
    return [add_working_time(first, span, company, guess=True) for span in spans]


def pause_end(company: CompanyData, row: TicketClock) -> datetime:
    """When a clock that stands still runs on by itself: the reason's days are used up (over all its pauses)."""
    assert row.paused_at is not None
    return row.paused_at + pause_left(company, row, row.pause_reason or "")


def pause_left(company: CompanyData, row: TicketClock, reason: str) -> timedelta:
    """How long it may still stand still for a reason; nothing for one the rules do not know or this clock has not."""
    rule = company.clock_rules.reasons.get(reason)
    if rule is None or row.target not in rule.targets:
        return timedelta(0)
    over = [parse_local(one["to"]) - parse_local(one["from"]) for one in row.pauses if one["reason"] == reason]
    return max(timedelta(0), timedelta(days=rule.days) - sum(over, timedelta(0)))


def next_moment(company: CompanyData, ticket: Ticket, row: TicketClock) -> datetime | None:
    """When something is to be done about a clock; None: nothing any more."""
    if row.met_at is not None or row.stopped_at is not None:
        return None
    if row.paused_at is not None:
        return pause_end(company, row)
    if row.breached_at is None:
        return min([*_next_warning(company, ticket, row), row.due_at])
    return next(iter(escalations(company, ticket, row)[row.escalated :]), None)


def _next_warning(company: CompanyData, ticket: Ticket, row: TicketClock) -> list[datetime]:
    """When the next warning can go out, in a list: there may be none. One that was missed waits until people work."""
    moments = [max(moment, clock.now()) for moment in warnings(company, ticket, row)[row.warned :][:1]]
    return [one if may_warn(company, ticket, row, one) else next_working_time(one, company) for one in moments]


def plan(session: Session, company: CompanyData, ticket: Ticket, row: TicketClock) -> None:
    """One job a clock, at its next moment. A year that had to be guessed is looked at until it is published."""
    at = next_moment(company, ticket, row)
    if at is None:
        cancel(session, JOB, str(row.id))
    else:
        schedule(session, JOB, str(row.id), at, f"ticket:{ticket.number}")
    if row.guessed is not None and waiting(session, YEAR, str(row.guessed)) is None:
        schedule(session, YEAR, str(row.guessed), clock.now(), f"year:{row.guessed}", told=False)


def due_by(moment: datetime) -> ColumnElement[bool]:
    """Condition on tickets: a clock that runs is due before a moment (aware). Its own query, not one for each ticket: SQLite
    would go through all open clocks every time."""
    over = (TicketClock.met_at, TicketClock.stopped_at, TicketClock.paused_at)
    running = select(TicketClock.ticket_id).where(*(column.is_(None) for column in over), TicketClock.due_at < moment)
    return Ticket.id.in_(running)


def is_late() -> ColumnElement[bool]:
    """Condition on tickets: a clock that runs is past its due time."""
    return due_by(clock.now())


def is_guess(company: CompanyData, year: int) -> bool:
    """Nobody has published the holidays of that year yet."""
    return bool(unpublished_years(company, date(year, 1, 1), date(year, 12, 31)))
