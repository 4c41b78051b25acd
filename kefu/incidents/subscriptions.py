"""Who wants to be told when something happens."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.incidents.models import Subscription


def subscribe(
    session: Session, conversation_id: str, channel: str, event: str, about: str, phone: str | None = None
) -> Subscription:
    """Write the wish down once; one that had ended is open again."""
    row = _find(session, conversation_id, event, about)
    if row is None:
        row = Subscription(
            conversation_id=conversation_id,
            channel=channel,
            event=event,
            about=about,
            status="open",
            created_at=clock.now(),
        )
        session.add(row)
    row.status, row.phone = "open", phone or row.phone
    return row


def unsubscribe(session: Session, conversation_id: str, event: str, about: str) -> None:
    """The wish is taken back."""
    row = _find(session, conversation_id, event, about)
    if row is not None and row.status == "open":
        row.status = "ended"


def _find(session: Session, conversation_id: str, event: str, about: str) -> Subscription | None:
    query = select(Subscription).where(
        Subscription.conversation_id == conversation_id, Subscription.event == event, Subscription.about == about
    )
    return session.scalar(query)
