"""What a customer's words become: a fault ticket, an emergency ticket, or a noted enquiry with a callback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.accounts.service import account_for, area_class_at, area_class_of
from kefu.alerts.service import raise_alert
from kefu.attachments.service import give_to_ticket
from kefu.callbacks.models import Callback
from kefu.callbacks.service import request_callback
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.promises import Promise
from kefu.tickets import service as tickets
from kefu.tickets.due import heard_since
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

SAME_EMERGENCY = timedelta(hours=6)


@dataclass(frozen=True)
class Registered:
    """What was written. `already`: the matter had its ticket before, none was made now."""

    ticket: Ticket
    promise: Promise | None
    already: bool = False
    callback: Callback | None = None


def _placed(session: Session, report: Report) -> Report:
    """Add what we know of the place: the customer's bound account if it lies there, and the area's class."""
    assert report.conversation_id is not None
    named = session.get(Account, report.address_parts.get("account_number") or "")
    if named is not None:  # for the crew only: nobody is told the address, or the area, of a number
        report.account_number, report.address = named.number, named.address
        report.address_parts = {**named.address_parts, "by_account": True}
        return report
    account = account_for(session, report.conversation_id, report.service)
    if account is not None and account.address in (report.address or ""):
        report.account_number = account.number
        report.area_class = area_class_of(session, account)
    report.area_class = report.area_class or area_class_at(session, report.address_parts)
    return report


def report_fault(session: Session, company: CompanyData, report: Report, actor: str = "customer") -> Registered:
    """One fault ticket a matter: the same fault at the same place within a day joins the open ticket.

    Whichever was spoken of first, its time counts from there.
    """
    assert report.conversation_id is not None
    report = _placed(session, report)
    existing = tickets.same_open_matter(
        session, report.conversation_id, report.category, report.service, report.address
    )
    if existing is not None:
        tickets.supplement(session, existing, actor, report.description)
        heard_since(session, company, existing, report.first_word_at)
        give_to_ticket(session, existing.id, report.conversation_id)
        return Registered(existing, None, already=True)
    ticket, due = tickets.open_ticket(session, company, report, actor)
    return Registered(ticket, due)


def alert_danger(session: Session, conversation_id: str, kind: str, service: str | None, place: str | None) -> None:
    """Tell the operator at once that a customer reports danger, before anything else is known."""
    raise_alert(
        session,
        "emergency",
        "客户报告险情" + ("" if place else "，地点尚不清楚"),
        conversation_id,
        danger=kind,
        service=service,
        place_known=place is not None,
    )


def open_emergency_of(session: Session, conversation_id: str) -> Ticket | None:
    """This conversation's open emergency of the last hours, which a second cry belongs to."""
    query = select(Ticket).where(
        Ticket.conversation_id == conversation_id,
        Ticket.kind == "emergency",
        Ticket.status.in_(tickets.OPEN),
        Ticket.created_at > clock.now() - SAME_EMERGENCY,
    )
    return session.scalar(query.order_by(Ticket.id.desc()).limit(1))


def report_emergency(session: Session, company: CompanyData, report: Report, actor: str = "customer") -> Registered:
    """An emergency ticket of the highest priority, in the same turn as its place is known; the operator hears of it."""
    assert report.conversation_id is not None
    report.priority = "emergency"
    ticket, due = tickets.open_ticket(session, company, _placed(session, report), actor)
    raise_alert(session, "emergency", f"险情工单 {ticket.number} 已建", report.conversation_id, ticket=ticket.number)
    return Registered(ticket, due)


def note_enquiry(
    session: Session, company: CompanyData, report: Report, label: str, actor: str = "customer"
) -> Registered:
    """A ticket for what the assistant cannot settle itself, and a callback when the customer left a phone."""
    assert report.conversation_id is not None
    if report.kind == "complaint":
        report.grade = "ordinary"
    account = account_for(session, report.conversation_id, report.service)
    if account is not None and report.service in (None, account.service):
        report.account_number = account.number
    ticket, due = tickets.open_ticket(session, company, report, actor)
    callback = None
    if report.phone:
        callback = request_callback(session, company, ticket, report.phone, report.conversation_id, label)
    return Registered(ticket, due, callback=callback)


def first_word(at: str | None) -> datetime:
    """When the customer first spoke of the matter, from a slot (ISO 8601), else now."""
    return datetime.fromisoformat(at) if at else clock.now()
