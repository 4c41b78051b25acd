"""The rows of a message: conversation, inbox, transcript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.attachments.service import carried
from kefu.clock import clock
from kefu.conversations.inbound import Inbound
from kefu.conversations.models import Conversation, Inbox, Utterance
from kefu.db.session import insert_once


def find_conversation(session: Session, inbound: Inbound) -> Conversation:
    """The conversation's row, locked to the end of the transaction; made at the first message."""
    found = session.get(Conversation, inbound.conversation_id, with_for_update=True)
    if found is not None:
        return found
    first = {"created_at": inbound.received_at, "last_at": inbound.received_at}
    insert_once(session, Conversation, id=inbound.conversation_id, channel=inbound.channel, **first)
    return session.get_one(Conversation, inbound.conversation_id, with_for_update=True)


def find_inbox(session: Session, inbound: Inbound) -> Inbox | None:
    query = select(Inbox).where(
        Inbox.conversation_id == inbound.conversation_id, Inbox.message_id == inbound.message_id
    )
    return session.scalar(query)


def take_in(session: Session, conversation: Conversation, inbound: Inbound, status: str) -> Inbox:
    """The inbox row and the customer's line of the transcript, with the photos it brings."""
    row = Inbox(
        conversation_id=inbound.conversation_id,
        message_id=inbound.message_id,
        text=inbound.text,
        received_at=inbound.received_at,
        status=status,
        attempts=0,
        replies=[],
        attachments=[],
    )
    session.add(row)
    session.flush()
    conversation.last_at = inbound.received_at
    line = _say(session, row, "customer", {"text": inbound.text})
    if inbound.attachments:
        session.flush()
        row.attachments = carried(session, row.conversation_id, line.id, inbound.attachments)
        line.extras = {"attachments": row.attachments}
    return row


def finish(
    session: Session, row: Inbox, replies: list[dict[str, Any]], status: str, waiting: Sequence[dict[str, Any]] = ()
) -> None:
    """Close the inbox row; `waiting`: what was said meanwhile, delivered now, in the transcript already."""
    row.status, row.replies = status, [*waiting, *replies]
    for reply in replies:
        _say(session, row, "assistant", reply)


def _say(session: Session, row: Inbox, speaker: str, message: dict[str, Any]) -> Utterance:
    line = Utterance(
        conversation_id=row.conversation_id,
        inbox_id=row.id,
        at=clock.now(),
        speaker=speaker,
        text=message.get("text") or "",
        extras={k: v for k, v in message.items() if k != "text"},
    )
    session.add(line)
    return line
