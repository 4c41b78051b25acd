"""Who has a ticket by a person's word: handed to somebody, to a unit or a desk, and given back (退单)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.company.data import CompanyData
from kefu.feeding import FeedProblem
from kefu.organisation.accused import accused
from kefu.organisation.service import handles, owner_for, unit_of_desk
from kefu.tickets.models import Ticket, TicketEvent
from kefu.tickets.routing import give
from kefu.tickets.service import OPEN, NotAllowed, move

NAMES = ("owner", "unit", "desk")


def check_may_handle(session: Session, ticket: Ticket, actor: str) -> None:
    """Whom a complaint is about does nothing with it. Raises NotAllowed."""
    if actor in accused(session, ticket):
        raise NotAllowed(f"工单 {ticket.number} 投诉的是您本人，请由别人处理")


def assign(
    session: Session,
    company: CompanyData,
    ticket: Ticket,
    actor: str,
    note: str,
    owner: str | None = None,
    unit: str | None = None,
    desk: str | None = None,
) -> None:
    """Hand an open ticket to a person, a unit or a desk; `note` says why. Without `owner` the unit's or desk's rules name one.

    Raises FeedProblem (no such person, unit, desk), NotAllowed (it is over, or the person is whom it is about).
    """
    check_may_handle(session, ticket, actor)
    _check_open(ticket)
    before = _where(ticket)
    _send_to(company, ticket, unit, desk)
    if owner is not None and not handles(session, owner):
        raise FeedProblem(f"{owner} 不能接工单：没有这个人、已停用，或不是经办人员")
    if owner is not None and owner in accused(session, ticket):
        raise NotAllowed(f"{owner} 是被投诉的人，不能经办工单 {ticket.number}")
    new = owner or owner_for(session, company, ticket)
    _hand(session, company, ticket, actor, "assign", note, new, before)


def give_back(session: Session, company: CompanyData, ticket: Ticket, actor: str, note: str) -> None:
    """A unit gives a ticket back to who sent it, with the reason; what came by the rules goes one level up.

    Raises NotAllowed for a ticket that is over.
    """
    check_may_handle(session, ticket, actor)
    _check_open(ticket)
    before, sent = _where(ticket), _last_sent(session, ticket)
    if sent is None:
        above = company.organisation.upward(ticket.unit)
        ticket.unit = above[1].code if len(above) > 1 else above[0].code
        new = owner_for(session, company, ticket, avoid={ticket.owner})
    else:
        for name in ("unit", "desk"):
            if name in sent.changes:
                setattr(ticket, name, sent.changes[name][0])
        new = _sender(session, company, ticket, sent)
    _hand(session, company, ticket, actor, "return", note, new, before)


def _check_open(ticket: Ticket) -> None:
    if ticket.status not in OPEN or ticket.status == "resolved":
        raise NotAllowed(f"工单 {ticket.number} 是 {ticket.status}，不能再转派")


def _where(ticket: Ticket) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in ("unit", "desk")}


def _send_to(company: CompanyData, ticket: Ticket, unit: str | None, desk: str | None) -> None:
    """To a desk means to the unit it stands in; to a unit that is not the centre, the desk stays for what follows."""
    if desk is not None:
        if all(row.desk != desk for row in company.desks):
            raise FeedProblem(f"没有坐席 {desk}")
        ticket.desk, ticket.unit = desk, unit_of_desk(company, desk)
    if unit is not None:
        if company.organisation.unit(unit) is None:
            raise FeedProblem(f"没有单位 {unit}")
        ticket.unit = unit


def _hand(
    session: Session,
    company: CompanyData,
    ticket: Ticket,
    actor: str,
    action: str,
    note: str,
    owner: str,
    before: dict[str, Any],
) -> None:
    """The new owner in one entry, and the state that goes with it. The one who sends it on hears nothing new."""
    changes = {name: [old, getattr(ticket, name)] for name, old in before.items()}
    give(session, company, ticket, owner, actor, action, note, changes)
    if ticket.status == "new" or (action == "return" and ticket.status != "assigned"):
        move(session, company, ticket, actor, "assigned", note)


def _last_sent(session: Session, ticket: Ticket) -> TicketEvent | None:
    """The last handing over that has not been given back yet."""
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.action.in_(("assign", "return")))
    open_ones: list[TicketEvent] = []
    for entry in session.scalars(query.order_by(TicketEvent.id)):
        if entry.action == "assign":
            open_ones.append(entry)
        elif open_ones:
            open_ones.pop()
    return open_ones[-1] if open_ones else None


def _sender(session: Session, company: CompanyData, ticket: Ticket, sent: TicketEvent) -> str:
    """Who sent it, else who had it then, else whom the rules name: never who has it now."""
    barred = {*accused(session, ticket), ticket.owner}
    had = sent.changes.get("owner", [""])[0]
    known = (name for name in (sent.actor, had) if name and name not in barred and handles(session, name))
    return next(known, None) or owner_for(session, company, ticket, avoid={ticket.owner})
