"""What staff and the utility's own systems do to calls back: booked, moved, done; and the slots they fit into."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback, CallbackSlot
from kefu.callbacks.service import hold_slot, is_full
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.feeding import Conflict, FeedProblem, Unknown, assign, check_past, put
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.numbers import next_number

MOVES = {
    "requested": {"done", "missed", "cancelled"},
    "missed": {"requested", "done", "cancelled"},
    "done": set[str](),
    "cancelled": set[str](),
}


def put_slot(session: Session, values: dict[str, Any]) -> tuple[CallbackSlot, bool]:
    """Write how many calls fit in from `starts_at` on; True if nothing was said of it before. Raises FeedProblem."""
    if not values["starts_at"] < values["ends_at"]:
        raise FeedProblem("ends_at 要晚于 starts_at")
    query = select(CallbackSlot).where(CallbackSlot.starts_at == values["starts_at"]).with_for_update()
    slot = session.scalar(query)
    return put(session, slot, CallbackSlot(**values), values)


def book_call(session: Session, company: CompanyData, given: dict[str, Any], actor: str) -> Callback:
    """Write a booking, in the past if need be. Raises Conflict when the slot is full, FeedProblem."""
    ticket = _ticket(session, given.pop("ticket"))
    created = given["created_at"] or clock.now()
    check_past("created_at", created)
    _check_window(given["window_start"], given["window_end"])
    if given["status"] == "requested":
        _take(session, company, given["window_start"])
    values = {**given, "created_at": created, "number": next_number(session, "HD")}
    if ticket is not None:
        values["ticket_id"] = ticket.id
        values["conversation_id"] = given["conversation_id"] or ticket.conversation_id
        values["desk"] = given["desk"] or ticket.desk
    callback = Callback(**values)
    session.add(callback)
    session.flush()
    _tell(session, callback, actor, f"预约回电 {callback.number}", {})
    return callback


def change_call(
    session: Session, company: CompanyData, callback_id: int, given: dict[str, Any], actor: str
) -> Callback:
    """Another status or window; the ticket's history says so. Raises Unknown, Conflict, FeedProblem."""
    callback = session.get(Callback, callback_id, with_for_update=True)
    if callback is None:
        raise Unknown(f"没有回电 {callback_id}")
    note = given.pop("note", None) or ""
    window = {name: given.get(name, getattr(callback, name)) for name in ("window_start", "window_end")}
    status = given.get("status", callback.status)
    if status != callback.status and status not in MOVES[callback.status]:
        raise Conflict(f"回电 {callback.number} 不能从 {callback.status} 变为 {status}")
    moved = window["window_start"] != callback.window_start
    if callback.status in ("done", "cancelled") and (moved or window["window_end"] != callback.window_end):
        raise Conflict(f"回电 {callback.number} 已是 {callback.status}，不能改约")
    _check_window(**window)
    if status == "requested" and (moved or callback.status != "requested"):
        _take(session, company, window["window_start"])
    changes = assign(callback, given)
    if changes:
        session.flush()
        _tell(session, callback, actor, note, changes)
    return callback


def _check_window(window_start: datetime, window_end: datetime) -> None:
    if not window_start < window_end:
        raise FeedProblem("window_end 要晚于 window_start")


def _ticket(session: Session, number: str | None) -> Ticket | None:
    if number is None:
        return None
    ticket = tickets.by_number(session, number)
    if ticket is None:
        raise FeedProblem(f"没有工单 {number}")
    return ticket


def _take(session: Session, company: CompanyData, start: datetime) -> None:
    """One more call from this moment on. Raises Conflict when it is full."""
    hold_slot(session, start)
    if is_full(session, company, start):
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
