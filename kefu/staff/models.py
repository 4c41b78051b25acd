"""People who work here, and their sessions. Passwords are argon2 hashes, tokens SHA-256 digests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Staff(Base):
    __tablename__ = "staff"

    username: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    employee_number: Mapped[str] = mapped_column(String(20), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    desk: Mapped[str | None] = mapped_column(String(40))
    unit: Mapped[str | None] = mapped_column(String(40))
    skills: Mapped[list[Any]] = mapped_column(default=list)
    phone: Mapped[str | None] = mapped_column(String(30))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)


class StaffSession(Base):
    __tablename__ = "staff_session"

    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    username: Mapped[str] = mapped_column(ForeignKey("staff.username", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]


class StaffMessage(Base):
    """Something a member of staff should see: a warning before a time limit, an escalation, praise. Stays until read."""

    __tablename__ = "staff_message"
    __table_args__ = (Index("ix_staff_message_username", "username", "read_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    ticket: Mapped[str | None] = mapped_column(String(24))
    callback: Mapped[str | None] = mapped_column(String(24))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
