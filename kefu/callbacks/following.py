"""Calls back follow their ticket when it becomes part of another one."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback


def follow(session: Session, ticket_id: int, to_id: int) -> None:
    """What was promised about one ticket is promised about the other; the rows of tickets."""
    moved = update(Callback).where(Callback.ticket_id == ticket_id).values(ticket_id=to_id)
    session.execute(moved, execution_options={"synchronize_session": "fetch"})
