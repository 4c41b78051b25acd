"""Tickets over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from kefu.api.access import (
    NO_NUL,
    AnyStaff,
    ConversationFilter,
    Decides,
    Handles,
    PageDep,
    ReadSession,
    Services,
    ServicesDep,
    listing,
    resolve_conversation,
)
from kefu.api.examples import answers, pages
from kefu.api.fields import Grade, Moment, Priority, Status
from kefu.api.ticket_bodies import (
    AssignBody,
    Because,
    FinishBody,
    MergeBody,
    NoteBody,
    ReliefBody,
    SplitBody,
    StepBody,
    TicketBody,
    TicketChange,
)
from kefu.api.tickets import RELATED_FIELDS, RELATED_PAGE, TICKET, Beside, beside, plain_number, show_ticket
from kefu.api.writing import audit, writing
from kefu.billing.grants import decide
from kefu.clock import iso
from kefu.company.data import Kind, Service
from kefu.staff.service import Caller
from kefu.tickets.assigning import assign, check_may_handle, give_back
from kefu.tickets.feed import add_note, change_ticket, held, make_ticket, take_step
from kefu.tickets.finishing import finish
from kefu.tickets.merging import Part, merge, related, split
from kefu.tickets.models import Ticket
from kefu.tickets.service import by_number
from kefu.tickets.watch import due_by, is_late

router = APIRouter(prefix="/api/tickets", tags=["tickets"])


@router.get("", summary="Tickets, newest first", responses=pages(TICKET, 409))
def list_tickets(
    request: Request,
    parts: ServicesDep,
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
    unit: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    owner: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    mine: Annotated[bool, Query(description="Only those the caller answers for")] = False,
    branch: Annotated[str | None, Query(max_length=60, pattern=r"^[a-z0-9_.]+$", description="It and below it")] = None,
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
        "unit": unit,
        "owner": staff.username if mine else owner,
    }
    given = [getattr(Ticket, name) == value for name, value in wanted.items() if value is not None]
    given += [or_(Ticket.branch == branch, Ticket.branch.startswith(f"{branch}.", autoescape=True))] if branch else []
    given += [is_late() if late else ~is_late()] if late is not None else []
    given += [due_by(due_before)] if due_before is not None else []
    found: list[Beside] = []

    return listing(
        request, session, select(Ticket).options(selectinload(Ticket.history), selectinload(Ticket.clocks)).where(*given),
        key=(Ticket.created_at, Ticket.id), page=page,
        show=lambda ticket: show_ticket(ticket, staff.sees_phones, found[0]),
        load=lambda rows: found.append(beside(session, parts.company, rows)),
    )  # fmt: skip


@router.post("", summary="A new ticket", status_code=201, responses=answers(TICKET, 409, 422, status=201))
def post_ticket(staff: AnyStaff, given: TicketBody, parts: ServicesDep) -> dict[str, Any]:
    values = given.model_dump()
    with writing(parts) as session:
        if given.conversation_id:
            values["conversation_id"] = resolve_conversation(session, given.conversation_id)
        ticket = make_ticket(session, parts.company, values, staff.username)
        shown = _shown(session, parts, ticket, staff)
    audit(staff, "ticket", ticket.number)
    return shown


@router.get("/{number}", summary="One ticket with its history", responses=answers(TICKET, 404))
def get_ticket(number: str, session: ReadSession, staff: AnyStaff, parts: ServicesDep) -> dict[str, Any]:
    ticket = by_number(session, plain_number(number))
    if ticket is None:
        raise HTTPException(404, f"没有工单 {number}")
    return _shown(session, parts, ticket, staff)


@router.patch(
    "/{number}", summary="Move a ticket, or change what is known of it", responses=answers(TICKET, 403, 404, 409, 422)
)
def patch_ticket(staff: AnyStaff, number: str, given: TicketChange, parts: ServicesDep) -> dict[str, Any]:
    """Every change is an entry of the history; what is as it was leaves none."""
    _check_backdating(staff, given.at)
    with writing(parts) as session:
        ticket = change_ticket(
            session, parts.company, plain_number(number), given.model_dump(exclude_unset=True), staff.username
        )
        shown = _shown(session, parts, ticket, staff)
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
        ticket = add_note(session, plain_number(number), given.note, given.at, staff.username)
        shown = _shown(session, parts, ticket, staff)
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
        ticket = take_step(
            session, parts.company, plain_number(number), given.step, given.note, given.at, staff.username
        )
        shown = _shown(session, parts, ticket, staff)
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
        ticket = held(session, plain_number(number))
        check_may_handle(session, ticket, staff.username)
        decide(session, parts.company, ticket, given.approve, staff.username, given.note)
        session.expire(ticket, ["history"])
        shown = _shown(session, parts, ticket, staff)
    audit(staff, "relief", ticket.number)
    return shown


# --- who has it, and what came of it -------------------------------------------------------------------------------------
@router.post(
    "/{number}/assign",
    summary="Hand a ticket to a person, a unit or a desk",
    responses=answers(TICKET, 403, 404, 409, 422),
)
def post_assign(staff: Handles, number: str, given: AssignBody, parts: ServicesDep) -> dict[str, Any]:
    """Never to whom a complaint is about: 409. The new owner and the one before hear of it."""
    with _handling(staff, number, parts) as (session, ticket, shown):
        assign(session, parts.company, ticket, staff.username, **given.model_dump())
    return shown


@router.post(
    "/{number}/return",
    summary="Give a ticket back to who sent it, with the reason",
    responses=answers(TICKET, 403, 404, 409, 422),
)
def post_return(staff: Handles, number: str, given: Because, parts: ServicesDep) -> dict[str, Any]:
    """What came by the company's rules goes one level up."""
    with _handling(staff, number, parts) as (session, ticket, shown):
        give_back(session, parts.company, ticket, staff.username, given.note)
    return shown


