"""Tickets and everything that happened to them. States and allowed moves stand in `service.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kefu.db.base import Base


class Ticket(Base):
    __tablename__ = "ticket"
    __table_args__ = (Index("ix_ticket_conversation_created", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    service: Mapped[str | None] = mapped_column(String(12), index=True)
    category: Mapped[str] = mapped_column(String(60))
    priority: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(16), index=True)
    grade: Mapped[str | None] = mapped_column(String(12))
    grade_reasons: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    desk: Mapped[str | None] = mapped_column(String(40), index=True)
    unit: Mapped[str | None] = mapped_column(String(40), index=True)
    owner: Mapped[str] = mapped_column(String(40), index=True, server_default="")
    branch: Mapped[str | None] = mapped_column(String(60), index=True)
    indicator: Mapped[str | None] = mapped_column(String(40), index=True)
    demand: Mapped[str | None] = mapped_column(Text)
    anonymous: Mapped[bool] = mapped_column(default=False, server_default=false())
    address: Mapped[str | None] = mapped_column(String(240))
    address_parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    account_number: Mapped[str | None] = mapped_column(String(20), index=True)
    phone: Mapped[str | None] = mapped_column(String(30), index=True)
    contact_name: Mapped[str | None] = mapped_column(String(60))
    staff: Mapped[str | None] = mapped_column(String(80))
    symptom: Mapped[str | None] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(Text, default="")
    conversation_id: Mapped[str | None] = mapped_column(String(120))
    incident: Mapped[str | None] = mapped_column(String(30))
    area_class: Mapped[str | None] = mapped_column(String(10))
    customer_class: Mapped[str | None] = mapped_column(String(40))
    waiting_for: Mapped[str | None] = mapped_column(String(24))
    resolution: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    verifier: Mapped[str | None] = mapped_column(String(40))
    reopened: Mapped[int] = mapped_column(default=0, server_default="0")
    merged_into: Mapped[str | None] = mapped_column(String(24))
    first_word_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    due_source: Mapped[str] = mapped_column(String(200))
    closed_at: Mapped[datetime | None]

    history: Mapped[list[TicketEvent]] = relationship(
        order_by="TicketEvent.id", cascade="all, delete-orphan", back_populates="ticket"
    )
    clocks: Mapped[list[TicketClock]] = relationship(
        order_by="TicketClock.id", cascade="all, delete-orphan", back_populates="ticket"
    )
    links: Mapped[list[TicketLink]] = relationship(
        foreign_keys="TicketLink.ticket_id", order_by="TicketLink.id", back_populates="ticket"
    )

    @property
    def shown_talk(self) -> str | None:
        """Its conversation as staff and operators may know it: of an anonymous one it would tell who it is."""
        return None if self.anonymous else self.conversation_id


class TicketClock(Base):
    """One promise that runs against the clock: first contact, arrival, reply or closing. `within`: the limit as data.

    It runs until it is met (`met_at`) or needs not be met any more (`stopped_at`: withdrawn, merged). `round`: 0 for the
    first time, one more with each reopening. `pauses`: the times it stood still, each with reason, from, to (None while
    it does, with `paused_at` and `pause_reason`). `guessed`: the year whose holidays were not published when its due time
    was counted. `warned`: how many warnings have gone out or been overtaken; `escalated`: how many steps up after breach.
    """

    __tablename__ = "ticket_clock"
    __table_args__ = (
        UniqueConstraint("ticket_id", "target", "round"),
        Index("ix_ticket_clock_open", "met_at", "stopped_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    target: Mapped[str] = mapped_column(String(12))
    round: Mapped[int] = mapped_column(default=0)
    within: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str | None] = mapped_column(String(24))
    pauses: Mapped[list[Any]] = mapped_column(default=list)
    met_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    warned: Mapped[int] = mapped_column(default=0)
    escalated: Mapped[int] = mapped_column(default=0)
    guessed: Mapped[int | None]
    says: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(200))

    ticket: Mapped[Ticket] = relationship(back_populates="clocks")

    @property
    def sourced(self) -> str:
        """What was promised, and where it is written if it is."""
        return f"{self.says}（{self.source}）" if self.source else self.says


class TicketEvent(Base):
    """One thing that happened to a ticket: who, when, why, and what changed."""

    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)

    ticket: Mapped[Ticket] = relationship(back_populates="history")


class TicketLink(Base):
    """One ticket names another: `relation` is follows (a complaint made again), about (a survey, a callback), same."""

    __tablename__ = "ticket_link"
    __table_args__ = (UniqueConstraint("ticket_id", "other_id", "relation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    relation: Mapped[str] = mapped_column(String(16))

    ticket: Mapped[Ticket] = relationship(foreign_keys=[ticket_id], back_populates="links")
    other: Mapped[Ticket] = relationship(foreign_keys=[other_id])


class Counter(Base):
    """The last number given out under a key; taken in the transaction that uses it, never reused."""

    __tablename__ = "counter"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]
