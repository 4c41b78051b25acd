"""The supply network as a tree of areas, and what is wrong or planned in it. Places: where people live, and halls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Area(Base):
    """A node: station → feeder → transformer for electricity, and the like for water, gas and heat."""

    __tablename__ = "area"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    service: Mapped[str] = mapped_column(String(12), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(80))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("area.code", ondelete="CASCADE"), index=True)
    area_class: Mapped[str] = mapped_column(String(12), default="urban")


class NetworkMove(Base):
    """From `valid_from` on, an area or an account (`what`) hangs below `parent_code`; before the first move: see its row.

    `what`: area, account, or gone: an area that is out of service from then on (until a later move of it, if any).
    """

    __tablename__ = "network_move"
    __table_args__ = (UniqueConstraint("what", "code", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(40))
    parent_code: Mapped[str | None] = mapped_column(String(40))
    valid_from: Mapped[datetime]


class NetworkStamp(Base):
    """One row that changes with every change of areas, moves and places of accounts: what was read is still right."""

    __tablename__ = "network_stamp"

    id: Mapped[int] = mapped_column(primary_key=True)
    stamp: Mapped[str] = mapped_column(String(36))


# Of an incident: it goes on, it is over. What is cancelled was none.
OPEN = ("suspected", "reported", "confirmed", "repairing")
OVER = ("restored", "closed")


class Incident(Base):
    """Supply is off below an area. `origin`: fed (the utility's own system) or reports (suspected from what customers say).

    `status`: suspected, reported, confirmed, repairing, restored, closed, cancelled. `ticket`: the crew's one ticket.
    """

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    service: Mapped[str] = mapped_column(String(12))
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(12), index=True)
    cause: Mapped[str | None] = mapped_column(String(200))
    started_at: Mapped[datetime]
    expected_at: Mapped[datetime | None]
    expected_set_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]
    origin: Mapped[str] = mapped_column(String(10), default="fed", server_default="fed")
    priority: Mapped[str] = mapped_column(String(12), default="high", server_default="high")
    ticket: Mapped[str | None] = mapped_column(String(24))
    merged_into: Mapped[str | None] = mapped_column(String(30))


class Interruption(Base):
    """A planned interruption, published before it starts."""

    __tablename__ = "interruption"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(30), unique=True)
    service: Mapped[str] = mapped_column(String(12))
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    published_at: Mapped[datetime]


class Place(Base):
    """A community or village as the company names it; `aliases`: what else people call it. Two may share a name."""

    __tablename__ = "place"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), default="community")
    name: Mapped[str] = mapped_column(String(60))
    district: Mapped[str] = mapped_column(String(40), default="")
    road: Mapped[str] = mapped_column(String(60), default="")
    road_number: Mapped[str] = mapped_column(String(20), default="")
    aliases: Mapped[list[Any]] = mapped_column(default=list)


class Hall(Base):
    __tablename__ = "hall"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    district: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(30))
    hours: Mapped[str] = mapped_column(String(120))
    services: Mapped[list[Any]] = mapped_column(default=list)
