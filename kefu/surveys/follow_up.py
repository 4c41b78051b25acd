"""What follows from an answer: closed, opened again, a call, praise passed on. Rule: company/surveys.yml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.service import bound_accounts
from kefu.alerts.service import raise_alert
from kefu.callbacks.attempts import record_attempt
from kefu.callbacks.models import Callback
from kefu.callbacks.service import RETURN_CALL, active_for, request_callback
from kefu.callbacks.service import cancel as cancel_call
from kefu.clock import clock, day_and_time
from kefu.company.data import CompanyData
from kefu.company.surveys import BEST
from kefu.organisation.service import above
from kefu.privacy.masking import mask_text
from kefu.staff.messages import tell_staff
from kefu.surveys import praise
from kefu.surveys.models import Survey
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.reopening import reopen
from kefu.tickets.states import UNDONE

LOW_CALL = "低分回访"


@dataclass
class Outcome:
    """What an answer caused. `too_late`: not fixed, but the ticket cannot be opened again any more; `unverified`: fixed,
    but a colleague has to verify it before it is closed; `low`: a person is to call (`call`, or there is no phone)."""

    ticket: Ticket
    closed: bool = False
    unverified: bool = False
    reopened: bool = False
    too_late: bool = False
    low: bool = False
    call: Callback | None = None
    praised: praise.Praised | None = None
    passed_on: bool = False


def close(session: Session, company: CompanyData, ticket: Ticket, actor: str, words: str, done: Outcome) -> None:
    """By the customer's word; what was reopened only when it is verified, too."""
    if ticket.status != "resolved":
        return
    if ticket.verifier is not None:
        done.unverified = True
        return
    tickets.move(session, company, ticket, actor, "closed", words)
    done.closed = True


def not_fixed(session: Session, company: CompanyData, ticket: Ticket, actor: str, words: str, done: Outcome) -> None:
    """Opened again, raised, verified by somebody else; what is still being worked on is urged."""
    if ticket.status in UNDONE:
        tickets.urge(session, ticket, actor, words)
        tickets.raise_priority(session, company, ticket, actor, "high", "回访：客户说没有解决")
        return
    try:
        reopen(session, company, ticket, actor, words)
    except tickets.NotAllowed as problem:
        done.too_late = True
        text = f"回访：客户说工单 {ticket.number} 没有解决，已不能重新打开（{problem}），请联系客户"
        tell_staff(session, above(session, company, ticket), "survey", text, ticket.number)
        raise_alert(session, "not_fixed", text, ticket.shown_talk)
        return
    done.reopened = True


def judged(
    session: Session, company: CompanyData, survey: Survey, ticket: Ticket, comment: str, praises: bool, done: Outcome
) -> None:
    """By the score: a call, praise, or the words to the person in charge."""
    assert survey.score is not None
    if survey.score <= company.surveys.low:
        _low(session, company, survey, ticket, done)
    elif survey.score == BEST and praises and survey.fixed is not False:
        done.praised = praise.pass_on(session, company, ticket, comment)
    elif comment or survey.score < BEST - 1:
        text = f"工单 {ticket.number} 客户评价{survey.score}分：{mask_text(comment) or '没有留言'}"
        tell_staff(session, ticket.owner, "survey", text, ticket.number)
        done.passed_on = True


def _low(session: Session, company: CompanyData, survey: Survey, ticket: Ticket, done: Outcome) -> None:
    """A person calls, at the first slot there is; the supervisor and the operator know now."""
    done.low = True
    text = f"工单 {ticket.number} 评价{survey.score}分，须在{company.surveys.call_within_hours:g}小时内回电"
    raise_alert(session, "low_score", text, ticket.shown_talk)
    phone = phone_of(session, ticket)
    if phone is not None:
        done.call = call_low(session, company, survey, ticket, phone)
    else:
        note = f"{text}；没有电话，已请客户留"
        tell_staff(session, above(session, company, ticket), "survey", note, ticket.number)


def call_low(session: Session, company: CompanyData, survey: Survey, ticket: Ticket, phone: str) -> Callback | None:
    """Hold the first slot for the call after a low score; its supervisor sees it, and whether it is too late."""
    call = book(session, company, survey, ticket, phone, LOW_CALL)
    latest = clock.now() + timedelta(hours=company.surveys.call_within_hours)
    when = f"已约{day_and_time(call.window_start)}" if call is not None else "没有空的时段"
    late = "" if call is not None and call.window_start <= latest else "，晚于规定，请另行安排"
    text = f"工单 {ticket.number} 评价{survey.score}分，须由人回电：{when}{late}"
    number = call.number if call is not None else None
    tell_staff(session, above(session, company, ticket), "survey", text, ticket.number, number)
    return call


def book(
    session: Session, company: CompanyData, survey: Survey, ticket: Ticket, phone: str, reason: str
) -> Callback | None:
    """The call promised about this survey's ticket, on the phone the customer gave for it, else the earliest there is; None
    when every slot of the coming weeks is taken."""
    conversation = survey.conversation_id or ticket.conversation_id
    call = active_for(session, ticket) or request_callback(session, company, ticket, phone, conversation, reason)
    if call is not None:
        survey.callback = call.number
        tickets.record(session, ticket, "assistant", "callback", f"{reason} {call.number}")
    return call


def return_call_over(session: Session, company: CompanyData, ticket: Ticket, actor: str) -> None:
    """The customer was heard: the return call of a ticket is not made any more, or was the one in which staff heard it."""
    query = select(Callback).where(
        Callback.ticket_id == ticket.id, Callback.reason == RETURN_CALL, Callback.status == "requested"
    )
    for call in session.scalars(query.with_for_update()):
        if actor == "customer":
            cancel_call(session, call, "不用打了：客户已答复回访")
        else:
            record_attempt(session, company, call.id, "reached", "", actor)


def phone_of(session: Session, ticket: Ticket) -> str | None:
    """Where the customer of a ticket can be reached: the phone left for it, else that of an account proved in its talk."""
    if ticket.anonymous:
        return None
    own = bound_accounts(session, ticket.conversation_id) if ticket.conversation_id else []
    return ticket.phone or next((account.phone for account in own if account.phone), None)
