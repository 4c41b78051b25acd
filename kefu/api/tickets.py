"""What is shown of tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kefu.api.ticket_bodies import SENT
from kefu.attachments.service import of_tickets
from kefu.clock import iso, parse_local
from kefu.company.categories import Categories
from kefu.company.data import CompanyData
from kefu.privacy.masking import mask_phone, mask_text
from kefu.staff.service import names_of
from kefu.tickets.feed import links_of
from kefu.tickets.models import Ticket, TicketClock, TicketEvent
from kefu.tickets.watch import state_of

_ENTRY = {
    "at": "2026-12-09T10:20:00+08:00",
    "actor": "agent1",
    "action": "status",
    "note": "已派抢修队",
    "changes": {"status": ["new", "assigned"]},
}
_CLOCK = {
    "target": "arrival",
    "round": 0,
    "state": "running",
    "started_at": "2026-12-09T10:15:00+08:00",
    "due_at": "2026-12-09T11:00:00+08:00",
    "met_at": None,
    "breached_at": None,
    "pauses": [],
    "says": "市区接报后45分钟内到达现场",
    "source": "云江公用事业服务承诺（2026年版）第4条",
}
TICKET = {
    "number": "BX2612090042-3",
    **SENT,
    "priority": "normal",
    "status": "assigned",
    "grade": None,
    "grade_reasons": [],
    "indicator": None,
    "desk": "供电坐席",
    "unit": "LJ-D",
    "owner": "station1",
    "owner_name": "余大成",
    "branch": "fault.electricity.outage.other",
    "branch_labels": ["用电故障报修", "停电", "停电（范围不清）"],
    "area_class": "urban",
    "customer_class": None,
    "waiting_for": None,
    "resolution": {},
    "verifier": None,
    "reopened": 0,
    "merged_into": None,
    "demand": None,
    "anonymous": False,
    "address_parts": {"community": "阳光花园", "building": "5号楼"},
    "account_number": None,
    "incident": None,
    "staff": None,
    "symptom": None,
    "due_source": "市区接报后45分钟内到达现场（云江公用事业服务承诺（2026年版）第4条）",
    "first_word_at": "2026-12-09T10:15:00+08:00",
    "created_at": "2026-12-09T10:16:00+08:00",
    "due_at": "2026-12-09T11:00:00+08:00",
    "closed_at": None,
    "clocks": [_CLOCK],
    "history": [_ENTRY],
    "links": [{"ticket": "TS2612010007-1", "relation": "follows"}],
    "attachments": ["sN8mW1q3v5x7z9B1d3F5h7J9"],
}
RELATED_FIELDS = ("number", "kind", "service", "category", "branch", "status", "address", "account_number", "incident")
RELATED = {
    **{name: TICKET[name] for name in RELATED_FIELDS},
    "created_at": TICKET["created_at"],
    "because": ["address"],
}
RELATED_PAGE = {"items": [RELATED], "total": 1, "next": None}


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


def show_clock(row: TicketClock) -> dict[str, Any]:
    """A time limit of a ticket. `pauses`: when it stood still, and why; the last one without `to` still lasts."""
    still = [{"reason": row.pause_reason, "from": iso(row.paused_at), "to": None}] if row.paused_at else []
    over = [{**one, "from": iso(parse_local(one["from"])), "to": iso(parse_local(one["to"]))} for one in row.pauses]
    return {
        "target": row.target,
        "round": row.round,
        "state": state_of(row),
        **{name: iso(getattr(row, name)) for name in ("started_at", "due_at", "met_at", "breached_at")},
        "pauses": [*over, *still],
        "says": row.says,
        "source": row.source,
    }


@dataclass(frozen=True)
class Beside:
    """What is shown with tickets and stands elsewhere, looked up for all of them together.

    `links`: by row id, in both directions; `photos`: by row id, tokens for GET /api/attachments/{token}; `names`: of
    owners, by login; `categories`: the company's.
    """

    links: Mapping[int, list[dict[str, str]]]
    photos: Mapping[int, list[str]]
    names: Mapping[str, str]
    categories: Categories


def beside(session: Session, company: CompanyData, rows: Sequence[Ticket]) -> Beside:
    """What is shown with these tickets; a few queries however many there are."""
    photos = of_tickets(session, [ticket.id for ticket in rows])
    names = names_of(session, [ticket.owner for ticket in rows])
    return Beside(links_of(session, rows), photos, names, company.categories)


def show_ticket(ticket: Ticket, sees_phones: bool, beside: Beside) -> dict[str, Any]:
    """A ticket as the contract shows it; the phone, and phones in words, masked unless the role may see them.

    Of an anonymous one not even the conversation is shown: it would tell who it is.
    """
    plain = (
        "number kind service category priority status grade grade_reasons indicator desk unit owner branch anonymous address "
        "address_parts account_number incident staff symptom area_class customer_class waiting_for verifier reopened "
        "merged_into due_source"
    )
    return {
        **{name: getattr(ticket, name) for name in plain.split()},
        "conversation_id": ticket.shown_talk,
        "owner_name": beside.names.get(ticket.owner),
        "branch_labels": [row.label for row in beside.categories.path(ticket.branch)],
        "resolution": {
            name: value if sees_phones or not isinstance(value, str) else mask_text(value)
            for name, value in ticket.resolution.items()
        },
        "description": ticket.description if sees_phones else mask_text(ticket.description),
        "demand": ticket.demand if sees_phones or not ticket.demand else mask_text(ticket.demand),
        "phone": ticket.phone if sees_phones else mask_phone(ticket.phone),
        "first_word_at": iso(ticket.first_word_at),
        "created_at": iso(ticket.created_at),
        "due_at": iso(ticket.due_at),
        "closed_at": iso(ticket.closed_at),
        "clocks": [show_clock(row) for row in ticket.clocks],
        "history": [show_entry(entry, sees_phones) for entry in ticket.history],
        "links": beside.links.get(ticket.id, []),
        "attachments": beside.photos.get(ticket.id, []),
    }
