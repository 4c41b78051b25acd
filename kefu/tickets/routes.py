"""Tickets over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kefu.api.access import AnyStaff, ConversationFilter, PageDep, ReadSession, listing
from kefu.clock import iso
from kefu.company.data import Kind, Service
from kefu.privacy.masking import mask_phone, mask_text
from kefu.tickets.models import Ticket, TicketEvent

router = APIRouter(prefix="/api/tickets", tags=["tickets"])
Status = Literal["new", "assigned", "in_progress", "waiting", "resolved", "closed", "cancelled"]
Priority = Literal["low", "normal", "high", "emergency"]


def show_entry(entry: TicketEvent, sees_phones: bool) -> dict[str, Any]:
    changes = dict(entry.changes)
    if "phone" in changes and not sees_phones:
        changes["phone"] = [mask_phone(p) for p in changes["phone"]]
    return {
        "at": iso(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "note": entry.note if sees_phones else mask_text(entry.note),
        "changes": changes,
    }


def show_ticket(ticket: Ticket, sees_phones: bool) -> dict[str, Any]:
    """A ticket as the contract shows it; the phone masked unless the role may see it."""
    plain = (
        "number kind service category priority status grade address address_parts account_number "
        "conversation_id incident staff symptom due_source"
    )
    return {
        **{name: getattr(ticket, name) for name in plain.split()},
        "description": ticket.description if sees_phones else mask_text(ticket.description),
        "phone": ticket.phone if sees_phones else mask_phone(ticket.phone),
        "first_word_at": iso(ticket.first_word_at),
        "created_at": iso(ticket.created_at),
        "due_at": iso(ticket.due_at),
        "closed_at": iso(ticket.closed_at),
        "history": [show_entry(entry, sees_phones) for entry in ticket.history],
        "links": [],
    }


@router.get("", summary="Tickets, newest first")
def list_tickets(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    conversation: ConversationFilter,
    kind: Annotated[Kind | None, Query()] = None,
    service: Annotated[Service | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    priority: Annotated[Priority | None, Query()] = None,
    account_number: Annotated[str | None, Query(max_length=20)] = None,
) -> dict[str, Any]:
    query = select(Ticket).options(selectinload(Ticket.history))
    wanted = {
        "conversation_id": conversation,
        "kind": kind,
        "service": service,
        "status": status,
        "priority": priority,
        "account_number": account_number,
    }
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Ticket, name) == value)
    return listing(request, session, query, Ticket.id, page, lambda t: show_ticket(t, staff.sees_phones))


@router.get("/{number}", summary="One ticket with its history")
def get_ticket(number: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    ticket = session.scalar(select(Ticket).where(Ticket.number == number))
    if ticket is None:
        raise HTTPException(404, f"没有工单 {number}")
    return show_ticket(ticket, staff.sees_phones)
