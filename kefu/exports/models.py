"""What another system is to be told of tickets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, event, insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from kefu.clock import clock
from kefu.db.base import Base
from kefu.settings import get_settings
from kefu.tickets.models import Ticket, TicketEvent


class TicketExport(Base):
    """One entry of a ticket's history for the outside. `status`: waiting → sent, or dead: given up, an operator knows.

    `due_at` and `sent_at` are real time.
    """

    __tablename__ = "ticket_export"
    __table_args__ = (Index("ix_ticket_export_due", "status", "due_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("ticket_event.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    ticket: Mapped[Ticket] = relationship()
    event: Mapped[TicketEvent] = relationship()


@event.listens_for(TicketEvent, "after_insert")
def _note(_mapper: Mapper[TicketEvent], connection: Connection, entry: TicketEvent) -> None:
    """Whatever is written into a ticket's history is to be told, in the same transaction."""
    if get_settings().ticket_webhook_url:
        now = clock.real_now()
        row = {"ticket_id": entry.ticket_id, "event_id": entry.id, "status": "waiting", "attempts": 0}
        connection.execute(insert(TicketExport).values(**row, created_at=now, due_at=now))
