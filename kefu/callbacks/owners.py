"""Who answers for a call: a person, always; and who hears of it when it goes wrong."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.callbacks.models import Callback
from kefu.company.data import CompanyData
from kefu.feeding import FeedProblem
from kefu.organisation.accused import accused
from kefu.organisation.service import HANDLES, handles, head_of, owner_for
from kefu.staff.messages import tell_staff
from kefu.staff.models import Staff
from kefu.tickets.assigning import check_may_handle
from kefu.tickets.models import Ticket


def owner_of_call(session: Session, company: CompanyData, ticket: Ticket | None, desk: str) -> str:
    """Whoever answers for the ticket; without one the member of the desk with the fewest calls before them, else its head."""
    if ticket is not None:
        there = ticket.owner and handles(session, ticket.owner)
        return ticket.owner if there else owner_for(session, company, ticket)
    calls = (
        select(func.count())
        .where(Callback.owner == Staff.username, Callback.status == "requested")
        .correlate(Staff)
        .scalar_subquery()
    )
    query = select(Staff.username).where(Staff.desk == desk, Staff.active, Staff.role.in_(HANDLES))
    found = session.scalar(query.order_by(calls, Staff.username).limit(1))
    return found or head_of(session, company, desk)


def hand_on_calls(session: Session, company: CompanyData, username: str) -> None:
    """Somebody works here no more: the calls they promised are others' at once, and those hear of it."""
    theirs = select(Callback).where(Callback.owner == username, Callback.status == "requested").order_by(Callback.id)
    for callback in session.scalars(theirs.with_for_update()).all():
        ticket = session.get(Ticket, callback.ticket_id) if callback.ticket_id else None
        callback.owner = owner_of_call(session, company, ticket, callback.desk or "")
        text = f"回电 {callback.number} 由您负责：原负责人已离岗"
        tell_staff(session, callback.owner, "callback", text, callback=callback.number)
        session.flush()


def check_actor(session: Session, callback: Callback, actor: str) -> None:
    """Whom the call's ticket is about does nothing with it. Raises NotAllowed."""
    if callback.ticket_id is not None:
        check_may_handle(session, session.get_one(Ticket, callback.ticket_id), actor)


def check_owner(session: Session, username: str, ticket: Ticket | None) -> None:
    """Raises FeedProblem when nobody of that name can phone, or the ticket is about them."""
    staff = session.get(Staff, username)
    if staff is None or not staff.active or staff.role not in HANDLES:
        raise FeedProblem(f"没有能回电的员工 {username}")
    if ticket is not None and username in accused(session, ticket):
        raise FeedProblem("被投诉的人不能给客户回电")
