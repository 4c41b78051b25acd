"""Promises to phone a customer: requested here, one a matter. Slots and attempts come with their own issue."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback
from kefu.clock import clock
from kefu.company.calendar import next_working_window
from kefu.company.data import CompanyData
from kefu.tickets.models import Ticket
from kefu.tickets.numbers import next_number


def request_callback(
    session: Session, company: CompanyData, ticket: Ticket, phone: str, conversation_id: str, reason: str
) -> Callback:
    """Promise a call within the next stretch of working time about a ticket; a second wish changes the first."""
    window_start, window_end = next_working_window(clock.now(), company)
    existing = session.scalar(
        select(Callback).where(Callback.ticket_id == ticket.id, Callback.status == "requested").limit(1)
    )
    if existing is not None:
        existing.phone, existing.window_start, existing.window_end = (phone, window_start, window_end)
        return existing
    callback = Callback(
        number=next_number(session, "HD"),
        phone=phone,
        window_start=window_start,
        window_end=window_end,
        status="requested",
        reason=reason,
        ticket_id=ticket.id,
        conversation_id=conversation_id,
        created_at=clock.now(),
    )
    session.add(callback)
    session.flush()
    return callback
