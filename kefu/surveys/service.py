"""After a ticket is done: asked how it was, and what follows from a bad answer.

Rule: company policy 云江公用事业回访办法（2026年版）: one or two of five is followed up the same day, and what is not
fixed is opened again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.surveys.models import Survey
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

LOW = 2
OPEN_FOR = timedelta(days=7)


def ask(session: Session, conversation_id: str, ticket: Ticket) -> Survey:
    """Note that the question was put; the one that is open for this ticket already stays."""
    known = session.scalar(
        select(Survey).where(
            Survey.ticket_id == ticket.id, Survey.conversation_id == conversation_id, Survey.score.is_(None)
        )
    )
    if known is not None:
        return known
    survey = Survey(ticket_id=ticket.id, conversation_id=conversation_id, asked_at=clock.now())
    session.add(survey)
    session.flush()
    return survey


def open_survey(session: Session, conversation_id: str) -> Survey | None:
    """The question this conversation has not answered yet."""
    query = select(Survey).where(
        Survey.conversation_id == conversation_id, Survey.score.is_(None), Survey.asked_at > clock.now() - OPEN_FOR
    )
    return session.scalar(query.order_by(Survey.id.desc()).limit(1))


def answer(session: Session, company: CompanyData, survey: Survey, score: int, comment: str, unsolved: bool) -> Ticket:
    """Write a score (1 to 5) down once. Low or not fixed: the ticket is opened again, raised, and told to the operator."""
    ticket = session.get_one(Ticket, survey.ticket_id)
    survey.score, survey.comment, survey.created_at = score, comment, clock.now()
    tickets.record(session, ticket, "customer", "survey", comment, {"score": [None, score]})
    if score <= LOW or unsolved:
        _follow_up(session, company, ticket, score, comment)
    return ticket


def _follow_up(session: Session, company: CompanyData, ticket: Ticket, score: int, comment: str) -> None:
    if ticket.status in ("resolved", "closed"):
        tickets.move(session, company, ticket, "assistant", "in_progress", f"客户评价{score}分，重新处理：{comment}")
    if ticket.priority in ("low", "normal"):
        tickets.raise_priority(session, company, ticket, "assistant", "high", "回访不满意")
    raise_alert(session, "low_score", f"工单 {ticket.number} 评价{score}分，须当日跟进", ticket.conversation_id)
