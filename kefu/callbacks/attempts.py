"""Somebody phoned: written down, and what follows from it. Rules: `tries` and `again` of company/callbacks.yml."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback, CallbackAttempt
from kefu.callbacks.owners import check_actor
from kefu.callbacks.service import AGAIN, RETURN_CALL, SYSTEM, move_on, note, unplan
from kefu.callbacks.slots import window
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.feeding import Conflict, FeedProblem, Unknown
from kefu.jobs.service import schedule
from kefu.outbox.notices import tell_one
from kefu.privacy.masking import mask_phone
from kefu.sms.service import mobile, queue
from kefu.tickets import clocks
from kefu.tickets.models import Ticket

Outcome = Literal["reached", "busy", "no_answer", "wrong_number"]
SAYS = {"reached": "已接通", "busy": "占线", "no_answer": "无人接听", "wrong_number": "号码不对"}
IN_VAIN = ("busy", "no_answer")
OPEN = ("requested", "missed", "unreached")  # somebody may still reach the customer


def record_attempt(
    session: Session,
    company: CompanyData,
    callback_id: int,
    outcome: Outcome,
    words: str,
    actor: str,
    at: datetime | None = None,
) -> Callback:
    """Write down a try and do what follows: done, tried again, asked for the right phone, or told that we could not reach
    them. `at`: when it was, now unless given (not ahead). Raises Unknown, Conflict (it is over), NotAllowed (it is
    about them), FeedProblem."""
    callback = session.get(Callback, callback_id, with_for_update=True)
    if callback is None:
        raise Unknown(f"没有回电 {callback_id}")
    check_actor(session, callback, actor)
    _check(callback, outcome, at)
    attempt = CallbackAttempt(callback_id=callback.id, at=at or clock.now(), actor=actor, outcome=outcome, note=words)
    session.add(attempt)
    session.flush()
    session.refresh(callback, ["attempts"])
    note(session, callback, actor, f"回电 {callback.number}：{SAYS[outcome]}" + (f"，{words}" if words else ""))
    if outcome == "reached":
        _reached(session, company, callback, attempt)
    elif outcome == "wrong_number":
        _wrong_number(session, company, callback)
    else:
        _in_vain(session, company, callback, outcome)
    session.flush()
    return callback


def _check(callback: Callback, outcome: Outcome, at: datetime | None) -> None:
    allowed = OPEN if outcome == "reached" else ("requested",)
    if callback.status not in allowed:
        raise Conflict(f"回电 {callback.number} 已是 {callback.status}，不能再记{SAYS[outcome]}")
    if at is not None and at > clock.now():
        raise FeedProblem("at 不能晚于现在")
    if at is not None and at < callback.created_at:
        raise FeedProblem("at 不能早于回电的 created_at")


def tries_in_window(callback: Callback, company: CompanyData) -> int:
    """How often somebody phoned in the window that holds now, or when reminded of it."""
    since = callback.window_start - timedelta(minutes=company.callbacks.remind_minutes)
    return sum(attempt.at >= since for attempt in callback.attempts)


def _reached(session: Session, company: CompanyData, callback: Callback, attempt: CallbackAttempt) -> None:
    callback.status, callback.wrong_number = "done", False
    unplan(session, callback)
    spoken(session, company, callback, attempt.at)


def spoken(session: Session, company: CompanyData, callback: Callback, at: datetime) -> None:
    """Somebody spoke with the customer at a moment (aware): first contact about the call's ticket."""
    if callback.ticket_id is not None:
        clocks.contacted(session, company, session.get_one(Ticket, callback.ticket_id), at)


def _wrong_number(session: Session, company: CompanyData, callback: Callback) -> None:
    """Nobody rings it again: the customer is asked for the right one."""
    callback.wrong_number = True
    tell(
        session, company, callback, "wrong_phone",
        company.phrase("callback_wrong_number", number=callback.number, phone=mask_phone(callback.phone)),
        question=company.phrase("callback_wrong_number_ask"),
    )  # fmt: skip


def _in_vain(session: Session, company: CompanyData, callback: Callback, outcome: str) -> None:
    rule = company.callbacks
    if sum(attempt.outcome in IN_VAIN for attempt in callback.attempts) >= rule.tries:
        give_up(session, company, callback)
        return
    again = rule.again["busy" if outcome == "busy" else "no_answer"]
    moment = max(clock.now() + timedelta(minutes=again.minutes), callback.window_start)
    if again.window == "same" and moment < callback.window_end:
        callback.try_at = moment
        schedule(session, AGAIN, callback.number, moment, f"callback:{callback.number}")
    else:
        try_later(session, company, callback, again.minutes)


def try_later(session: Session, company: CompanyData, callback: Callback, minutes: int = 0) -> None:
    """Not in this window any more: the next free one, and the customer is told; none in sight: given up."""
    if not move_on(session, company, callback, minutes):
        give_up(session, company, callback)
        return
    text = company.phrase("callback_later", number=callback.number, when=window(callback))
    tell(session, company, callback, "later", text)


def give_up(session: Session, company: CompanyData, callback: Callback) -> None:
    """We could not reach them: told in the talk and by SMS, with how to get another call."""
    callback.status = "unreached"
    unplan(session, callback)
    note(session, callback, SYSTEM, f"回电 {callback.number} 多次未能联系上客户")
    values = {"number": callback.number, "count": len(callback.attempts), "phone": company.company.hotline}
    tell(session, company, callback, "unreached", company.phrase("callback_unreached", **values), sms=True)


def tell(
    session: Session,
    company: CompanyData,
    callback: Callback,
    event: str,
    text: str,
    question: str = "",
    sms: bool = False,
) -> None:
    """In the talk the call was promised in; `sms`: to the phone as well, if it takes one. Of a return call nothing is said
    but that its number is wrong: the customer does not wait for it."""
    if callback.reason == RETURN_CALL and event != "wrong_phone":
        return
    phone = mobile(callback.phone) if sms and not callback.wrong_number else None
    if callback.conversation_id is not None:
        about, talk = callback.number, callback.conversation_id
        tell_one(session, company, talk, about, event, text, question=question, phone=phone)
    elif phone is not None:
        own = company.company
        said = company.phrase("notice_sms", company=own.name, text=text, phone=own.hotline)
        queue(session, phone, said, "notice", clock.now() + timedelta(hours=company.notices.sms_hours), None)


def held(session: Session, number: str) -> Callback | None:
    """The call of that number, held to the end of the transaction, its tries as they are now."""
    query = select(Callback).where(Callback.number == number).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))
