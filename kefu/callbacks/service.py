"""Promises to phone a customer: one promise a matter; booked, moved, cancelled. Slots: slots.py; what came of them:
attempts.py, missed.py. Every promise has its jobs: a reminder before, a look after (docs/callbacks.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback
from kefu.callbacks.owners import owner_of_call
from kefu.callbacks.slots import Slot, SlotTaken, default_desk, find_slot, next_free, take_slot
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.jobs.service import cancel as cancel_job
from kefu.jobs.service import schedule
from kefu.tickets.models import Ticket
from kefu.tickets.numbers import next_number
from kefu.tickets.service import record

REMIND, AGAIN, OVER = "callback_remind", "callback_again", "callback_over"  # kinds of jobs, done in jobs.py
SYSTEM = "assistant"
RETURN_CALL = "回访"  # reason of a call of our own accord: nobody was promised it
URGENT = ("high", "emergency")  # priorities whose call goes before others


@dataclass(frozen=True)
class Wish:
    """Whom to phone, and about what."""

    phone: str
    conversation_id: str | None
    reason: str
    ticket: Ticket | None = None
    desk: str | None = None
    urgent: bool = False


def is_urgent(ticket: Ticket | None) -> bool:
    """Danger, or somebody whom it can hurt: that call goes before others."""
    return ticket is not None and ticket.priority in URGENT


# --- what is promised ----------------------------------------------------------------------------------------------------
def active_of(session: Session, conversation_id: str) -> list[Callback]:
    """Calls this conversation still waits for, the newest first."""
    query = select(Callback).where(Callback.conversation_id == conversation_id, Callback.status == "requested")
    return list(session.scalars(query.order_by(Callback.id.desc())))


def active_for(session: Session, ticket: Ticket) -> Callback | None:
    """The call promised about a ticket."""
    query = select(Callback).where(Callback.status == "requested", Callback.ticket_id == ticket.id)
    return session.scalar(query.limit(1))


def _of_matter(session: Session, wish: Wish) -> Callback | None:
    if wish.ticket is not None:
        session.get_one(Ticket, wish.ticket.id, with_for_update=True)  # staff may be booking about it, too
        return active_for(session, wish.ticket)
    if wish.conversation_id is None:
        return None
    query = select(Callback).where(Callback.status == "requested", Callback.conversation_id == wish.conversation_id)
    return session.scalar(query.where(Callback.reason == wish.reason).limit(1))


def book(session: Session, company: CompanyData, slot: Slot, wish: Wish) -> Callback:
    """Promise a call; one a matter: a call already promised for it is moved instead. Raises SlotTaken."""
    existing = _of_matter(session, wish)
    if existing is not None:
        move(session, company, existing, slot, urgent=wish.urgent)
        put_phone(session, company, existing, wish.phone)
        return existing
    desk = wish.desk or default_desk(company)
    take_slot(session, company, slot, desk, wish.urgent)
    callback = Callback(
        number=next_number(session, "HD"),
        phone=wish.phone,
        window_start=slot.start,
        window_end=slot.end,
        try_at=slot.start,
        status="requested",
        reason=wish.reason,
        desk=desk,
        owner=owner_of_call(session, company, wish.ticket, desk),
        ticket_id=wish.ticket.id if wish.ticket is not None else None,
        conversation_id=wish.conversation_id,
        created_at=clock.now(),
    )
    session.add(callback)
    session.flush()
    plan(session, company, callback)
    return callback


def request_callback(
    session: Session, company: CompanyData, ticket: Ticket, phone: str, conversation_id: str | None, reason: str
) -> Callback | None:
    """Promise the earliest call there is about a ticket; None when every slot of the coming weeks is taken.

    A call promised for this ticket keeps its time, with the new phone.
    """
    desk, urgent = ticket.desk or default_desk(company), is_urgent(ticket)
    wish = Wish(phone, conversation_id, reason, ticket, desk, urgent)
    existing = _of_matter(session, wish)
    if existing is not None:
        put_phone(session, company, existing, phone)
        return existing
    return book_earliest(session, company, wish)


def book_earliest(session: Session, company: CompanyData, wish: Wish) -> Callback | None:
    """Promise the earliest call there is; None when every slot of the coming weeks is taken."""
    desk = wish.desk or default_desk(company)
    while (slot := find_slot(session, company, None, desk, wish.urgent).slot) is not None:
        try:
            return book(session, company, slot, wish)
        except SlotTaken:
            continue
    return None


# --- what changes --------------------------------------------------------------------------------------------------------
def move(
    session: Session,
    company: CompanyData,
    callback: Callback,
    slot: Slot,
    urgent: bool = False,
    actor: str = "customer",
) -> None:
    """Another time for a promised call; told in its ticket's history. Raises SlotTaken."""
    if callback.window_start == slot.start:
        return
    take_slot(session, company, slot, callback.desk or default_desk(company), urgent)
    was = callback.window_start
    unplan(session, callback)
    callback.window_start, callback.window_end = slot.start, slot.end
    plan(session, company, callback)
    text = f"回电 {callback.number} 改约：{local(was):%m-%d %H:%M} → {slot.start:%m-%d %H:%M}"
    note(session, callback, actor, text)


