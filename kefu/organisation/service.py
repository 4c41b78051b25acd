"""Who answers for a ticket: a person of the desk and place it belongs to, never the person it is about."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.company.data import CompanyData
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket

OPEN = ("new", "assigned", "in_progress", "waiting", "resolved")


def owner_for(session: Session, company: CompanyData, ticket: Ticket, avoid: Collection[str] = ()) -> str:
    """The member of the ticket's desk with the fewest open tickets; else of the leading desk; else the head of all.

    `avoid`: usernames that may not have it (whom it is about, who did the work that is to be verified).
    """
    leading = company.organisation.desk
    for desk in (ticket.desk, leading):
        found = _least_busy(session, desk, avoid)
        if found is not None:
            return found
    return company.organisation.head


def _least_busy(session: Session, desk: str | None, avoid: Collection[str]) -> str | None:
    load = select(func.count()).where(Ticket.owner == Staff.username, Ticket.status.in_(OPEN)).scalar_subquery()
    query = select(Staff.username).where(Staff.desk == desk, Staff.active, Staff.username.not_in(avoid))
    return session.scalar(query.where(Staff.role.in_(("agent", "supervisor"))).order_by(load, Staff.username).limit(1))


def chain(session: Session, company: CompanyData, ticket: Ticket) -> list[str]:
    """Who hears of a ticket that is late, step by step: owner, then who leads. Usernames, each once."""
    return list(dict.fromkeys(name for name in (ticket.owner, company.organisation.head) if name))
