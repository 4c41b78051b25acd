"""What customers say of a supply that is off, who is to be told what, and what was done about an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class SupplyReport(Base):
    """One home's word that its supply is off. It counts in the network until it ends; one open report a home and service.

    `area_code`: the lowest area the home surely lies below; None: we do not know. `home`: what makes two reports the
    same home. `ticket`: this home's own ticket. `incident_id`: what it is part of. `alone`: only this home is off.
    `outcome`: restored, still_off, withdrawn. `quiet`: does not want to be told. `asked_at`: asked whether it is back.
    `by_number`: the place is known only by an account number nobody has proved: nothing of it is ever told.
    """

    __tablename__ = "supply_report"
    __table_args__ = (
        Index("ix_supply_report_service_at", "service", "reported_at"),
        Index("ix_supply_report_home", "home", "service"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(12))
    area_code: Mapped[str | None] = mapped_column(String(40), index=True)
    home: Mapped[str] = mapped_column(String(240))
    address: Mapped[str] = mapped_column(String(240))
    account_number: Mapped[str | None] = mapped_column(String(20))
    conversation_id: Mapped[str | None] = mapped_column(String(120), index=True)
    phone: Mapped[str | None] = mapped_column(String(30))
    words: Mapped[str] = mapped_column(Text, default="")
    vulnerable: Mapped[str | None] = mapped_column(String(40))
    alone: Mapped[bool] = mapped_column(default=False, server_default=false())
    quiet: Mapped[bool] = mapped_column(default=False, server_default=false())
    by_number: Mapped[bool] = mapped_column(default=False, server_default=false())
    ticket: Mapped[str | None] = mapped_column(String(24), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id", ondelete="SET NULL"), index=True)
    reported_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(12))


class IncidentEvent(Base):
    """One thing that happened to an incident: who, when, what, and what changed."""

    __tablename__ = "incident_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Subscription(Base):
    """Who wants to be told when something happens: `event` restored (of an incident) or planned (of an interruption).

    `status`: open, told, ended (declined later, or nothing is left to tell).
    """

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("conversation_id", "event", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(120), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    phone: Mapped[str | None] = mapped_column(String(30))
    event: Mapped[str] = mapped_column(String(12))
    about: Mapped[str] = mapped_column(String(30), index=True)
    status: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
