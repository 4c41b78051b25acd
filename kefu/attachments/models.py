"""Photos customers send, as rows; and which ticket they belong to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Attachment(Base):
    """One photo, kept once in a conversation; in the database, so that it lives and dies with the message it came with.

    `token` is its name outside; knowing it opens nothing. `sha256`: of what was sent, before it was made small.
    `sent_at`: when a message last carried it; None until one did.
    """

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("conversation_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    utterance_id: Mapped[int | None] = mapped_column(ForeignKey("utterance.id", ondelete="SET NULL"))
    content_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class TicketAttachment(Base):
    """A photo that belongs to a ticket."""

    __tablename__ = "ticket_attachment"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(
        ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True, index=True
    )
