"""What is done about surveys at their time: the question, the return call of who did not answer, the end of waiting.

After downtime nothing floods: a question that is too late is not put, and a customer is asked once in a while only.
Rule: company/surveys.yml.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kefu.callbacks.service import RETURN_CALL, active_for
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.jobs.models import Job
from kefu.jobs.service import handles, schedule
from kefu.outbox.notices import tell_one
from kefu.staff.messages import tell_staff
from kefu.surveys.follow_up import book, phone_of
from kefu.surveys.models import Survey
from kefu.surveys.planning import ASK, UNASKED, awake
from kefu.surveys.service import CALL, CLOSE, EVENT, ask, called_done_by_customer, note, of_round
from kefu.tickets.models import Ticket
from kefu.tickets.service import by_number, move
from kefu.tickets.states import DONE

WAIT_FOR_CALL = timedelta(days=1)  # the return call is not over yet: look again


@handles(ASK)
def put_question(session: Session, company: CompanyData, job: Job) -> None:
    """Ask in the talk; who has no talk is phoned. Not at night, not too late, not too often."""
    rules, now = company.surveys, clock.now()
    ticket = by_number(session, job.key)
    rule = rules.of(ticket.kind) if ticket is not None else None
    if ticket is None or rule is None or not _still_to_ask(session, ticket):
        return
    if now - job.due_at > timedelta(hours=rules.stale_hours):
        note(session, company, ticket.conversation_id, ticket, "stale")
        return
    morning = awake(rules.quiet, now)
    if morning > now:
        schedule(session, ASK, job.key, morning, job.subject)
    elif rule.once and not ticket.reopened and _asked_lately(session, company, ticket):
        note(session, company, ticket.conversation_id, ticket, "spared")
    else:
        _put(session, company, ticket)


def _put(session: Session, company: CompanyData, ticket: Ticket) -> None:
    ask(session, company, ticket.conversation_id, ticket)
    if ticket.conversation_id is None:
        return
    text = company.text("survey", number=ticket.number, what=what_of(company, ticket))
    buttons = [{"title": said, "payload": said} for said in company.surveys.buttons]
    tell_one(session, company, ticket.conversation_id, ticket.number, EVENT, text, buttons=buttons)


def what_of(company: CompanyData, ticket: Ticket) -> str:
    """What a ticket is about, in customers' words."""
    return company.topics.get(ticket.category, company.topics["other"]).label


def _still_to_ask(session: Session, ticket: Ticket) -> bool:
    """Done, not asked about yet, nobody has to verify it first, and it was not the customer who called it done."""
    if ticket.status not in DONE or ticket.verifier is not None or of_round(session, ticket) is not None:
        return False
    return not called_done_by_customer(session, ticket)


def _asked_lately(session: Session, company: CompanyData, ticket: Ticket) -> bool:
    """This customer (the same talk, phone or account) was asked about another ticket."""
    same = [Survey.conversation_id == ticket.conversation_id] if ticket.conversation_id else []
    same += [Ticket.phone == ticket.phone] if ticket.phone else []
    same += [Ticket.account_number == ticket.account_number] if ticket.account_number else []
    if not same:
        return False
    since = clock.now() - timedelta(days=company.surveys.once_days)
    query = select(Survey.id).join(Ticket, Ticket.id == Survey.ticket_id).where(or_(*same), Ticket.id != ticket.id)
    query = query.where(Survey.asked_at > since, Survey.status.not_in(("spared", "stale")))
    return session.scalar(query.limit(1)) is not None


@handles(UNASKED)
def close_unasked(session: Session, company: CompanyData, job: Job) -> None:
    """Nobody was to be asked, and nobody has objected."""
    ticket = session.scalar(select(Ticket).where(Ticket.number == job.key).with_for_update())
    if ticket is not None and ticket.status == "resolved" and ticket.verifier is None:
        move(session, company, ticket, "assistant", "closed", company.surveys.unasked)


@handles(CALL)
def call_customer(session: Session, company: CompanyData, job: Job) -> None:
    """No answer: a return call on the agents' list, at the first slot there is."""
    survey = session.get_one(Survey, int(job.key))
    ticket = session.get_one(Ticket, survey.ticket_id)
    if survey.status != "asked" or ticket.reopened != survey.round or ticket.status not in DONE:
        return
    phone = phone_of(session, ticket)
    if phone is None:
        return
    call = book(session, company, survey, ticket, phone, RETURN_CALL)
    if call is None:
        text = f"工单 {ticket.number} 要回访，没有空的回电时段，请另行安排"
        tell_staff(session, ticket.owner or company.organisation.head, "survey", text, ticket.number)


@handles(CLOSE)
def give_up_waiting(session: Session, company: CompanyData, job: Job) -> None:
    """Nobody answered: the ticket is closed and says so. While the return call is still to come, it waits for it."""
    survey = session.get_one(Survey, int(job.key))
    ticket = session.get_one(Ticket, survey.ticket_id, with_for_update=True)
    if ticket.reopened != survey.round or ticket.verifier is not None:
        return
    if survey.fixed is None and active_for(session, ticket) is not None:
        schedule(session, CLOSE, job.key, clock.now() + WAIT_FOR_CALL, job.subject)
        return
    if ticket.status == "resolved":
        move(session, company, ticket, "assistant", "closed", _why(company, survey))
    if survey.status == "asked":
        survey.status = "unanswered"


def _why(company: CompanyData, survey: Survey) -> str:
    closing = company.surveys.closing
    if survey.status in ("spared", "stale"):
        return f"{closing}：{'近期已回访过该客户，未再问' if survey.status == 'spared' else '回访过期，未问'}"
    return f"{closing}：已评{survey.score}分，没有说是否解决" if survey.score else closing
