"""Texts to customers' phones: written in the transaction that wants them, sent after it, kept without their words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class SmsMessage(Base):
    """`status`: waiting, delivered, failed (for good), expired (demo mode sends nothing), void (there was no mobile).

    `text` is blank unless the message waits. `due_at`, `delivered_at`: real time; the others: business time.
    """

    __tablename__ = "sms_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(String(30), index=True)
    text: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(String(20))
    conversation_id: Mapped[str | None] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(12), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    due_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
