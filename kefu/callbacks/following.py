"""Calls back follow their ticket: when it becomes part of another one, and when it is somebody else's."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback


def follow(session: Session, ticket_id: int, to_id: int) -> None:
    """What was promised about one ticket is promised about the other; the rows of tickets."""
    moved = update(Callback).where(Callback.ticket_id == ticket_id).values(ticket_id=to_id)
    session.execute(moved, execution_options={"synchronize_session": "fetch"})


def follow_owner(session: Session, ticket_id: int, before: str, owner: str) -> None:
    """Calls still to be made by whoever had the ticket (`before`, a login) are the new owner's."""
    theirs = (Callback.ticket_id == ticket_id, Callback.owner == before, Callback.status == "requested")
    moved = update(Callback).where(*theirs).values(owner=owner)
    session.execute(moved, execution_options={"synchronize_session": "fetch"})
