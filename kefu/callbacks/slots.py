"""The stretches in which a desk phones, how many calls still fit in, and the free one for a wish.

Hours and days off: company/company.yml and the calendar; length and capacity by desk: company/callbacks.yml and the rows of
`callback_slot`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback, CallbackSlot
from kefu.clock import SHANGHAI, clock, local
from kefu.company.calendar import is_working_day, stretches_of
from kefu.company.data import CompanyData
from kefu.db.session import insert_once
from kefu.tickets.models import Counter

Why = Literal["past", "too_soon", "closed", "out_of_hours", "full", "too_far"]
WEEKDAYS = "一二三四五六日"
URGENT_EXTRA = 1  # danger, vulnerable people, and calls we missed: one more than fit in
NEAREST = 2


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


class SlotTaken(Exception):
    """Somebody was faster: look for a slot again."""


def window(call: Callback | Slot) -> str:
    """ "11月23日（周一）上午8:30–9:00", in Shanghai time."""
    start, end = (call.start, call.end) if isinstance(call, Slot) else (call.window_start, call.window_end)
    start, end = local(start), local(end)
    part = "上午" if start.hour < 12 else "下午"
    return f"{start.month}月{start.day}日（周{WEEKDAYS[start.weekday()]}）{part}{start.hour}:{start:%M}–{end.hour}:{end:%M}"


def default_desk(company: CompanyData) -> str:
    """Who phones when nothing is known of the matter."""
    return company.desk_for(None, None).desk


# --- which slots there are -----------------------------------------------------------------------------------------------
def usual_slots(company: CompanyData, desk: str, day: date) -> list[Slot]:
    """A desk's stretches of a working day, in order; [] on a day off."""
    step, found = timedelta(minutes=company.callbacks.minutes_of(desk)), []
    for start, end in stretches_of(day, company):
        while start + step <= end:
            found.append(Slot(start, start + step))
            start += step
    return found


class _Day:
    """One day of a desk as it stands in this transaction: two queries, when they are needed."""

    def __init__(self, session: Session, company: CompanyData, desk: str, day: date) -> None:
        self._session, self._company, self._desk, self._date = session, company, desk, day
        self._start = datetime.combine(day, datetime.min.time(), tzinfo=SHANGHAI)
        self._end = self._start + timedelta(days=1)

    @cached_property
    def _rows(self) -> dict[datetime, CallbackSlot]:
        """What was said of single stretches; a desk's own row counts before that of all desks."""
        query = select(CallbackSlot).where(
            CallbackSlot.starts_at >= self._start,
            CallbackSlot.starts_at < self._end,
            CallbackSlot.desk.in_(("", self._desk)),
        )
        return {local(row.starts_at): row for row in self._session.scalars(query.order_by(CallbackSlot.desk))}

    @cached_property
    def _booked(self) -> dict[datetime, int]:
        query = select(Callback.window_start, func.count()).where(
            Callback.window_start >= self._start,
            Callback.window_start < self._end,
            Callback.desk == self._desk,
            Callback.status == "requested",
        )
        counted = self._session.execute(query.group_by(Callback.window_start))
        return {local(start): count for start, count in counted}

    @cached_property
    def slots(self) -> list[Slot]:
        """Usual stretches and those of the API, in order."""
        extra = [Slot(start, local(row.ends_at)) for start, row in self._rows.items()]
        usual = (one for one in usual_slots(self._company, self._desk, self._date) if one.start not in self._rows)
        return sorted([*extra, *usual])

    def room(self, start: datetime) -> int:
        """How many calls still fit in from `start` on."""
        row = self._rows.get(start)
        capacity = self._company.callbacks.capacity_of(self._desk) if row is None else row.capacity
        return capacity - self._booked.get(start, 0)

    def closed(self, start: datetime) -> bool:
        """Somebody said that nobody phones then: not even for what is urgent."""
        row = self._rows.get(start)
        return row is not None and row.capacity == 0


