"""A conversation given to a person: asked for, taken, given back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Handoff(Base):
    """`status`: waiting → claimed → closed; or left (the customer gave up waiting), or expired (nobody came in time)."""

    __tablename__ = "handoff"
    __table_args__ = (Index("ix_handoff_waiting", "status", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    skill: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(12))
    summary: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
