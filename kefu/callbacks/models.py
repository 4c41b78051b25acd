"""Promises to phone a customer, and what came of each try."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kefu.db.base import Base


class Callback(Base):
    """A call we promised. `status`: requested → done, cancelled, missed (nobody phoned) or unreached (nobody answered).

    `try_at`: when somebody phones next, the window's start or later within it. `misses`: how many calls promised for the
    same matter right before this one we missed. `wrong_number`: the customer was asked for another phone.
    """

    __tablename__ = "callback"
    __table_args__ = (Index("ix_callback_agenda", "status", "try_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    phone: Mapped[str] = mapped_column(String(30))
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    try_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(String(120))
    desk: Mapped[str | None] = mapped_column(String(40))
    owner: Mapped[str] = mapped_column(String(40), server_default="")
    misses: Mapped[int] = mapped_column(default=0, server_default="0")
    wrong_number: Mapped[bool] = mapped_column(default=False, server_default=false())
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(120), index=True)
    created_at: Mapped[datetime]

    attempts: Mapped[list[CallbackAttempt]] = relationship(order_by="CallbackAttempt.id", cascade="all, delete-orphan")


class CallbackAttempt(Base):
    """Somebody phoned. `outcome`: reached, busy, no_answer, wrong_number."""

    __tablename__ = "callback_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")


class CallbackSlot(Base):
    """How many calls fit into a stretch of time, of one desk or ("") of every desk without a row of its own.

    Stretches without a row have the usual capacity of callbacks.yml.
    """

    __tablename__ = "callback_slot"
    __table_args__ = (UniqueConstraint("starts_at", "desk"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    desk: Mapped[str] = mapped_column(String(40), default="", server_default="")
    capacity: Mapped[int]
