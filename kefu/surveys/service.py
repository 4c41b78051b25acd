"""After a ticket is done: asked whether it is fixed and how it was, and what follows from the answer.

Rule: company/surveys.yml (company policy 云江公用事业回访办法): closed by the customer's word, opened again by it, a person
calls after a low score, praise reaches the one it is for. What follows stands in `follow_up.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.feeding import Conflict, FeedProblem
from kefu.jobs.service import schedule
from kefu.outbox.models import Notice, OutboxMessage
from kefu.surveys import follow_up
from kefu.surveys.follow_up import Outcome
from kefu.surveys.models import Survey
from kefu.surveys.planning import subject
from kefu.tickets import service as tickets
from kefu.tickets.assigning import check_may_handle
from kefu.tickets.feed import held
from kefu.tickets.models import Ticket, TicketEvent
from kefu.tickets.states import DONE

CALL, CLOSE = "survey_call", "survey_close"  # kinds of jobs; their key is the survey's id
EVENT = "survey"  # of the notice that puts the question
FIRST, FIXED, SCORE = "first", "fixed", "score"  # what is asked; else the code of a dimension


@dataclass(frozen=True)
class Said:
    """What an answer says. `words`: as it was said; `comment`: it says more than a score, and what.

    `expectation`, `perception`: of the dimension just asked; `expectations`, `dimensions`: of several, by code.
    """

    words: str
    fixed: bool | None = None
    score: int | None = None
    comment: str = ""
    expectation: int | None = None
    perception: int | None = None
    stops: bool = False
    praises: bool = False
    expectations: dict[str, int] = field(default_factory=dict)
    dimensions: dict[str, int] = field(default_factory=dict)


# --- asking --------------------------------------------------------------------------------------------------------------
def ask(session: Session, company: CompanyData, conversation_id: str | None, ticket: Ticket) -> Survey:
    """Note that the question is put; the one that is open for this ticket and round already stays.

    With it goes what is done without an answer: a return call where the rule wants one, the closing in the end.
    """
    known = of_round(session, ticket)
    if known is not None and known.created_at is None and known.conversation_id == conversation_id:
        known.put_at = clock.real_now()
        return known
    survey = note(session, company, conversation_id, ticket, "asked")
    survey.put_at = clock.real_now()
    rule = company.surveys.of(ticket.kind)
    if rule is not None and rule.call:
        wait = timedelta(hours=company.surveys.call_after_hours if conversation_id else 0)
        schedule(session, CALL, str(survey.id), clock.now() + wait, subject(ticket))
    return survey


def note(session: Session, company: CompanyData, conversation_id: str | None, ticket: Ticket, status: str) -> Survey:
    """The row of a ticket's round: its turn of dimensions, and its end without an answer as a job."""
    survey = Survey(
        ticket_id=ticket.id, conversation_id=conversation_id, round=ticket.reopened, status=status, asked_at=clock.now()
    )
    session.add(survey)
    session.flush()
    survey.asks = company.surveys.turn(survey.id)
    ends = clock.now() + timedelta(days=company.surveys.open_days)
    schedule(session, CLOSE, str(survey.id), ends, subject(ticket))
    return survey


def of_round(session: Session, ticket: Ticket) -> Survey | None:
    """The newest survey about what was done last on a ticket."""
    query = select(Survey).where(Survey.ticket_id == ticket.id, Survey.round == ticket.reopened)
    return session.scalar(query.order_by(Survey.id.desc()).limit(1))


def called_done_by_customer(session: Session, ticket: Ticket) -> bool:
    """The ticket's last move was the customer's own word."""
    moves = select(TicketEvent.actor).where(TicketEvent.ticket_id == ticket.id, TicketEvent.action == "status")
    return session.scalar(moves.order_by(TicketEvent.id.desc()).limit(1)) == "customer"


def open_surveys(session: Session, company: CompanyData, conversation_id: str) -> list[tuple[Survey, Ticket]]:
    """The questions this conversation can still answer, with their tickets, the newest first."""
    since = clock.now() - timedelta(days=company.surveys.late_days)
    query = (
        select(Survey, Ticket)
        .join(Ticket, Ticket.id == Survey.ticket_id)
        .where(
            Survey.conversation_id == conversation_id,
            Survey.asked_at > since,
            Survey.status.in_(("asked", "answered", "unanswered")),
        )
    )
    return [(survey, ticket) for survey, ticket in session.execute(query.order_by(Survey.id.desc()))]


def low_without_call(session: Session, company: CompanyData, conversation_id: str) -> tuple[Survey, Ticket] | None:
    """The newest low score of this conversation that nobody could be phoned about: there was no number."""
    query = select(Survey, Ticket).join(Ticket, Ticket.id == Survey.ticket_id)
    query = query.where(
        Survey.conversation_id == conversation_id, Survey.score <= company.surveys.low, Survey.callback.is_(None)
    )
    found = session.execute(query.order_by(Survey.id.desc()).limit(1)).first()
    return (found[0], found[1]) if found else None


