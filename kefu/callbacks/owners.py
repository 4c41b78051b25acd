"""Who answers for a call: a person, always; and who hears of it when it goes wrong."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback
from kefu.company.data import CompanyData
from kefu.feeding import FeedProblem
from kefu.organisation.service import owner_for
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket

PEOPLE = ("agent", "supervisor")


def owner_of_call(session: Session, company: CompanyData, ticket: Ticket | None, desk: str) -> str:
    """Whoever answers for the ticket; without one the member of the desk with the fewest calls before them, else of the
    leading desk, else the head of all."""
    if ticket is not None:
        return ticket.owner or owner_for(session, company, ticket)
    calls = (
        select(func.count())
        .where(Callback.owner == Staff.username, Callback.status == "requested")
        .correlate(Staff)
        .scalar_subquery()
    )
    for one in (desk, company.organisation.desk):
        query = select(Staff.username).where(Staff.desk == one, Staff.active, Staff.role.in_(PEOPLE))
        found = session.scalar(query.order_by(calls, Staff.username).limit(1))
        if found is not None:
            return found
    return company.organisation.head


def above(session: Session, company: CompanyData, desk: str | None) -> list[str]:
    """Who sees that a promise of this desk was broken: its supervisors, else the head of all."""
    query = select(Staff.username).where(Staff.desk == desk, Staff.active, Staff.role == "supervisor")
    return list(session.scalars(query.order_by(Staff.username))) or [company.organisation.head]


def check_owner(session: Session, username: str, ticket: Ticket | None) -> None:
    """Raises FeedProblem when nobody of that name can phone, or the ticket is about them."""
    staff = session.get(Staff, username)
    if staff is None or not staff.active or staff.role not in PEOPLE:
        raise FeedProblem(f"没有能回电的员工 {username}")
    about = (ticket.staff or "").split() if ticket is not None else []
    if {staff.name, staff.employee_number} & set(about):
        raise FeedProblem("被投诉的人不能给客户回电")
