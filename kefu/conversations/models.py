"""The way of a message, as rows: conversation, inbox, transcript."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Conversation(Base):
    """Its row is the lock: a turn holds it from the first look to the commit.

    `pulled`: the last line said between the customer's messages that went out with an answer (channels that pull).
    """

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), index=True)
    owner: Mapped[str] = mapped_column(String(12), default="assistant")
    created_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    notice_given: Mapped[bool] = mapped_column(default=False)
    pulled: Mapped[int] = mapped_column(default=0, server_default="0")


class Inbox(Base):
    """Every message taken in, once. `status`: accepted → done, or failed, or aside after too many tries.

    `intent`: what it was read as. `left_as`: how its answer left the customer: answered, asking (a question is open), misread
    (nothing was understood), owned (a person has the conversation). Both for the reports alone; None in rows before them.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id"),
        Index("ix_inbox_open", "status", "id"),
        Index("ix_inbox_received", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    replies: Mapped[list[Any]] = mapped_column(default=list)
    attachments: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    problem: Mapped[str | None] = mapped_column(String(300))
    intent: Mapped[str | None] = mapped_column(String(40))
    left_as: Mapped[str | None] = mapped_column(String(10))


class Utterance(Base):
    """The transcript: both sides, with who spoke."""

    __tablename__ = "utterance"
    __table_args__ = (Index("ix_utterance_conversation", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    inbox_id: Mapped[int | None] = mapped_column(ForeignKey("inbox.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    speaker: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    extras: Mapped[dict[str, Any]] = mapped_column(default=dict)