@router.post(
    "/{number}/finish",
    summary="A ticket comes back as done, with its feedback",
    responses=answers(TICKET, 403, 404, 409, 422),
)
def post_finish(staff: Handles, number: str, given: FinishBody, parts: ServicesDep) -> dict[str, Any]:
    """Checked by the company's rules for replies; 422 names everything that is missing or no answer."""
    with _handling(staff, number, parts) as (session, ticket, shown):
        finish(session, parts.company, ticket, staff.username, given.model_dump())
    return shown


@router.post(
    "/{number}/merge", summary="Make a ticket part of another one", responses=answers(TICKET, 403, 404, 409, 422)
)
def post_merge(staff: Handles, number: str, given: MergeBody, parts: ServicesDep) -> dict[str, Any]:
    """Of the same customer or place. The ticket is `cancelled` with `merged_into`; answers the one that is kept."""
    with _handling(staff, given.into, parts, number) as (session, into, shown):
        merge(session, parts.company, held(session, plain_number(number)), into, staff.username, given.note)
    return shown


@router.post(
    "/{number}/split",
    summary="Make several tickets of one that holds several matters",
    status_code=201,
    responses=answers({"items": [TICKET], "total": 1, "next": None}, 403, 404, 409, 422, status=201),
)
def post_split(staff: Handles, number: str, given: SplitBody, parts: ServicesDep) -> dict[str, Any]:
    """Answers the new tickets; each runs from the same first word as the one it comes from."""
    made_of = [Part(**part.model_dump()) for part in given.parts]
    with writing(parts) as session:
        ticket = held(session, plain_number(number))
        made = split(session, parts.company, ticket, made_of, staff.username, given.note)
        items = [_shown(session, parts, one, staff) for one in made]
    audit(staff, "ticket split", number, *(one["number"] for one in items))
    return {"items": items, "total": len(items), "next": None}


@router.get(
    "/{number}/related",
    summary="Tickets of the same account, address or incident",
    responses=answers(RELATED_PAGE, 404),
)
def get_related(number: str, session: ReadSession, staff: AnyStaff, parts: ServicesDep) -> dict[str, Any]:
    """The newest first, at most 50, each with why: account, address, incident; time: within a day of each other."""
    ticket = by_number(session, plain_number(number))
    if ticket is None:
        raise HTTPException(404, f"没有工单 {number}")
    found = related(session, ticket)
    items = [
        {**{name: getattr(one, name) for name in RELATED_FIELDS}, "created_at": iso(one.created_at), "because": because}
        for one, because in found
    ]
    return {"items": items, "total": len(items), "next": None}


@contextmanager
def _handling(
    staff: Caller, number: str, parts: Services, *also: str
) -> Iterator[tuple[Session, Ticket, dict[str, Any]]]:
    """The ticket, held; what is shown of it afterwards is filled in at the end. `also`: numbers held with it."""
    shown: dict[str, Any] = {}
    with writing(parts) as session:
        tickets = {one: held(session, plain_number(one)) for one in sorted({number, *also})}
        yield session, tickets[number], shown
        shown |= _shown(session, parts, tickets[number], staff)
    audit(staff, "ticket handled", number)


def _shown(session: Session, parts: Services, ticket: Ticket, staff: Caller) -> dict[str, Any]:
    session.flush()
    session.expire(ticket, ["history"])
    return show_ticket(ticket, staff.sees_phones, beside(session, parts.company, [ticket]))


def _check_backdating(staff: Caller, at: Moment | None) -> None:
    """People act now; only a system reports later what happened earlier."""
    if at is not None and staff.role != "integration":
        raise HTTPException(403, f"角色 {staff.role} 不能写 at：需要 integration")
