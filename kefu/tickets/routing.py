"""What a ticket is about, which unit it goes to and who answers for it: when it is made, and when its facts change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.callbacks.following import calls_from
from kefu.company.data import CompanyData
from kefu.nlu.normalise import normalise
from kefu.organisation.accused import accused
from kefu.organisation.service import handles, owner_for, unit_for
from kefu.privacy.masking import mask_text
from kefu.staff.messages import tell_staff
from kefu.tickets.history import record
from kefu.tickets.models import Ticket, TicketEvent
from kefu.tickets.states import OPEN

SYSTEM = "assistant"
BY_HAND = ("assign", "return")  # entries of people who have said where a ticket goes


def route(session: Session, company: CompanyData, ticket: Ticket) -> None:
    """Fill in branch, unit and owner by the company's rules, from what the ticket says."""
    ticket.branch = branch_of(company, ticket)
    ticket.unit = unit_for(session, company, ticket)
    ticket.owner = owner_for(session, company, ticket)


def branch_of(company: CompanyData, ticket: Ticket) -> str:
    """What it is about (company/categories.yml), by its kind, service, topic, symptom and words."""
    words = mask_text(normalise(f"{ticket.description} {ticket.demand or ''}"))
    return company.categories.recognise(ticket.kind, ticket.service, ticket.category, ticket.symptom, words)


def reroute(session: Session, company: CompanyData, ticket: Ticket, actor: str = SYSTEM) -> bool:
    """Its place or whom it is about has changed: the unit of the place has it now (unless a person has said where it goes),
    and whom it is about neither has it, nor verifies it, nor phones. False where the owner stays."""
    if ticket.status not in OPEN:
        return False
    by_hand = select(func.count()).where(TicketEvent.ticket_id == ticket.id, TicketEvent.action.in_(BY_HAND))
    unit, barred = (
        ticket.unit if session.scalar(by_hand) else unit_for(session, company, ticket),
        accused(session, ticket),
    )
    moves = unit != ticket.unit or ticket.owner in barred
    if moves:
        why = "所属单位按更正后的地点确定" if unit != ticket.unit else "被投诉的人不经办"
        changes = {"unit": [ticket.unit, unit]}
        ticket.unit = unit
        give(session, company, ticket, owner_for(session, company, ticket), actor, "owner", why, changes)
    if ticket.verifier in barred:
        name_verifier(session, company, ticket, actor, "被投诉的人不核实")
    calls_from(session, ticket.id, barred, ticket.owner)
    return moves


def still_owned(session: Session, company: CompanyData, ticket: Ticket, actor: str) -> None:
    """Taken up again: who had it has left since, or it is about them; then it is somebody else's."""
    if handles(session, ticket.owner) and ticket.owner not in accused(session, ticket):
        return
    owner = owner_for(session, company, ticket)
    if owner != ticket.owner:
        give(session, company, ticket, owner, actor, "owner", "原负责人不能再经办")


def give(
    session: Session,
    company: CompanyData,
    ticket: Ticket,
    owner: str,
    actor: str,
    action: str,
    why: str,
    changes: dict[str, list[Any]] | None = None,
) -> None:
    """Make somebody the owner, in one entry with what else changed with it; the new owner, and the old one, hear of it.

    Who was to verify the work and has it now is replaced: nobody verifies their own.
    """
    before, ticket.owner = ticket.owner, owner
    if ticket.verifier == owner:
        name_verifier(session, company, ticket, actor, "核实人接手经办")
    all_changes = {"owner": [before, owner], **(changes or {})}
    record(
        session, ticket, actor, action, why, {name: pair for name, pair in all_changes.items() if pair[0] != pair[1]}
    )
    if before != owner:
        calls_from(session, ticket.id, {before}, owner)
        told = mask_text(why)
        if owner != actor:
            tell_staff(session, owner, "ticket", f"工单 {ticket.number} 由您负责：{told}", ticket.number)
        if before and before != actor:
            tell_staff(session, before, "ticket", f"工单 {ticket.number} 已转给别人：{told}", ticket.number)


def hand_on(session: Session, company: CompanyData, username: str, actor: str) -> list[str]:
    """Somebody works here no more: their open tickets go to others at once. Returns the tickets' numbers."""
    held = select(Ticket).where(Ticket.owner == username, Ticket.status.in_(OPEN)).order_by(Ticket.id).with_for_update()
    numbers = []
    for ticket in session.scalars(held):
        give(session, company, ticket, owner_for(session, company, ticket), actor, "owner", "原负责人已离岗")
        session.flush()
        numbers.append(ticket.number)
    checked = select(Ticket).where(Ticket.verifier == username, Ticket.status.in_(OPEN)).order_by(Ticket.id)
    for ticket in session.scalars(checked.with_for_update()):
        name_verifier(session, company, ticket, actor, "原核实人已离岗")
    return numbers


def name_verifier(session: Session, company: CompanyData, ticket: Ticket, actor: str, why: str) -> None:
    """Somebody else than who has it and who was to verify it; nobody where there is only the owner."""
    before = ticket.verifier
    barred = {ticket.owner, before or "", *accused(session, ticket)}
    found = owner_for(session, company, ticket, avoid=barred)
    ticket.verifier = found if found not in barred else None
    record(session, ticket, actor, "verifier", why, {"verifier": [before, ticket.verifier]})
