"""How a customer judges what we did: one row a ticket and round."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Survey(Base):
    """Asked first (`asked_at`), answered later (`created_at`: the first word of an answer). Scores are 1 to 5.

    `status`: asked → answered (something was said) → done; or stopped (the customer wants no more questions), unanswered
    (none came in time), spared (asked about another ticket shortly before), stale (we were down: too late to ask).
    `round`: how often the ticket had been reopened. `put_at` (real time): when the question now open was put. `asks`:
    the dimensions that are its turn; `dimensions`, `expectations`: found and expected, by dimension. `callback`: number
    of the call that belongs to it; `recorded_by`: who wrote down what a call heard.
    """

    __tablename__ = "survey"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(120), index=True)
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(String(12), default="asked", server_default="asked")
    fixed: Mapped[bool | None]
    score: Mapped[int | None]
    dimensions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expectations: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    asks: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    comment: Mapped[str] = mapped_column(Text, default="")
    callback: Mapped[str | None] = mapped_column(String(24))
    recorded_by: Mapped[str | None] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    put_at: Mapped[datetime | None]
    created_at: Mapped[datetime | None]
