"""Who wants to be told when something happens: one wish a conversation and matter."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.db.session import insert_once
from kefu.incidents.models import Subscription


def subscribe(session: Session, conversation_id: str, event: str, about: str, phone: str | None = None) -> Subscription:
    """Tell this conversation when it happens: `event` restored (`about`: an incident's number) or planned (an
    interruption's). Asked again it stays one wish, open again; `phone`: by SMS too.
    """
    channel = conversation_id.split(":", 1)[0]
    key = {"conversation_id": conversation_id, "event": event, "about": about}
    insert_once(session, Subscription, **key, channel=channel, phone=phone, status="open", created_at=clock.now())
    wish = session.scalars(select(Subscription).filter_by(**key).with_for_update()).one()
    if wish.status != "open":
        wish.status, wish.created_at, wish.told_at = "open", clock.now(), None
    wish.phone = phone or wish.phone
    return wish


def unsubscribe(session: Session, conversation_id: str, event: str, about: str) -> bool:
    """The customer wants to hear no more of it; False when nothing was open."""
    query = select(Subscription).filter_by(conversation_id=conversation_id, event=event, about=about, status="open")
    wish = session.scalar(query.with_for_update())
    if wish is None:
        return False
    wish.status = "ended"
    return True


def move(session: Session, event: str, about: str, to: str) -> None:
    """What was waited for goes on under another number; whoever waits for both waits once."""
    there = set(session.scalars(select(Subscription.conversation_id).filter_by(event=event, about=to)))
    for wish in session.scalars(select(Subscription).filter_by(event=event, about=about, status="open")):
        if wish.conversation_id in there:
            wish.status = "ended"
        else:
            wish.about = to


def follow(session: Session, about: str, to: str) -> None:
    """Everything that is waited for under a number is waited for under the other."""
    events = select(Subscription.event).where(Subscription.about == about, Subscription.status == "open").distinct()
    for event in list(session.scalars(events)):
        move(session, event, about, to)