class _Book:
    """A desk's slots from now on. `extra`: so many calls more than fit in are allowed."""

    def __init__(self, session: Session, company: CompanyData, desk: str, extra: int = 0) -> None:
        self._session, self._company, self._desk, self._extra = session, company, desk, extra
        self._days: dict[date, _Day] = {}
        self.now = local(clock.now())
        self.earliest = self.now + timedelta(minutes=company.callbacks.lead_minutes)
        self.last_day = self.now.date() + timedelta(days=company.callbacks.days_ahead)
        self.step = timedelta(minutes=company.callbacks.minutes_of(desk))

    def day(self, day: date) -> _Day:
        if day not in self._days:
            self._days[day] = _Day(self._session, self._company, self._desk, day)
        return self._days[day]

    def all_of(self, day: date) -> list[Slot]:
        return self.day(day).slots

    def is_free(self, slot: Slot) -> bool:
        """Not over, not too soon, and a call still fits in."""
        if slot.start < self.earliest or slot.start.date() > self.last_day:
            return False
        day = self.day(slot.start.date())
        return day.room(slot.start) + self._extra > 0 and not day.closed(slot.start)

    def after(self, moment: datetime, most: int = 1) -> list[Slot]:
        """The first free slots that start at or after a moment."""
        found: list[Slot] = []
        day = max(moment, self.earliest).date()
        while day <= self.last_day and len(found) < most:
            found += [slot for slot in self.all_of(day) if slot.start >= moment and self.is_free(slot)]
            day += timedelta(days=1)
        return found[:most]

    def before(self, moment: datetime) -> list[Slot]:
        """The last free slot that ends at or before a moment, not on an earlier day than need be; [] if there is none."""
        day = moment.date()
        while day >= self.earliest.date():
            found = [slot for slot in self.all_of(day) if slot.end <= moment and self.is_free(slot)]
            if found:
                return found[-1:]
            day -= timedelta(days=1)
        return []


# --- the slot for a wish -------------------------------------------------------------------------------------------------
def find_slot(
    session: Session, company: CompanyData, wish: tuple[datetime, datetime] | None, desk: str, urgent: bool = False
) -> Found:
    """A free slot for a wish (from, to; aware; equal for a clock time); without a wish the earliest there is."""
    book = _Book(session, company, desk, URGENT_EXTRA if urgent else 0)
    if wish is None:
        slot = next(iter(book.after(book.earliest)), None)
        return Found(slot, None if slot else "full")
    start, end = (local(moment) for moment in wish)
    fitting = _fitting(book, start, end)
    free = next((slot for slot in fitting if book.is_free(slot)), None)
    if free is not None:
        return Found(free)
    return Found(None, _why_not(book, company, fitting, start, end), _nearest(book, start, end))


def next_free(session: Session, company: CompanyData, desk: str, moment: datetime) -> Slot | None:
    """The first slot at or after a moment for a call that goes before others; None if there is none in sight."""
    book = _Book(session, company, desk, URGENT_EXTRA)
    return next(iter(book.after(max(local(moment), book.earliest))), None)


def _fitting(book: _Book, start: datetime, end: datetime) -> list[Slot]:
    """Slots inside a wish; for a clock time the one that starts nearest to it (the later of two)."""
    if start == end:
        near = [slot for slot in book.all_of(start.date()) if slot.start - book.step / 2 <= start < slot.end]
        return sorted(near, key=lambda slot: (abs(slot.start - start), -slot.start.timestamp()))[:1]
    found, day = [], max(start, book.now).date()
    while day <= min(end.date(), book.last_day):
        found += [slot for slot in book.all_of(day) if slot.start >= start and slot.start < end]
        day += timedelta(days=1)
    return found


def _nearest(book: _Book, start: datetime, end: datetime) -> list[Slot]:
    """The free slots before and after a wish; two after it where the one before is of another day, or there is none."""
    after = book.after(max(end, book.earliest), NEAREST)
    before = book.before(start)
    same_day = [slot for slot in before if slot.start.date() == start.date()]
    better_after = len(after) == NEAREST and after[-1].start.date() == start.date()
    if before and not (better_after and not same_day):
        return [*before, *after[:1]]
    return after


def _why_not(book: _Book, company: CompanyData, fitting: Sequence[Slot], start: datetime, end: datetime) -> Why:
    if end < book.now:
        return "past"
    if start.date() > book.last_day:
        return "too_far"
    if fitting:
        return "too_soon" if all(slot.start < book.earliest for slot in fitting) else "full"
    days = (min(end.date(), book.last_day) - start.date()).days + 1
    off = all(not is_working_day(start.date() + timedelta(days=n), company) for n in range(days))
    return "closed" if off else "out_of_hours"


# --- taking one ----------------------------------------------------------------------------------------------------------
def hold_slot(session: Session, start: datetime) -> None:
    """Whoever books a slot waits here for everybody else who does, to the end of their transaction."""
    key = f"slot {local(start).isoformat()}"[:40]
    insert_once(session, Counter, key=key, value=0)
    session.get_one(Counter, key, with_for_update=True)


def is_full(session: Session, company: CompanyData, start: datetime, desk: str) -> bool:
    """No call of that desk fits into the slot that starts then any more."""
    moment = local(start)
    return _Day(session, company, desk, moment.date()).room(moment) <= 0


def take_slot(session: Session, company: CompanyData, slot: Slot, desk: str, urgent: bool) -> None:
    """The second of two bookings looks again. Raises SlotTaken."""
    hold_slot(session, slot.start)
    if not _Book(session, company, desk, URGENT_EXTRA if urgent else 0).is_free(slot):
        raise SlotTaken
