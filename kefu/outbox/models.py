"""What people are told without having asked: a notice once for all, and a message for each who is to hear it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Notice(Base):
    """Something to tell everyone concerned by an incident or an interruption; its words are those of the moment.

    `subject`: incident, interruption. `event`: attached, released (told to some homes only), confirmed, expected,
    restored, cancelled; changed, cancelled, over of an interruption. `question`, `buttons`: put to homes that reported.
    The cursors say how far recipients have been worked out; `done_at` (real time): all of them have.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(12))
    about: Mapped[str] = mapped_column(String(30), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id", ondelete="SET NULL"), index=True)
    event: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text, default="")
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    report_cursor: Mapped[int] = mapped_column(default=0)
    subscription_cursor: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(index=True)


class OutboxMessage(Base):
    """One recipient's message; its id is the same with every try. `recipient`: the conversation, or sms: and the phone.

    `status`: waiting, handed (in the transcript, or with the SMS sender), failed (`problem` says why). `handed_at` (real
    time). `shown_at`: the customer's channel has it; later than handed where the channel fetches nothing by itself.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("notice_id", "recipient"),
        Index("ix_outbox_message_due", "channel", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    recipient: Mapped[str] = mapped_column(String(160))
    conversation_id: Mapped[str] = mapped_column(String(120), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    phone: Mapped[str | None] = mapped_column(String(30))
    text: Mapped[str] = mapped_column(Text)
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(8))
    problem: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
    handed_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
