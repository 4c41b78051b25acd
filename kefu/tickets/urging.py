"""Urged (催办): counted, before the person in charge; not more often than the rule, and never a new ticket.

Source: company/tickets.yml, `urge_minutes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.organisation.service import above
from kefu.staff.messages import tell_staff
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket, TicketEvent
from kefu.tickets.telling import RAISED, due_of


@dataclass(frozen=True)
class Urged:
    """What came of it. `counted`: this one counts (else its words are kept); `times`: how many count so far;
    `last_at`: when the one before was passed on (aware); `late`: past its time; `escalated`: it went one step up now;
    `up`: it has gone up, now or before."""

    counted: bool
    times: int
    last_at: datetime | None
    late: bool
    escalated: bool
    up: bool


def urge(session: Session, company: CompanyData, ticket: Ticket, words: str) -> Urged:
    """Pass an urging on. Within the rule only its words are kept, danger excepted: that reaches people, the head among them, every time.

    Urged again, or urged again past its time: high priority, and the head of the desk hears of it, once in the rule's
    minutes.
    """
    now, pause = clock.now(), timedelta(minutes=company.tickets.urge_minutes)
    before, ups = _of(session, ticket, "urge"), _of(session, ticket, RAISED)
    last = before[-1] if before else None
    danger = ticket.kind == "emergency"
    counted = danger or last is None or now - last >= pause
    due = due_of(ticket)
    late = due is not None and due < now
    if counted:
        _count(session, ticket, words, len(before) + 1)
    else:
        tickets.supplement(session, ticket, "customer", words)
    again = last is not None and (counted or late)
    escalated = danger or (again and (not ups or now - ups[-1] >= pause))
    if escalated:
        _one_step_up(session, company, ticket, len(before) + counted)
    session.flush()
    return Urged(counted, len(before) + counted, last, late, escalated, escalated or bool(ups))


def _count(session: Session, ticket: Ticket, words: str, times: int) -> None:
    tickets.record(session, ticket, "customer", "urge", words)
    text = f"客户催办工单 {ticket.number}（第{times}次）"
    raise_alert(session, "urge", text, ticket.shown_talk)
    if ticket.owner:
        tell_staff(session, ticket.owner, "urge", text, ticket.number)


def _one_step_up(session: Session, company: CompanyData, ticket: Ticket, times: int) -> None:
    text = f"工单 {ticket.number} 客户再次催办（计第{times}次），请值班主管处理"
    tickets.raise_priority(session, company, ticket, "assistant", "high", f"客户再次催办（计第{times}次）")
    tickets.record(session, ticket, "assistant", RAISED, "客户再次催办，上报值班主管")
    raise_alert(session, "escalation", text, ticket.shown_talk)
    tell_staff(session, above(session, company, ticket), "escalation", text, ticket.number)


def _of(session: Session, ticket: Ticket, action: str) -> list[datetime]:
    query = select(TicketEvent.at).where(TicketEvent.ticket_id == ticket.id, TicketEvent.action == action)
    return list(session.scalars(query.order_by(TicketEvent.id)))