def cancel(session: Session, callback: Callback, why: str = "已按客户意思取消") -> None:
    """Nobody phones; `why`: by the customer's own words."""
    callback.status = "cancelled"
    unplan(session, callback)
    note(session, callback, "customer", f"回电 {callback.number} {why}")


def put_phone(session: Session, company: CompanyData, callback: Callback, phone: str) -> None:
    """The customer's word which phone to ring. After a wrong number the call is on again: in its window while that lasts,
    else in the next free one."""
    callback.phone = phone
    if not callback.wrong_number:
        return
    callback.wrong_number = False
    if clock.now() >= callback.window_end:
        move_on(session, company, callback)
    else:
        plan(session, company, callback)


def move_on(session: Session, company: CompanyData, callback: Callback, minutes: int = 0, actor: str = SYSTEM) -> bool:
    """Into the first free slot so many minutes from now, before others; False when there is none in sight."""
    desk = callback.desk or default_desk(company)
    moment = clock.now() + timedelta(minutes=minutes)
    while (slot := next_free(session, company, desk, moment)) is not None:
        try:
            move(session, company, callback, slot, urgent=True, actor=actor)
        except SlotTaken:
            continue
        return True
    return False


def new_phone(session: Session, company: CompanyData, ticket: Ticket, phone: str) -> None:
    """A corrected phone holds for the call promised about the ticket, too."""
    callback = active_for(session, ticket)
    if callback is not None:
        put_phone(session, company, callback, phone)


def note(session: Session, callback: Callback, actor: str, text: str) -> None:
    """An entry in the history of the call's ticket, if it has one."""
    ticket = session.get(Ticket, callback.ticket_id) if callback.ticket_id else None
    if ticket is not None:
        record(session, ticket, actor, "callback", text)


# --- its jobs ------------------------------------------------------------------------------------------------------------
def plan(session: Session, company: CompanyData, callback: Callback) -> None:
    """Somebody is reminded before the window, and a look is taken after it; the next try is at its start."""
    rule, number, subject = company.callbacks, callback.number, f"callback:{callback.number}"
    callback.try_at = callback.window_start
    schedule(session, REMIND, number, callback.window_start - timedelta(minutes=rule.remind_minutes), subject)
    over = callback.window_end + timedelta(minutes=rule.grace_minutes)
    schedule(session, OVER, over_key(callback), over, subject)


def unplan(session: Session, callback: Callback) -> None:
    """Nothing is to be done about this window any more."""
    cancel_job(session, REMIND, callback.number)
    cancel_job(session, AGAIN, callback.number)
    cancel_job(session, OVER, over_key(callback))


def over_key(callback: Callback) -> str:
    """A window's own: the look after one may promise the next."""
    return f"{callback.number} {local(callback.window_start):%Y-%m-%dT%H:%M}"
