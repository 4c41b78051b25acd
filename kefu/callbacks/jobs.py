"""What is done about a promised call at its time: the reminder before it, the next try, the look after it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from kefu.callbacks.attempts import give_up, held, tries_in_window, try_later
from kefu.callbacks.missed import miss, overdue, tell_missed
from kefu.callbacks.models import Callback
from kefu.callbacks.service import AGAIN, OVER, REMIND, RETURN_CALL, over_key, plan
from kefu.callbacks.slots import window
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.jobs.models import Job
from kefu.jobs.service import handles
from kefu.staff.messages import tell_staff


@handles(REMIND)
def remind(session: Session, company: CompanyData, job: Job) -> None:
    """Whoever answers for it; not when the window was over before anybody could be reminded."""
    callback = _running(session, job)
    if callback is not None:
        _say(session, callback, f"请按约回电 {callback.number}：{window(callback)}")


@handles(AGAIN)
def try_again(session: Session, company: CompanyData, job: Job) -> None:
    """The pause after a try in vain is over: it is before them again."""
    callback = _running(session, job)
    if callback is not None and not callback.wrong_number:
        _say(session, callback, f"请再打一次 {callback.number}：上次没有打通，{window(callback)}")


def _running(session: Session, job: Job) -> Callback | None:
    """The call of a job, if it is still to be made in its window."""
    callback = held(session, job.key)
    over = callback is None or callback.status != "requested" or clock.now() >= callback.window_end
    return None if over else callback


def _say(session: Session, callback: Callback, text: str) -> None:
    if callback.owner:
        tell_staff(session, callback.owner, "callback", text, callback=callback.number)


@handles(OVER)
def look_after(session: Session, company: CompanyData, job: Job) -> None:
    """The window is over and the call still open: missed, tried in vain and not again, or without a right number.

    All that a customer has been waiting for in vain is told in one message.
    """
    callback = held(session, job.key.split(" ")[0])
    if callback is None or callback.status != "requested" or job.key != over_key(callback):
        return
    if clock.now() < callback.window_end + timedelta(minutes=company.callbacks.grace_minutes):
        plan(session, company, callback)
    elif callback.wrong_number:
        give_up(session, company, callback)
    elif tries_in_window(callback, company):
        _say(session, callback, f"回电 {callback.number} 该再打一次而没有打，已改到下一个时段")
        try_later(session, company, callback)
    else:
        tell_missed(session, company, [miss(session, company, one) for one in _with_others(session, company, callback)])


def _with_others(session: Session, company: CompanyData, callback: Callback) -> list[Callback]:
    """What was promised in the same talk, and is over; of a return call the customer knows nothing."""
    if callback.conversation_id is None or callback.reason == RETURN_CALL:
        return [callback]
    return overdue(session, company, callback.conversation_id)
