"""Promises to phone a customer: slots with a capacity in working hours; one promise a matter; moved, cancelled.

Hours and capacity: company/company.yml, company/callbacks.yml and the rows of `callback_slot`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback, CallbackSlot
from kefu.clock import SHANGHAI, clock, local
from kefu.company.calendar import is_working_day, stretches_of
from kefu.company.data import CompanyData
from kefu.db.session import insert_once
from kefu.tickets.models import Counter, Ticket
from kefu.tickets.numbers import next_number
from kefu.tickets.service import record

Why = Literal["past", "too_soon", "closed", "out_of_hours", "full", "too_far"]


@dataclass(frozen=True, order=True)
class Slot:
    """A stretch in which somebody phones (aware)."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Found:
    """A free slot, or why there is none where it was wished, with the nearest free ones (at most two)."""

    slot: Slot | None = None
    why: Why | None = None
    nearest: list[Slot] = field(default_factory=list)


# --- which slots there are -----------------------------------------------------------------------------------------
def _slots_of(company: CompanyData, day: date) -> list[Slot]:
    """The usual slots of a working day."""
    step = timedelta(minutes=company.callbacks.minutes)
    found = []
    for start, end in stretches_of(day, company):
        while start + step <= end:
            found.append(Slot(start, start + step))
            start += step
    return found


class _Book:
    """Free slots as they stand in this transaction."""

    def __init__(self, session: Session, company: CompanyData) -> None:
        self._session, self._company = session, company
        self.earliest = local(clock.now()) + timedelta(minutes=company.callbacks.lead_minutes)
        self.last_day = local(clock.now()).date() + timedelta(days=company.callbacks.days_ahead)

    def all_of(self, day: date) -> list[Slot]:
        """Usual slots and extra ones of the API, in order."""
        start = datetime.combine(day, datetime.min.time(), tzinfo=SHANGHAI)
        query = select(CallbackSlot).where(
            CallbackSlot.starts_at >= start, CallbackSlot.starts_at < start + timedelta(days=1)
        )
        extra = [Slot(local(row.starts_at), local(row.ends_at)) for row in self._session.scalars(query)]
        known = {slot.start for slot in extra}
        return sorted([*extra, *(s for s in _slots_of(self._company, day) if s.start not in known)])

    def is_free(self, slot: Slot) -> bool:
        """Not over, not too soon, and a call still fits in."""
        if slot.start < self.earliest or slot.start.date() > self.last_day:
            return False
        return not is_full(self._session, self._company, slot.start)

    def first_free(self, moment: datetime) -> Slot | None:
        """The first free slot that starts at or after a moment."""
        day = max(moment, self.earliest).date()
        while day <= self.last_day:
            for slot in self.all_of(day):
                if slot.start >= moment and self.is_free(slot):
                    return slot
            day += timedelta(days=1)
        return None

    def last_free(self, moment: datetime) -> Slot | None:
        """The last free slot that ends at or before a moment, not on an earlier day than need be."""
        day = moment.date()
        while day >= self.earliest.date():
            for slot in reversed(self.all_of(day)):
                if slot.end <= moment and self.is_free(slot):
                    return slot
            day -= timedelta(days=1)
        return None


def find_slot(session: Session, company: CompanyData, wish: tuple[datetime, datetime] | None) -> Found:
    """A free slot for a wish (from, to; aware; equal for a clock time); without a wish the earliest there is."""
    book = _Book(session, company)
    if wish is None:
        slot = book.first_free(book.earliest)
        return Found(slot, None if slot else "full")
    start, end = (local(moment) for moment in wish)
    fitting = _fitting(book, start, end)
    free = next((slot for slot in fitting if book.is_free(slot)), None)
    if free is not None:
        return Found(free)
    around = (book.last_free(start), book.first_free(max(end, book.earliest)))
    nearest = [slot for slot in around if slot is not None]
    return Found(None, _why_not(book, company, fitting, start, end), nearest)


def _fitting(book: _Book, start: datetime, end: datetime) -> list[Slot]:
    """Slots inside a wish; for a clock time the one that starts nearest to it (the later of two)."""
    if start == end:
        near = [slot for slot in book.all_of(start.date()) if slot.start - timedelta(minutes=15) <= start < slot.end]
        return sorted(near, key=lambda slot: (abs(slot.start - start), -slot.start.timestamp()))[:1]
    found, day = [], max(start, book.earliest).date()
    while day <= min(end.date(), book.last_day):
        found += [slot for slot in book.all_of(day) if slot.start >= start and slot.start < end]
        day += timedelta(days=1)
    return found


def _why_not(book: _Book, company: CompanyData, fitting: list[Slot], start: datetime, end: datetime) -> Why:
    if end < local(clock.now()):
        return "past"
    if start.date() > book.last_day:
        return "too_far"
    if fitting:
        return "too_soon" if all(slot.start < book.earliest for slot in fitting) else "full"
    one_day = start.date() == end.date()
    return "closed" if one_day and not is_working_day(start.date(), company) else "out_of_hours"


