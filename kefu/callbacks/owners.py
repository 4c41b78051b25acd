"""Who answers for a call: a person, always; and who hears of it when it goes wrong."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback
from kefu.company.data import CompanyData
from kefu.feeding import FeedProblem
from kefu.organisation.accused import accused
from kefu.organisation.service import HANDLES, head_of, owner_for
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket


def owner_of_call(session: Session, company: CompanyData, ticket: Ticket | None, desk: str) -> str:
    """Whoever answers for the ticket; without one the member of the desk with the fewest calls before them, else its head."""
    if ticket is not None:
        return ticket.owner or owner_for(session, company, ticket)
    calls = (
        select(func.count())
        .where(Callback.owner == Staff.username, Callback.status == "requested")
        .correlate(Staff)
        .scalar_subquery()
    )
    query = select(Staff.username).where(Staff.desk == desk, Staff.active, Staff.role.in_(HANDLES))
    found = session.scalar(query.order_by(calls, Staff.username).limit(1))
    return found or head_of(session, company, desk)


def check_owner(session: Session, username: str, ticket: Ticket | None) -> None:
    """Raises FeedProblem when nobody of that name can phone, or the ticket is about them."""
    staff = session.get(Staff, username)
    if staff is None or not staff.active or staff.role not in HANDLES:
        raise FeedProblem(f"没有能回电的员工 {username}")
    if ticket is not None and username in accused(session, ticket):
        raise FeedProblem("被投诉的人不能给客户回电")
