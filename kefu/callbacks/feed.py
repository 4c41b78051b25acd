"""What staff and the utility's own systems do to calls back: booked, moved, done; and the slots they fit into."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.callbacks.attempts import spoken
from kefu.callbacks.missed import miss, tell_missed
from kefu.callbacks.models import Callback, CallbackSlot
from kefu.callbacks.owners import check_actor, check_owner, owner_of_call
from kefu.callbacks.service import active_for, plan, unplan
from kefu.callbacks.slots import default_desk, hold_slot, is_full
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.feeding import Conflict, FeedProblem, Unknown, assign, check_past, put
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.numbers import next_number

MOVES = {
    "requested": {"done", "missed", "cancelled"},  # unreached: only by tries in vain (attempts.py)
    "missed": {"requested", "done", "cancelled"},
    "unreached": {"requested", "done", "cancelled"},
    "done": set[str](),
    "cancelled": set[str](),
}


def put_slot(session: Session, values: dict[str, Any]) -> tuple[CallbackSlot, bool]:
    """Write how many calls fit in from `starts_at` on; True if nothing was said of it before. Raises FeedProblem."""
    if not values["starts_at"] < values["ends_at"]:
        raise FeedProblem("ends_at 要晚于 starts_at")
    here = (CallbackSlot.starts_at == values["starts_at"], CallbackSlot.desk == values["desk"])
    slot = session.scalar(select(CallbackSlot).where(*here).with_for_update())
    return put(session, slot, CallbackSlot(**values), values)


def book_call(session: Session, company: CompanyData, given: dict[str, Any], actor: str) -> Callback:
    """Write a booking, in the past if need be. Raises Conflict when the slot is full or the ticket has its call, FeedProblem."""
    ticket = _ticket(session, given.pop("ticket"))
    created = given["created_at"] or clock.now()
    check_past("created_at", created)
    _check_window(given["window_start"], given["window_end"])
    desk = given["desk"] or (ticket.desk if ticket is not None else None) or default_desk(company)
    if given["status"] == "requested":
        _one_a_matter(session, ticket)
        _take(session, company, given["window_start"], desk)
    callback = Callback(**{**given, "created_at": created, "number": next_number(session, "HD"), "desk": desk})
    callback.try_at = callback.window_start
    callback.owner = owner_of_call(session, company, ticket, desk)
    if ticket is not None:
        callback.ticket_id = ticket.id
        callback.conversation_id = given["conversation_id"] or ticket.conversation_id
    session.add(callback)
    session.flush()
    if callback.status == "requested":
        plan(session, company, callback)
    _tell(session, callback, actor, f"预约回电 {callback.number}", {})
    return callback


def change_call(
    session: Session, company: CompanyData, callback_id: int, given: dict[str, Any], actor: str
) -> Callback:
    """Another status, window, desk or owner; the ticket's history says so. Raises Unknown, Conflict, FeedProblem."""
    callback = session.get(Callback, callback_id, with_for_update=True)
    if callback is None:
        raise Unknown(f"没有回电 {callback_id}")
    check_actor(session, callback, actor)
    note = given.pop("note", None) or ""
    window = {name: given.get(name, getattr(callback, name)) for name in ("window_start", "window_end")}
    status = given.get("status", callback.status)
    moved = any(value != getattr(callback, name) for name, value in window.items())
    _check_move(callback, status, moved)
    _check_window(**window)
    ticket = session.get(Ticket, callback.ticket_id) if callback.ticket_id else None
    if given.get("owner"):
        check_owner(session, given["owner"], ticket)
    if status == "requested" and callback.status != "requested":
        _one_a_matter(session, ticket)
    was = callback.desk or default_desk(company)
    desk = given.get("desk") or was
    same = (callback.status, callback.window_start, was) == (status, window["window_start"], desk)
    if status == "requested" and not same:
        _take(session, company, window["window_start"], desk)
    planned = moved or status != callback.status
    if planned:
        unplan(session, callback)
    changes = assign(callback, given)
    if planned and status == "requested":
        plan(session, company, callback)
    if changes:
        session.flush()
        _tell(session, callback, actor, note, changes)
        _follow(session, company, callback, changes)
    return callback


def _follow(session: Session, company: CompanyData, callback: Callback, changes: dict[str, list[Any]]) -> None:
    """Done is contact; missed after its time began has the customer told, with another time."""
    if "status" not in changes:
        return
    if callback.status == "done":
        spoken(session, company, callback, clock.now())
    elif callback.status == "missed" and callback.window_start <= clock.now():
        tell_missed(session, company, [miss(session, company, callback)])


def _check_move(callback: Callback, status: str, moved: bool) -> None:
    if status != callback.status and status not in MOVES[callback.status]:
        raise Conflict(f"回电 {callback.number} 不能从 {callback.status} 变为 {status}")
    if callback.status in ("done", "cancelled") and moved:
        raise Conflict(f"回电 {callback.number} 已是 {callback.status}，不能改约")


def _one_a_matter(session: Session, ticket: Ticket | None) -> None:
    """Raises Conflict when a call about the ticket is promised already."""
    known = active_for(session, ticket) if ticket is not None else None
    if known is not None:
        raise Conflict(f"这件事已经约了回电 {known.number}，请改约它")


def _check_window(window_start: datetime, window_end: datetime) -> None:
    if not window_start < window_end:
        raise FeedProblem("window_end 要晚于 window_start")


def _ticket(session: Session, number: str | None) -> Ticket | None:
    if number is None:
        return None
    ticket = session.scalar(select(Ticket).where(Ticket.number == number).with_for_update())
    if ticket is None:
        raise FeedProblem(f"没有工单 {number}")
    return ticket


def _take(session: Session, company: CompanyData, start: datetime, desk: str) -> None:
    """One more call from this moment on. Raises Conflict when it is full."""
    hold_slot(session, start)
    if is_full(session, company, start, desk):
        raise Conflict("这个时段的回电已约满")


def _tell(session: Session, callback: Callback, actor: str, note: str, changes: dict[str, list[Any]]) -> None:
    """An entry in the history of the call's ticket."""
    ticket = session.get(Ticket, callback.ticket_id) if callback.ticket_id else None
    if ticket is None:
        return
    shown = {
        name: [local(value).isoformat(timespec="minutes") if isinstance(value, datetime) else value for value in pair]
        for name, pair in changes.items()
    }
    tickets.record(session, ticket, actor, "callback", note or f"回电 {callback.number} 有变动", shown)
