"""The entries of a ticket's history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.tickets.models import Ticket, TicketEvent


def record(
    session: Session,
    ticket: Ticket,
    actor: str,
    action: str,
    note: str = "",
    changes: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> TicketEvent:
    """Add one entry to a ticket's history. `at`: when it happened (aware); None: now."""
    entry = TicketEvent(
        ticket_id=ticket.id, at=at or clock.now(), actor=actor, action=action, note=note, changes=changes or {}
    )
    session.add(entry)
    return entry
