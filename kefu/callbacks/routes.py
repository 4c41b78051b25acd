"""Callbacks and the slots they fit into over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kefu.api.access import (
    NO_NUL,
    AnyStaff,
    ConversationFilter,
    PageDep,
    Plans,
    ReadSession,
    ServicesDep,
    listing,
    resolve_conversation,
)
from kefu.api.callbacks import (
    CALLBACK,
    ON_AGENDA,
    SLOT,
    AttemptBody,
    BookingBody,
    CallChange,
    CallStatus,
    SlotBody,
    show_callback,
    show_prepared,
    show_slot,
)
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import Day, Moment, OneOrMany, RowId
from kefu.api.writing import audit, in_turn, writing, written
from kefu.callbacks.agenda import Prepared, on_agenda, prepare
from kefu.callbacks.attempts import record_attempt
from kefu.callbacks.feed import book_call, change_call, put_slot
from kefu.callbacks.models import Callback, CallbackSlot
from kefu.conversations.models import Utterance
from kefu.staff.service import Caller
from kefu.tickets.feed import numbers_of
from kefu.tickets.models import Ticket

router = APIRouter(prefix="/api", tags=["callbacks"])
LAST_WORDS = 5
ALL_CALLS = ("supervisor", "admin", "integration")  # may give a call to somebody else
DeskFilter = Annotated[str | None, Query(max_length=40, pattern=NO_NUL)]


# --- callbacks -----------------------------------------------------------------------------------------------------------
@router.get("/callbacks", summary="Callbacks, newest first", responses=pages(CALLBACK, 409))
def list_callbacks(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    conversation: ConversationFilter,
    status: Annotated[CallStatus | None, Query()] = None,
    desk: DeskFilter = None,
    ticket: Annotated[str | None, Query(max_length=30, pattern=NO_NUL, description="Its number")] = None,
) -> dict[str, Any]:
    wanted = {"conversation_id": conversation, "status": status, "desk": desk}
    given = [getattr(Callback, name) == value for name, value in wanted.items() if value is not None]
    query = select(Callback).where(*given).options(selectinload(Callback.attempts))
    if ticket is not None:
        query = query.where(Callback.ticket_id.in_(select(Ticket.id).where(Ticket.number == ticket)))
    numbers: dict[int, str] = {}
    return listing(
        request, session, query, (Callback.created_at, Callback.id), page,
        show=lambda row: show_callback(row, staff.sees_phones, numbers.get(row.ticket_id)),
        load=lambda rows: numbers.update(numbers_of(session, [row.ticket_id for row in rows])),
    )  # fmt: skip


@router.post(
    "/callbacks", summary="Book a callback", status_code=201, responses=answers(CALLBACK, 409, 422, status=201)
)
def post_callback(staff: AnyStaff, given: BookingBody, parts: ServicesDep) -> dict[str, Any]:
    """409 when the slot that starts then is full (its own capacity, else the desk's usual one), or when a call about the
    ticket is promised already: change that one."""
    values = given.model_dump()
    with writing(parts) as session:
        if given.conversation_id:
            values["conversation_id"] = resolve_conversation(session, given.conversation_id)
        callback = book_call(session, parts.company, values, staff.username)
        shown = show_callback(callback, staff.sees_phones, given.ticket)
    audit(staff, "callback", callback.number)
    return shown


@router.get(
    "/callbacks/agenda",
    summary="Calls to be made, the next one first, each with what to know before",
    responses=pages(ON_AGENDA),
)
def get_agenda(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    day: Annotated[Day | None, Query(description="That day's; left out, today's and all that is overdue")] = None,
    desk: DeskFilter = None,
    mine: Annotated[bool, Query(description="Only those that I answer for")] = False,
) -> dict[str, Any]:
    """`about`: the ticket with its clocks and latest entries; `said`: the customer's last words; `open_tickets` and
    `accounts`: of this customer, accounts only as far as proved."""
    known: dict[int, Prepared] = {}
    said: dict[str, list[str]] = {}

    def load(rows: Sequence[Callback]) -> None:
        known.update(prepare(session, rows))
        said.update(_last_words(session, {row.conversation_id for row in rows if row.conversation_id}))

    return listing(
        request, session, on_agenda(day, desk, staff.username if mine else None).options(selectinload(Callback.attempts)),
        (Callback.try_at, Callback.id), page,
        show=lambda row: show_prepared(row, known[row.id], said.get(row.conversation_id, []), staff.sees_phones),
        load=load, first_first=True,
    )  # fmt: skip


def _last_words(session: Session, conversations: set[str]) -> dict[str, list[str]]:
    """The customer's latest messages by conversation, the oldest first."""
    found = {}
    for one in conversations:
        query = select(Utterance.text).where(Utterance.conversation_id == one, Utterance.speaker == "customer")
        found[one] = list(session.scalars(query.order_by(Utterance.id.desc()).limit(LAST_WORDS)))[::-1]
    return found


@router.get("/callbacks/{callback_id}", summary="One callback", responses=answers(CALLBACK, 404, 422))
def get_callback(callback_id: Annotated[RowId, Path()], session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    callback = session.get(Callback, callback_id)
    if callback is None:
        raise HTTPException(404, f"没有回电 {callback_id}")
    return _shown(session, callback, staff)


def _shown(session: Session, callback: Callback, staff: Caller) -> dict[str, Any]:
    numbers = numbers_of(session, [callback.ticket_id])
    return show_callback(callback, staff.sees_phones, numbers.get(callback.ticket_id or 0))


@router.patch(
    "/callbacks/{callback_id}",
    summary="Done, missed, cancelled, at another time, or whose it is",
    responses=answers(CALLBACK, 403, 404, 409, 422),
)
def patch_callback(
    staff: AnyStaff, callback_id: Annotated[RowId, Path()], given: CallChange, parts: ServicesDep
) -> dict[str, Any]:
    """A missed call may be requested again; one that is done or cancelled stays so. Missed after its time began, the
    customer is told and another call promised."""
    if given.owner not in (None, staff.username) and staff.role not in ALL_CALLS:
        raise HTTPException(403, "坐席只能把回电认领给自己")
    with writing(parts) as session:
        values = given.model_dump(exclude_unset=True)
        callback = change_call(session, parts.company, callback_id, values, staff.username)
        shown = _shown(session, callback, staff)
    parts.wake()
    audit(staff, "callback change", callback.number)
    return shown


@router.post(
    "/callbacks/{callback_id}/attempts",
    summary="Somebody phoned: what came of it",
    status_code=201,
    responses=answers(CALLBACK, 404, 409, 422, status=201),
)
def post_attempt(
    staff: AnyStaff, callback_id: Annotated[RowId, Path()], given: AttemptBody, parts: ServicesDep
) -> dict[str, Any]:
    """Reached, it is done. Busy or no answer, `try_at` (and perhaps the window) says when to try again, until there were
    too many tries: `unreached`, and the customer is told. A wrong number: the customer is asked for the right one."""
    with writing(parts) as session:
        callback = record_attempt(
            session, parts.company, callback_id, given.outcome, given.note, staff.username, given.at
        )
        shown = _shown(session, callback, staff)
    parts.wake()
    audit(staff, "callback attempt", callback.number, given.outcome)
    return shown


# --- slots ---------------------------------------------------------------------------------------------------------------
@router.get("/callback-slots", summary="Slots with a capacity of their own, the latest first", responses=pages(SLOT))
def list_slots(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    since: Annotated[Moment | None, Query(description="Starting at or after")] = None,
    until: Annotated[Moment | None, Query(description="Starting before")] = None,
    desk: DeskFilter = None,
) -> dict[str, Any]:
    """Stretches without a row have the desk's usual capacity."""
    query = select(CallbackSlot)
    if since is not None:
        query = query.where(CallbackSlot.starts_at >= since)
    if until is not None:
        query = query.where(CallbackSlot.starts_at < until)
    if desk is not None:
        query = query.where(CallbackSlot.desk == desk)
    return listing(request, session, query, (CallbackSlot.starts_at, CallbackSlot.id), page, show_slot)


@router.put(
    "/callback-slots", summary="Set the capacity of slots, one or a list; all of them or none", responses=fed(SLOT, 409)
)
def put_slots(staff: Plans, given: OneOrMany[SlotBody], parts: ServicesDep, response: Response) -> dict[str, Any]:
    with writing(parts) as session:
        done = in_turn(given, lambda body: put_slot(session, body.model_dump()))
        shown = [show_slot(slot) for slot, _ in done]
    audit(staff, "callback slot", *(slot.id for slot, _ in done))
    return written(response, given, shown, any(new for _, new in done))
