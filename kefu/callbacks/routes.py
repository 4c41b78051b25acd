"""Callbacks and the slots they fit into over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import Field, model_validator
from sqlalchemy import select

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
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import Code30, Given, Line40, Line120, Moment, OneOrMany, Phone, RowId, Words, sample
from kefu.api.writing import audit, in_turn, writing, written
from kefu.callbacks.feed import book_call, change_call, put_slot
from kefu.callbacks.models import Callback, CallbackSlot
from kefu.clock import iso
from kefu.privacy.masking import mask_phone, mask_text
from kefu.tickets.feed import numbers_of
from kefu.tickets.models import Ticket

router = APIRouter(prefix="/api", tags=["callbacks"])
CallStatus = Literal["requested", "done", "missed", "cancelled"]
_SLOT = {"starts_at": "2026-12-10T09:00:00+08:00", "ends_at": "2026-12-10T09:30:00+08:00", "capacity": 2}
_BOOKING = {
    "phone": "13800000000",
    "window_start": "2026-12-10T09:00:00+08:00",
    "window_end": "2026-12-10T09:30:00+08:00",
    "reason": "账单核查结果",
    "ticket": "HC2612090003-5",
}
CALLBACK = {
    "id": 7,
    "number": "HD2612090001-8",
    **_BOOKING,
    "status": "requested",
    "desk": "供电坐席",
    "conversation_id": "rest:anna",
    "created_at": "2026-12-09T10:20:00+08:00",
}
SLOT = {"id": 7, **_SLOT}


class SlotBody(Given):
    """How many calls fit into a stretch of time; 0 closes it. The one that starts at the same time is replaced."""

    model_config = sample(_SLOT)

    starts_at: Moment
    ends_at: Moment
    capacity: int = Field(ge=0, le=1000)


class BookingBody(Given):
    """`ticket`: the number of the ticket it is about; the conversation and the desk are the ticket's unless given."""

    model_config = sample(_BOOKING)

    phone: Phone
    window_start: Moment
    window_end: Moment
    reason: Line120
    ticket: Code30 | None = None
    conversation_id: Line120 | None = None
    desk: Line40 | None = None
    status: CallStatus = "requested"
    created_at: Moment | None = None


class CallChange(Given):
    """Only what is given changes."""

    model_config = sample({"status": "done", "note": "已说明"})

    status: CallStatus | None = None
    window_start: Moment | None = None
    window_end: Moment | None = None
    desk: Line40 | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def something_is_said(self) -> CallChange:
        given = self.model_fields_set - {"note"}
        if not given:
            raise ValueError("没有写要改什么")
        if any(getattr(self, name) is None for name in given - {"desk"}):
            raise ValueError("status、window_start、window_end 不能是 null")
        return self


def show_callback(callback: Callback, sees_phones: bool, ticket: str | None) -> dict[str, Any]:
    """`ticket`: its number."""
    return {
        "id": callback.id,
        "number": callback.number,
        "phone": callback.phone if sees_phones else mask_phone(callback.phone),
        "window_start": iso(callback.window_start),
        "window_end": iso(callback.window_end),
        "status": callback.status,
        "reason": callback.reason if sees_phones else mask_text(callback.reason),
        "desk": callback.desk,
        "ticket": ticket,
        "conversation_id": callback.conversation_id,
        "created_at": iso(callback.created_at),
    }


def show_slot(slot: CallbackSlot) -> dict[str, Any]:
    return {"id": slot.id, "starts_at": iso(slot.starts_at), "ends_at": iso(slot.ends_at), "capacity": slot.capacity}


# --- callbacks -----------------------------------------------------------------------------------------------------------
@router.get("/callbacks", summary="Callbacks, newest first", responses=pages(CALLBACK, 409))
def list_callbacks(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    conversation: ConversationFilter,
    status: Annotated[CallStatus | None, Query()] = None,
    desk: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    ticket: Annotated[str | None, Query(max_length=30, pattern=NO_NUL, description="Its number")] = None,
) -> dict[str, Any]:
    wanted = {"conversation_id": conversation, "status": status, "desk": desk}
    query = select(Callback).where(*(getattr(Callback, n) == v for n, v in wanted.items() if v is not None))
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
    """409 when the slot that starts then is full: its own capacity, else the company's usual one."""
    values = given.model_dump()
    with writing(parts) as session:
        if given.conversation_id:
            values["conversation_id"] = resolve_conversation(session, given.conversation_id)
        callback = book_call(session, parts.company, values, staff.username)
        shown = show_callback(callback, staff.sees_phones, given.ticket)
    audit(staff, "callback", callback.number)
    return shown


@router.get("/callbacks/{callback_id}", summary="One callback", responses=answers(CALLBACK, 404, 422))
def get_callback(callback_id: Annotated[RowId, Path()], session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    callback = session.get(Callback, callback_id)
    if callback is None:
        raise HTTPException(404, f"没有回电 {callback_id}")
    return show_callback(
        callback, staff.sees_phones, numbers_of(session, [callback.ticket_id]).get(callback.ticket_id or 0)
    )


@router.patch(
    "/callbacks/{callback_id}",
    summary="Done, missed, cancelled, or at another time",
    responses=answers(CALLBACK, 404, 409, 422),
)
def patch_callback(
    staff: AnyStaff, callback_id: Annotated[RowId, Path()], given: CallChange, parts: ServicesDep
) -> dict[str, Any]:
    """A missed call may be requested again; one that is done or cancelled stays so."""
    with writing(parts) as session:
        values = given.model_dump(exclude_unset=True)
        callback = change_call(session, parts.company, callback_id, values, staff.username)
        numbers = numbers_of(session, [callback.ticket_id])
        shown = show_callback(callback, staff.sees_phones, numbers.get(callback.ticket_id or 0))
    audit(staff, "callback change", callback.number)
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
) -> dict[str, Any]:
    """Stretches without a row have the company's usual capacity."""
    query = select(CallbackSlot)
    if since is not None:
        query = query.where(CallbackSlot.starts_at >= since)
    if until is not None:
        query = query.where(CallbackSlot.starts_at < until)
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
