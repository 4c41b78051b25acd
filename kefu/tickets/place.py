"""What a ticket's time limits depend on: its place, its customer, and what it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.accounts.service import area_class_at, area_class_of
from kefu.company.levels import Matter
from kefu.tickets.models import Ticket


def area_class_of_ticket(session: Session, ticket: Ticket) -> str | None:
    """The class of the ticket's place. A mere account number's address is known to the crew only: so is its class.

    Where nothing tells it now, what was known when the ticket was made.
    """
    if ticket.address_parts.get("by_account"):
        return None
    account = session.get(Account, ticket.account_number or "")
    if account is not None and account.address in (ticket.address or ""):
        return area_class_of(session, account)
    return area_class_at(session, ticket.address_parts) or ticket.area_class


def customer_class_of(session: Session, number: str | None, by_account: bool) -> str | None:
    """The class of an account's customer; None where a stranger has only named the number (`by_account`)."""
    account = session.get(Account, number or "")
    return account.customer_class if account is not None and not by_account else None


def matter_of(session: Session, ticket: Ticket, at: datetime) -> Matter:
    """What the ticket's limits are looked up for, from a moment on (aware)."""
    return Matter(
        ticket.kind,
        ticket.service,
        area_class_of_ticket(session, ticket),
        ticket.category,
        ticket.priority,
        at,
        ticket.grade,
        ticket.customer_class,
    )
