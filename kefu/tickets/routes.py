"""Tickets over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kefu.api.access import (
    NO_NUL,
    AnyStaff,
    ConversationFilter,
    Decides,
    PageDep,
    ReadSession,
    ServicesDep,
    listing,
    resolve_conversation,
)
from kefu.api.examples import answers, pages
from kefu.api.fields import Grade, Moment, Priority, Status
from kefu.api.tickets import TICKET, NoteBody, ReliefBody, StepBody, TicketBody, TicketChange, show_ticket
from kefu.api.writing import audit, writing
from kefu.attachments.service import of_tickets
from kefu.billing.grants import decide
from kefu.company.data import Kind, Service
from kefu.staff.service import Caller
from kefu.tickets.feed import add_note, change_ticket, held, links_of, make_ticket, take_step
from kefu.tickets.models import Ticket
from kefu.tickets.service import by_number
from kefu.tickets.watch import due_by, is_late

router = APIRouter(prefix="/api/tickets", tags=["tickets"])


@router.get("", summary="Tickets, newest first", responses=pages(TICKET, 409))
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
    grade: Annotated[Grade | None, Query()] = None,
    account_number: Annotated[str | None, Query(max_length=20, pattern=NO_NUL)] = None,
    desk: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    incident: Annotated[str | None, Query(max_length=30, pattern=NO_NUL)] = None,
    late: Annotated[bool | None, Query(description="A time limit that runs is past")] = None,
    due_before: Annotated[Moment | None, Query(description="A time limit that runs ends before")] = None,
) -> dict[str, Any]:
    wanted = {
        "conversation_id": conversation,
        "kind": kind,
        "service": service,
        "status": status,
        "priority": priority,
        "grade": grade,
        "account_number": account_number,
        "desk": desk,
        "incident": incident,
    }
    given = [getattr(Ticket, name) == value for name, value in wanted.items() if value is not None]
    given += [is_late() if late else ~is_late()] if late is not None else []
    given += [due_by(due_before)] if due_before is not None else []
    links: dict[int, list[dict[str, str]]] = {}
    photos: dict[int, list[str]] = {}

    def load(rows: Sequence[Ticket]) -> None:
        links.update(links_of(session, rows))
        photos.update(of_tickets(session, [ticket.id for ticket in rows]))

    return listing(
        request, session, select(Ticket).options(selectinload(Ticket.history), selectinload(Ticket.clocks)).where(*given),
        key=(Ticket.created_at, Ticket.id), page=page,
        show=lambda ticket: show_ticket(ticket, staff.sees_phones, links[ticket.id], photos.get(ticket.id, [])),
        load=load,
    )  # fmt: skip


@router.post("", summary="A new ticket", status_code=201, responses=answers(TICKET, 409, 422, status=201))
def post_ticket(staff: AnyStaff, given: TicketBody, parts: ServicesDep) -> dict[str, Any]:
    values = given.model_dump()
    with writing(parts) as session:
        if given.conversation_id:
            values["conversation_id"] = resolve_conversation(session, given.conversation_id)
        ticket = make_ticket(session, parts.company, values, staff.username)
        shown = _shown(session, ticket, staff)
    audit(staff, "ticket", ticket.number)
    return shown


@router.get("/{number}", summary="One ticket with its history", responses=answers(TICKET, 404))
def get_ticket(number: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    ticket = by_number(session, number) if "\0" not in number else None
    if ticket is None:
        raise HTTPException(404, f"没有工单 {number}")
    return _shown(session, ticket, staff)


@router.patch(
    "/{number}", summary="Move a ticket, or change what is known of it", responses=answers(TICKET, 403, 404, 409, 422)
)
def patch_ticket(staff: AnyStaff, number: str, given: TicketChange, parts: ServicesDep) -> dict[str, Any]:
    """Every change is an entry of the history; what is as it was leaves none."""
    _check_backdating(staff, given.at)
    with writing(parts) as session:
        ticket = change_ticket(
            session, parts.company, _plain(number), given.model_dump(exclude_unset=True), staff.username
        )
        shown = _shown(session, ticket, staff)
    audit(staff, "ticket change", ticket.number)
    return shown


@router.post(
    "/{number}/notes",
    summary="A note in a ticket's history",
    status_code=201,
    responses=answers(TICKET, 403, 404, 422, status=201),
)
def post_note(staff: AnyStaff, number: str, given: NoteBody, parts: ServicesDep) -> dict[str, Any]:
    _check_backdating(staff, given.at)
    with writing(parts) as session:
        ticket = add_note(session, _plain(number), given.note, given.at, staff.username)
        shown = _shown(session, ticket, staff)
    audit(staff, "ticket note", ticket.number)
    return shown


@router.post(
    "/{number}/steps",
    summary="Taken up, customer contacted, crew on site, answer given: what the clocks wait for",
    status_code=201,
    responses=answers(TICKET, 403, 404, 409, 422, status=201),
)
def post_step(staff: AnyStaff, number: str, given: StepBody, parts: ServicesDep) -> dict[str, Any]:
    _check_backdating(staff, given.at)
    with writing(parts) as session:
        ticket = take_step(session, parts.company, _plain(number), given.step, given.note, given.at, staff.username)
        shown = _shown(session, ticket, staff)
    audit(staff, "ticket step", ticket.number)
    return shown


@router.post(
    "/{number}/relief",
    summary="Approve or refuse what a customer asked for: a fee waived, payment put off or in parts",
    responses=answers(TICKET, 403, 404, 409, 422),
)
def post_relief(staff: Decides, number: str, given: ReliefBody, parts: ServicesDep) -> dict[str, Any]:
    """Approved, it is carried out in the same step; either way the ticket's history tells who, when and why, and the
    ticket is `resolved`. The same decision again changes nothing; another one answers 409."""
    with writing(parts) as session:
        ticket = held(session, _plain(number))
        decide(session, parts.company, ticket, given.approve, staff.username, given.note)
        session.expire(ticket, ["history"])
        shown = _shown(session, ticket, staff)
    audit(staff, "relief", ticket.number)
    return shown


def _shown(session: Session, ticket: Ticket, staff: Caller) -> dict[str, Any]:
    photos = of_tickets(session, [ticket.id]).get(ticket.id, [])
    return show_ticket(ticket, staff.sees_phones, links_of(session, [ticket])[ticket.id], photos)


def _plain(number: str) -> str:
    if "\0" in number:
        raise HTTPException(404, f"没有工单 {number}")
    return number


def _check_backdating(staff: Caller, at: Moment | None) -> None:
    """People act now; only a system reports later what happened earlier."""
    if at is not None and staff.role != "integration":
        raise HTTPException(403, f"角色 {staff.role} 不能写 at：需要 integration")