def seen_at(session: Session, survey: Survey, ticket: Ticket) -> datetime | None:
    """When the question now open reached the customer (real time); None while it is on its way."""
    query = select(OutboxMessage.shown_at).join(Notice, Notice.id == OutboxMessage.notice_id)
    query = query.where(
        Notice.about == ticket.number,
        Notice.event == EVENT,
        OutboxMessage.conversation_id == survey.conversation_id,
        OutboxMessage.created_at >= survey.asked_at,
    )
    sent = session.scalars(query.order_by(OutboxMessage.id.desc()).limit(1)).all()
    return survey.put_at if survey.created_at is not None or not sent else sent[0]


def stage(company: CompanyData, survey: Survey) -> str | None:
    """What is to be asked now: FIRST (fixed? how was it?), what is missing of it, a dimension; None: nothing."""
    if survey.status in ("stopped", "done"):
        return None
    if survey.fixed is None and survey.score is None:
        return FIRST
    if survey.fixed is False:
        return None
    if survey.fixed is None:
        return FIXED
    if survey.score is None:
        return SCORE
    told = {*survey.dimensions, *survey.expectations}
    return None if _is_low(company, survey) else next((code for code in survey.asks if code not in told), None)


def _is_low(company: CompanyData, survey: Survey) -> bool:
    return survey.score is not None and survey.score <= company.surveys.low


# --- answered ------------------------------------------------------------------------------------------------------------
def answer(session: Session, company: CompanyData, survey: Survey, said: Said, actor: str = "customer") -> Outcome:
    """Write down what was said, on the survey and in the ticket's history, and do what follows from it.

    Fixed: the ticket is closed with these words. Not fixed: opened again, raised, verified by somebody else. A low
    score: a person calls. Praise reaches whom it is for; other words reach the person in charge.
    """
    ticket = session.get_one(Ticket, survey.ticket_id, with_for_update=True)
    done = Outcome(ticket)
    if said.stops:
        survey.status = "stopped"
        tickets.record(session, ticket, actor, "survey", said.words)
        follow_up.return_call_over(session, company, ticket, actor)
        return done
    was_fixed, had_score = survey.fixed, survey.score is not None
    news = _write_down(company, survey, said)
    tickets.record(session, ticket, actor, "survey", said.words, news)
    if actor != "customer" or survey.fixed is not None or _is_low(company, survey):
        follow_up.return_call_over(session, company, ticket, actor)
    if survey.fixed is False and was_fixed is not False:
        follow_up.not_fixed(session, company, ticket, actor, said.words, done)
    elif survey.fixed:
        follow_up.close(session, company, ticket, actor, said.words, done)
    if said.score is not None and not had_score:
        follow_up.judged(session, company, survey, ticket, said.comment, said.praises, done)
    survey.status = "answered" if stage(company, survey) else "done"
    return done


def _write_down(company: CompanyData, survey: Survey, said: Said) -> dict[str, Any]:
    """Put it on the row; returns what is new as {name: [old, new]}. A score once given stays."""
    old = {name: getattr(survey, name) for name in ("fixed", "score", "dimensions", "expectations")}
    code = stage(company, survey) or ""
    if said.fixed is not None:
        survey.fixed = said.fixed
    if survey.score is None:
        survey.score = said.score or (company.surveys.unfixed_score if said.fixed is False else None)
    found, expected = dict(said.dimensions), dict(said.expectations)
    if code in survey.asks and said.perception is not None:
        found[code] = said.perception
    if code in survey.asks and said.expectation is not None:
        expected[code] = said.expectation
    survey.dimensions = {**survey.dimensions, **found}
    survey.expectations = {**survey.expectations, **expected}
    survey.comment = "\n".join(filter(None, [survey.comment, said.comment]))
    survey.created_at = survey.created_at or clock.now()
    return {name: [was, getattr(survey, name)] for name, was in old.items() if getattr(survey, name) != was}


def asked_again(survey: Survey) -> None:
    """The next of its questions was put just now."""
    survey.put_at = clock.real_now()


# --- by phone ------------------------------------------------------------------------------------------------------------
def heard_by_phone(session: Session, company: CompanyData, number: str, said: Said, username: str) -> Survey:
    """What a return call heard, with all that follows as from the customer's own words. Raises Unknown, Conflict,
    NotAllowed (it is about them), FeedProblem for an unknown dimension."""
    ticket = held(session, number)
    check_may_handle(session, ticket, username)
    unknown = {*said.dimensions, *said.expectations} - {row.code for row in company.surveys.dimensions}
    if unknown:
        raise FeedProblem(f"没有这样的评价维度：{'、'.join(sorted(unknown))}")
    if ticket.status not in DONE:
        raise Conflict(f"工单 {number} 是 {ticket.status}，办完了才回访")
    survey = of_round(session, ticket)
    if survey is None:
        survey = note(session, company, ticket.conversation_id, ticket, "asked")
    elif survey.fixed is not None:
        raise Conflict(f"工单 {number} 的回访已经有记录")
    survey.recorded_by = username
    answer(session, company, survey, said, username)
    survey.status = "done"
    return survey
