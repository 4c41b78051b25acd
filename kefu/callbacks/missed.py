"""Missed by us: written as it is, an apology with a new time that is held, and somebody above sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.callbacks.attempts import tell, tries_in_window
from kefu.callbacks.models import Callback
from kefu.callbacks.service import RETURN_CALL, SYSTEM, Wish, book_earliest, note, unplan
from kefu.callbacks.slots import window
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.organisation.accused import accused
from kefu.organisation.service import head_of
from kefu.staff.messages import tell_staff
from kefu.tickets.models import Ticket
from kefu.tickets.service import raise_priority

ESCALATES = 2  # so many misses in a row


@dataclass(frozen=True)
class Missed:
    """A call nobody made, and the one promised instead (None: no slot in sight)."""

    call: Callback
    instead: Callback | None


def overdue(session: Session, company: CompanyData, conversation_id: str, grace: bool = True) -> list[Callback]:
    """Calls promised in this conversation whose window is over (with `grace`: and the time after it) and that nobody tried,
    the oldest first."""
    until = clock.now() - timedelta(minutes=company.callbacks.grace_minutes if grace else 0)
    query = select(Callback).where(
        Callback.conversation_id == conversation_id,
        Callback.status == "requested",
        Callback.window_end <= until,
        Callback.reason != RETURN_CALL,
        ~Callback.wrong_number,
    )
    rows = session.scalars(query.order_by(Callback.window_start, Callback.id).with_for_update())
    return [callback for callback in rows if not tries_in_window(callback, company)]


def miss(session: Session, company: CompanyData, callback: Callback) -> Missed:
    """Nobody phoned: a new time before others, and everybody concerned here is told. The customer: `apology`."""
    callback.status = "missed"
    unplan(session, callback)
    note(session, callback, SYSTEM, f"回电 {callback.number}（{window(callback)}）我方漏打")
    ticket = session.get(Ticket, callback.ticket_id) if callback.ticket_id else None
    wish = Wish(callback.phone, callback.conversation_id, callback.reason, ticket, callback.desk, urgent=True)
    instead = book_earliest(session, company, wish)
    misses = callback.misses + 1
    if instead is not None:
        instead.misses, instead.owner = misses, callback.owner or instead.owner
    _tell_staff(session, company, callback, instead, misses)
    if misses >= ESCALATES:
        _escalate(session, company, callback, instead, ticket, misses)
    return Missed(callback, instead)


def _tell_staff(
    session: Session, company: CompanyData, callback: Callback, instead: Callback | None, misses: int
) -> None:
    """The person in charge and those above: a promise was broken."""
    when = f"，改约 {instead.number}（{window(instead)}）" if instead is not None else "，近期没有可约的时段"
    text = f"回电 {callback.number}（{window(callback)}）漏打{when}"
    leads = (_above(session, company, callback), head_of(session, company, None))
    people = dict.fromkeys([callback.owner, *leads])
    kind = "escalation" if misses >= ESCALATES else "warning"
    for username in filter(None, people):
        tell_staff(session, username, kind, text, callback=callback.number)
    raise_alert(
        session, "callback_missed", f"回电 {callback.number} 漏打（连续第{misses}次）", callback.conversation_id,
        callback=callback.number, desk=callback.desk,
    )  # fmt: skip


def _above(session: Session, company: CompanyData, callback: Callback) -> str:
    """The head of its desk; the next one up where that is who did not phone, or whom it is about."""
    ticket = session.get(Ticket, callback.ticket_id) if callback.ticket_id else None
    barred = accused(session, ticket) if ticket is not None else set()
    return head_of(session, company, callback.desk, barred={callback.owner, *barred})


def _escalate(
    session: Session,
    company: CompanyData,
    callback: Callback,
    instead: Callback | None,
    ticket: Ticket | None,
    misses: int,
) -> None:
    """Missed again: somebody above makes the next one, and the matter itself is raised."""
    head = _above(session, company, callback)
    if instead is not None:
        instead.owner = head
    if ticket is not None:
        raise_priority(session, company, ticket, SYSTEM, "high", f"约好的回电连续{misses}次漏打")
    text = f"回电 {callback.number} 连续{misses}次漏打，请亲自跟进"
    tell_staff(session, company.organisation.head, "escalation", text, callback=callback.number)
    raise_alert(
        session, "escalation", f"回电 {callback.number} 连续{misses}次漏打，请值班主管处理", callback.conversation_id
    )


def apology(company: CompanyData, missed: Sequence[Missed]) -> str:
    """The same words whoever begins to speak of it: the job, or the customer."""
    return "\n".join(_sorry(company, one) for one in missed)


def _sorry(company: CompanyData, one: Missed) -> str:
    if one.instead is None:
        return company.phrase(
            "callback_missed_no_slot", when=window(one.call), number=one.call.number, phone=company.company.hotline
        )
    return company.phrase(
        "callback_missed", when=window(one.call), number=one.instead.number, until=window(one.instead)
    )


def tell_missed(session: Session, company: CompanyData, missed: Sequence[Missed]) -> None:
    """One message, however many calls of a conversation were missed."""
    tell(session, company, missed[0].call, "missed", apology(company, missed), sms=True)


def missed_before(session: Session, callback: Callback) -> Callback | None:
    """The missed call that this one was promised instead of."""
    if not callback.misses:
        return None
    query = select(Callback).where(
        Callback.status == "missed",
        Callback.conversation_id == callback.conversation_id,
        Callback.reason == callback.reason,
        Callback.id < callback.id,
    )
    return session.scalar(query.order_by(Callback.id.desc()).limit(1))
