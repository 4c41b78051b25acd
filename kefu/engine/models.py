"""The dialogue's memory: where it stands, and what each turn added, under which model."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Dialogue(Base):
    """`state` is the dialogue as of turn `state_turn`, as events; later turns lie in `dialogue_turn`."""

    __tablename__ = "dialogue"

    conversation_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    turn: Mapped[int] = mapped_column(default=0)
    state: Mapped[list[Any]] = mapped_column(default=list)
    state_turn: Mapped[int] = mapped_column(default=0)


class DialogueTurn(Base):
    __tablename__ = "dialogue_turn"

    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("dialogue.conversation_id", ondelete="CASCADE"), primary_key=True
    )
    turn: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int | None]
    model: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    events: Mapped[list[Any]]
