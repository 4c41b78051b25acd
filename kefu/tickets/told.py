"""Customers are told of their ticket before they ask: somebody is there, it has to wait and why, we are late.

Which of it is told: `tickets` of company/notices.yml. Part of an area's failure hears of it by the incident's notices.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.notices import TicketNews
from kefu.outbox.notices import tell_one
from kefu.tickets.models import Ticket

NEWS = timedelta(hours=1)  # what another system reports later than this is no news to the customer


def tell(
    session: Session, company: CompanyData, ticket: Ticket, news: TicketNews, at: datetime | None = None, **values: Any
) -> None:
    """Say it in the ticket's talk, if the company tells it at all. `at`: when it happened (aware); None: now."""
    stale = at is not None and at < clock.now() - NEWS
    if news not in company.notices.tickets or not ticket.conversation_id or ticket.incident or stale:
        return
    what = company.topics.get(ticket.category, company.topics["other"]).label
    phone = company.company.emergency_phone(ticket.service)
    text = company.phrase(f"ticket_told_{news}", what=what, number=ticket.number, phone=phone, **values)
    tell_one(session, company, ticket.conversation_id, ticket.number, news, text)
