"""How a customer judges what we did, one a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Survey(Base):
    """Asked first (`asked_at`), answered later; without `score` it is still open. `score` is 1 to 5."""

    __tablename__ = "survey"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(120), index=True)
    score: Mapped[int | None]
    dimensions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    comment: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime]
    created_at: Mapped[datetime | None]