# --- promises --------------------------------------------------------------------------------------------------------
def active_of(session: Session, conversation_id: str) -> list[Callback]:
    """Calls this conversation still waits for, the newest first."""
    query = select(Callback).where(Callback.conversation_id == conversation_id, Callback.status == "requested")
    return list(session.scalars(query.order_by(Callback.id.desc())))


@dataclass(frozen=True)
class Wish:
    """Whom to phone, and about what."""

    phone: str
    conversation_id: str
    reason: str
    ticket: Ticket | None = None
    desk: str | None = None


def book(session: Session, company: CompanyData, slot: Slot, wish: Wish) -> Callback:
    """Promise a call; one a matter: a call already promised for it is moved instead. Raises SlotTaken."""
    existing = _of_matter(session, wish)
    if existing is not None:
        existing.phone = wish.phone
        move(session, company, existing, slot)
        return existing
    _hold(session, company, slot)
    callback = Callback(
        number=next_number(session, "HD"),
        phone=wish.phone,
        window_start=slot.start,
        window_end=slot.end,
        status="requested",
        reason=wish.reason,
        desk=wish.desk,
        ticket_id=wish.ticket.id if wish.ticket is not None else None,
        conversation_id=wish.conversation_id,
        created_at=clock.now(),
    )
    session.add(callback)
    session.flush()
    return callback


def _of_matter(session: Session, wish: Wish) -> Callback | None:
    query = select(Callback).where(Callback.status == "requested")
    if wish.ticket is not None:
        return session.scalar(query.where(Callback.ticket_id == wish.ticket.id).limit(1))
    own = query.where(Callback.conversation_id == wish.conversation_id, Callback.reason == wish.reason)
    return session.scalar(own.limit(1))


class SlotTaken(Exception):
    """Somebody was faster: look for a slot again."""


def hold_slot(session: Session, start: datetime) -> None:
    """Whoever books a slot waits here for everybody else who does, to the end of their transaction."""
    key = f"slot {local(start).isoformat()}"[:40]
    insert_once(session, Counter, key=key, value=0)
    session.get_one(Counter, key, with_for_update=True)


def is_full(session: Session, company: CompanyData, start: datetime) -> bool:
    """No call fits into the slot that starts then any more."""
    own = session.scalar(select(CallbackSlot.capacity).where(CallbackSlot.starts_at == start))
    query = select(func.count()).where(Callback.window_start == start, Callback.status == "requested")
    return (session.scalar(query) or 0) >= (company.callbacks.capacity if own is None else own)


def _hold(session: Session, company: CompanyData, slot: Slot) -> None:
    """The second of two bookings looks again. Raises SlotTaken."""
    hold_slot(session, slot.start)
    if not _Book(session, company).is_free(slot):
        raise SlotTaken


def move(session: Session, company: CompanyData, callback: Callback, slot: Slot) -> None:
    """Another time for a promised call; told in its ticket's history. Raises SlotTaken."""
    if callback.window_start == slot.start:
        return
    _hold(session, company, slot)
    was = callback.window_start
    callback.window_start, callback.window_end = slot.start, slot.end
    _note(session, callback, f"回电 {callback.number} 改约：{local(was):%m-%d %H:%M} → {slot.start:%m-%d %H:%M}")


def cancel(session: Session, callback: Callback) -> None:
    """Nobody phones."""
    callback.status = "cancelled"
    _note(session, callback, f"回电 {callback.number} 已按客户意思取消")


def new_phone(session: Session, ticket: Ticket, phone: str) -> None:
    """A corrected phone holds for the call promised about the ticket, too."""
    query = select(Callback).where(Callback.ticket_id == ticket.id, Callback.status == "requested")
    for callback in session.scalars(query):
        callback.phone = phone


def _note(session: Session, callback: Callback, text: str) -> None:
    ticket = session.get(Ticket, callback.ticket_id) if callback.ticket_id else None
    if ticket is not None:
        record(session, ticket, "customer", "callback", text)


def request_callback(
    session: Session, company: CompanyData, ticket: Ticket, phone: str, conversation_id: str, reason: str
) -> Callback | None:
    """Promise the earliest call there is about a ticket; None when every slot of the coming weeks is taken.

    A call promised for this ticket keeps its time, with the new phone.
    """
    wish = Wish(phone, conversation_id, reason, ticket, ticket.desk)
    existing = _of_matter(session, wish)
    if existing is not None:
        existing.phone = phone
        return existing
    while (slot := find_slot(session, company, None).slot) is not None:
        try:
            return book(session, company, slot, wish)
        except SlotTaken:
            continue
    return None
