"""What is sent and shown of tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, model_validator

from kefu.api.fields import (
    AccountNumber,
    Code30,
    Given,
    Grade,
    Line40,
    Line60,
    Line80,
    Line120,
    Line200,
    Moment,
    Phone,
    Priority,
    Status,
    Words,
    sample,
)
from kefu.attachments.service import of_tickets
from kefu.clock import iso, parse_local
from kefu.company.categories import Categories
from kefu.company.clocks import ReasonName
from kefu.company.data import CompanyData, Kind, Service
from kefu.privacy.masking import mask_phone, mask_text
from kefu.staff.service import names_of
from kefu.tickets.feed import links_of
from kefu.tickets.models import Ticket, TicketClock, TicketEvent
from kefu.tickets.watch import state_of

_TICKET = {
    "kind": "fault",
    "category": "report_outage",
    "service": "electricity",
    "address": "阳光花园5号楼2单元501",
    "phone": "13800000000",
    "conversation_id": "rest:anna",
    "description": "家里停电了",
    "first_word_at": "2026-12-09T10:15",
}
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
    **_TICKET,
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
SENT, MOVED = _TICKET, {"status": "assigned", "desk": "供电坐席", "note": "已派抢修队"}


class LinkBody(Given):
    """`follows`: a matter raised again; `about`: it is about that ticket; `same`: the same matter."""

    model_config = sample({"ticket": "TS2612010007-1", "relation": "follows"})

    ticket: Code30
    relation: Literal["follows", "about", "same"] = "about"


class TicketBody(Given):
    """`created_at` and `first_word_at` may lie in the past. Without `due_at` the published promise holds, counted
    from `first_word_at`; without `desk` the company's table says who answers for it; without `grade` a complaint is
    graded by its words."""

    model_config = sample(SENT)

    kind: Kind
    category: Line60
    service: Service | None = None
    description: Words = ""
    demand: Words | None = Field(None, description="What the customer wants")
    address: Line200 | None = None
    phone: Phone | None = None
    account_number: AccountNumber | None = None
    conversation_id: Line120 | None = None
    priority: Priority | None = None
    grade: Grade | None = None
    desk: Line40 | None = None
    staff: Line80 | None = Field(None, description="Whom a complaint is about")
    symptom: Line40 | None = None
    incident: Code30 | None = None
    anonymous: bool = False
    first_word_at: Moment | None = None
    created_at: Moment | None = None
    due_at: Moment | None = None
    links: list[LinkBody] = Field([], max_length=20)

    @model_validator(mode="after")
    def nobody_is_phoned(self) -> TicketBody:
        if self.anonymous and self.phone:
            raise ValueError("匿名工单不能留电话")
        if len({link.ticket for link in self.links}) < len(self.links):
            raise ValueError("links 里同一工单出现两次")
        return self


class TicketChange(Given):
    """Only what is given changes. `at`: when it happened, for integration only."""

    model_config = sample(MOVED)

    status: Status | None = None
    priority: Priority | None = None
    grade: Grade | None = None
    indicator: Line40 | None = Field(None, description="Of a complaint: what it is counted under (indicators.yml)")
    desk: Line40 | None = None
    staff: Line80 | None = None
    incident: Code30 | None = None
    branch: Line60 | None = Field(None, description="What it is about: a code of GET /api/categories")
    waiting_for: ReasonName | None = Field(
        None, description="Why it waits (company/clock_rules.yml): clocks stand still only for these reasons"
    )
    note: Words | None = None
    at: Moment | None = None

    @model_validator(mode="after")
    def something_is_said(self) -> TicketChange:
        if not self.model_fields_set - {"at"}:
            raise ValueError("没有写要改什么")
        unset = [
            name for name in ("status", "priority", "grade", "indicator", "branch") if name in self.model_fields_set
        ]
        if any(getattr(self, name) is None for name in unset):
            raise ValueError("status、priority、grade、indicator、branch 不能是 null")
        return self


class NoteBody(Given):
    """`at`: when it was, for integration only."""

    model_config = sample({"note": "已与客户联系，约明早上门"})

    note: Words = Field(min_length=1)
    at: Moment | None = None


class StepBody(Given):
    """`accepted`: somebody took it up; `contacted`: a colleague spoke with the customer; `arrived`: the crew is on site;
    `replied`: the customer has the answer. `at`: when it was, for integration only."""

    model_config = sample({"step": "contacted", "note": "已与客户通话，约明早上门"})

    step: Literal["accepted", "contacted", "arrived", "replied"]
    note: Words = ""
    at: Moment | None = None


class ReliefBody(Given):
    """A supervisor's word. A refusal says why: the customer hears it."""

    model_config = sample({"approve": True, "note": "首次申请，情况属实"})

    approve: bool
    note: Words = ""

    @model_validator(mode="after")
    def a_refusal_has_its_reason(self) -> ReliefBody:
        if not self.approve and not self.note:
            raise ValueError("不批准要在 note 里写明原因")
        return self


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
        "conversation_id": None if ticket.anonymous else ticket.conversation_id,
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
