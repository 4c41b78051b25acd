"""A ticket's history: one entry for each thing that happened to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.tickets.models import Ticket, TicketEvent


def record(
    session: Session, ticket: Ticket, actor: str, action: str, note: str = "", changes: dict[str, Any] | None = None
) -> TicketEvent:
    """Add one entry to a ticket's history."""
    entry = TicketEvent(
        ticket_id=ticket.id, at=clock.now(), actor=actor, action=action, note=note, changes=changes or {}
    )
    session.add(entry)
    return entry
