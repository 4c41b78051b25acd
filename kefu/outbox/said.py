"""What is told without being asked and what the talk says are not said twice in one breath."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.outbox.models import Notice, OutboxMessage


def told_in_talk(session: Session, conversation_id: str, event: str) -> bool:
    """The talk is about to say it by itself: what still waits to say it there is taken as told. True when it goes out with
    the very next answer anyway. The caller holds the conversation's row."""
    of = select(Notice.id).where(Notice.event == event)
    same = (
        OutboxMessage.conversation_id == conversation_id,
        OutboxMessage.channel != "sms",
        OutboxMessage.notice_id.in_(of),
    )
    now = clock.real_now()
    waiting = update(OutboxMessage).where(*same, OutboxMessage.status == "waiting")
    told = waiting.values(status="handed", handed_at=now, shown_at=now)
    session.execute(told, execution_options={"synchronize_session": False})
    unseen = select(OutboxMessage.id).where(*same, OutboxMessage.status == "handed", OutboxMessage.shown_at.is_(None))
    return session.scalar(unseen.limit(1)) is not None
