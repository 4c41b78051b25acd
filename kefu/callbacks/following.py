"""Calls back follow their ticket: when it becomes part of another one, is somebody else's, or is about who was to phone."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback


def follow(session: Session, ticket_id: int, to_id: int) -> None:
    """What was promised about one ticket is promised about the other; the rows of tickets."""
    moved = update(Callback).where(Callback.ticket_id == ticket_id).values(ticket_id=to_id)
    session.execute(moved, execution_options={"synchronize_session": "fetch"})


def calls_from(session: Session, ticket_id: int, owners: Collection[str], to: str) -> None:
    """What these people were to phone about the ticket is somebody else's now."""
    if owners:
        theirs = (Callback.ticket_id == ticket_id, Callback.status == "requested", Callback.owner.in_(owners))
        moved = update(Callback).where(*theirs).values(owner=to)
        session.execute(moved, execution_options={"synchronize_session": "fetch"})
