"""What is sent and shown of calls back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from kefu.api.fields import Code30, Code40, Given, Line40, Line120, Moment, Phone, Words, sample
from kefu.api.tickets import show_entry
from kefu.callbacks.agenda import Prepared, Proved
from kefu.callbacks.attempts import Outcome
from kefu.callbacks.models import Callback, CallbackAttempt, CallbackSlot
from kefu.clock import iso
from kefu.privacy.masking import mask_phone, mask_text
from kefu.tickets.models import Ticket

CallStatus = Literal["requested", "done", "missed", "cancelled", "unreached"]
BookedStatus = Literal["requested", "done", "missed", "cancelled"]
LATEST = 5  # entries of a ticket's history before a call
_SLOT = {
    "starts_at": "2026-12-10T09:00:00+08:00",
    "ends_at": "2026-12-10T09:30:00+08:00",
    "desk": "供电坐席",
    "capacity": 2,
}
_BOOKING = {
    "phone": "13800000000",
    "window_start": "2026-12-10T09:00:00+08:00",
    "window_end": "2026-12-10T09:30:00+08:00",
    "reason": "账单核查结果",
    "ticket": "HC2612090003-5",
}
_ATTEMPT = {"outcome": "no_answer", "note": "响了很久没人接"}
CALLBACK = {
    "id": 7,
    "number": "HD2612090001-8",
    **_BOOKING,
    "try_at": "2026-12-10T09:00:00+08:00",
    "status": "requested",
    "desk": "供电坐席",
    "owner": "agent1",
    "misses": 0,
    "wrong_number": False,
    "attempts": [{"at": "2026-12-10T09:05:00+08:00", "actor": "agent1", **_ATTEMPT}],
    "conversation_id": "rest:anna",
    "created_at": "2026-12-09T10:20:00+08:00",
}
SLOT = {"id": 7, **_SLOT}
_SHORT_TICKET = {
    "number": "HC2612090003-5",
    "kind": "dispute",
    "category": "dispute_bill",
    "status": "in_progress",
    "priority": "normal",
    "grade": None,
    "owner": "agent1",
    "due_at": "2026-12-12T10:20:00+08:00",
}
ON_AGENDA = {
    **CALLBACK,
    "about": {
        **_SHORT_TICKET,
        "description": "电费翻倍了",
        "clocks": [{"target": "reply", "due_at": "2026-12-12T10:20:00+08:00", "met_at": None, "paused_at": None}],
        "history": [
            {"at": "2026-12-09T10:20:00+08:00", "actor": "customer", "action": "urge", "note": "催一下", "changes": {}}
        ],
    },
    "said": ["电费怎么翻倍了", "请给我回个电话"],
    "open_tickets": [_SHORT_TICKET],
    "accounts": [
        {
            "number": "1000012345",
            "service": "electricity",
            "bill": {"number": "ZD2026101000012345", "period": "2026-10", "amount": "128.40", "status": "unpaid"},
            "owed": "128.40",
        }
    ],
}


class SlotBody(Given):
    """How many calls fit into a stretch of time; 0 closes it. `desk`: of that desk; left out, of every desk without a row
    of its own. The one of the same desk that starts at the same time is replaced."""

    model_config = sample(_SLOT)

    starts_at: Moment
    ends_at: Moment
    desk: Line40 | Literal[""] = ""
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
    status: BookedStatus = "requested"
    created_at: Moment | None = None


class CallChange(Given):
    """Only what is given changes. `owner`: who is to phone; agents may take a call themselves, not give it to others."""

    model_config = sample({"status": "done", "note": "已说明"}, {"owner": "agent1"})

    status: BookedStatus | None = None
    window_start: Moment | None = None
    window_end: Moment | None = None
    desk: Line40 | None = None
    owner: Code40 | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def something_is_said(self) -> CallChange:
        given = self.model_fields_set - {"note"}
        if not given:
            raise ValueError("没有写要改什么")
        if any(getattr(self, name) is None for name in given - {"desk"}):
            raise ValueError("status、window_start、window_end、owner 不能是 null")
        return self


class AttemptBody(Given):
    """Somebody phoned. `at`: when, now unless given."""

    model_config = sample(_ATTEMPT)

    outcome: Outcome
    note: Words = ""
    at: Moment | None = None


def show_callback(callback: Callback, sees_phones: bool, ticket: str | None) -> dict[str, Any]:
    """`ticket`: its number."""
    return {
        "id": callback.id,
        "number": callback.number,
        "phone": callback.phone if sees_phones else mask_phone(callback.phone),
        "window_start": iso(callback.window_start),
        "window_end": iso(callback.window_end),
        "try_at": iso(callback.try_at),
        "status": callback.status,
        "reason": callback.reason if sees_phones else mask_text(callback.reason),
        "desk": callback.desk,
        "owner": callback.owner,
        "misses": callback.misses,
        "wrong_number": callback.wrong_number,
        "attempts": [_show_attempt(attempt, sees_phones) for attempt in callback.attempts],
        "ticket": ticket,
        "conversation_id": callback.conversation_id,
        "created_at": iso(callback.created_at),
    }


def _show_attempt(attempt: CallbackAttempt, sees_phones: bool) -> dict[str, Any]:
    return {
        "at": iso(attempt.at),
        "actor": attempt.actor,
        "outcome": attempt.outcome,
        "note": attempt.note if sees_phones else mask_text(attempt.note),
    }


def show_slot(slot: CallbackSlot) -> dict[str, Any]:
    return {
        "id": slot.id,
        "starts_at": iso(slot.starts_at),
        "ends_at": iso(slot.ends_at),
        "desk": slot.desk,
        "capacity": slot.capacity,
    }


# --- before a call -------------------------------------------------------------------------------------------------------
def show_prepared(callback: Callback, known: Prepared, said: Sequence[str], sees_phones: bool) -> dict[str, Any]:
    """A call on the agenda. `said`: the customer's last words, the oldest first; always masked."""
    ticket = known.ticket
    return {
        **show_callback(callback, sees_phones, ticket.number if ticket is not None else None),
        "about": _show_about(ticket, sees_phones) if ticket is not None else None,
        "said": [mask_text(text) for text in said],
        "open_tickets": [_show_short(one) for one in known.others],
        "accounts": [_show_account(one) for one in known.accounts],
    }


def _show_short(ticket: Ticket) -> dict[str, Any]:
    plain = "number kind category status priority grade owner"
    return {**{name: getattr(ticket, name) for name in plain.split()}, "due_at": iso(ticket.due_at)}


def _show_about(ticket: Ticket, sees_phones: bool) -> dict[str, Any]:
    times = ("due_at", "met_at", "paused_at")
    return {
        **_show_short(ticket),
        "description": ticket.description if sees_phones else mask_text(ticket.description),
        "clocks": [
            {"target": one.target, **{name: iso(getattr(one, name)) for name in times}} for one in ticket.clocks
        ],
        "history": [show_entry(entry, sees_phones) for entry in ticket.history[-LATEST:]],
    }


def _show_account(proved: Proved) -> dict[str, Any]:
    bill = proved.bill
    shown = (
        {"number": bill.number, "period": bill.period, "amount": str(bill.amount), "status": bill.status}
        if bill
        else None
    )
    return {"number": proved.account.number, "service": proved.account.service, "bill": shown, "owed": str(proved.owed)}
