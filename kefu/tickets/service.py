"""Tickets: made, added to, urged, corrected, withdrawn. Every change is an entry with who, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kefu.attachments.service import give_to_ticket
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.desk import GRADES, Grade
from kefu.company.levels import Matter
from kefu.company.promises import Promise, promises, told
from kefu.surveys.planning import plan_survey
from kefu.tickets import clocks, due
from kefu.tickets.history import record as record
from kefu.tickets.models import Ticket, TicketLink
from kefu.tickets.numbers import next_number
from kefu.tickets.place import customer_class_of
from kefu.tickets.routing import branch_of, reroute, route, still_owned
from kefu.tickets.states import DONE as DONE
from kefu.tickets.states import MOVES as MOVES
from kefu.tickets.states import OPEN as OPEN
from kefu.tickets.states import OVER

PREFIXES = {
    "fault": "BX",
    "emergency": "QX",
    "dispute": "HC",
    "complaint": "TS",
    "application": "YW",
    "enquiry": "ZX",
    "opinion": "YJ",
}
SAME_MATTER = timedelta(hours=24)
PLACE = {"address", "address_parts", "account_number"}
PRIORITIES = ("low", "normal", "high", "emergency")


class NotAllowed(Exception):
    """This cannot be done with this ticket; the message says why, in words for staff."""


@dataclass
class Report:
    """What is known when a ticket is made. `first_word_at`: when the customer first spoke of it (the clock's start)."""

    kind: str
    category: str
    description: str
    first_word_at: datetime
    service: str | None = None
    priority: str = "normal"
    address: str | None = None
    address_parts: dict[str, Any] = field(default_factory=dict)
    account_number: str | None = None
    phone: str | None = None
    conversation_id: str | None = None
    area_class: str | None = None
    grade: str | None = None
    grade_reasons: list[str] = field(default_factory=list)
    demand: str | None = None
    anonymous: bool = False
    staff: str | None = None
    symptom: str | None = None
    desk: str | None = None


def open_ticket(session: Session, company: CompanyData, report: Report, actor: str) -> tuple[Ticket, Promise]:
    """Write a new ticket with its number, due time, first entry and the conversation's latest photos. Does not commit."""
    by_account = bool(report.address_parts.get("by_account"))
    customer_class = customer_class_of(session, report.account_number, by_account)
    same = ("kind", "service", "area_class", "category", "priority", "grade")
    matter = Matter(
        **{name: getattr(report, name) for name in same}, at=report.first_word_at, customer_class=customer_class
    )
    made = promises(company, matter, report.first_word_at)
    told_of = told(made)
    ticket = Ticket(
        number=next_number(session, PREFIXES[report.kind]),
        kind=report.kind,
        category=report.category,
        service=report.service,
        priority=report.priority,
        status="new",
        grade=report.grade,
        grade_reasons=report.grade_reasons,
        desk=report.desk or company.desk_for(report.kind, report.service, report.category).desk,
        area_class=report.area_class,
        customer_class=customer_class,
        demand=report.demand,
        anonymous=report.anonymous,
        address=report.address,
        address_parts=report.address_parts,
        account_number=report.account_number,
        phone=report.phone,
        staff=report.staff,
        symptom=report.symptom,
        description=report.description,
        conversation_id=report.conversation_id,
        first_word_at=report.first_word_at,
        created_at=clock.now(),
        due_at=told_of.due_at,
        due_source=f"{told_of.says}（{told_of.source}）",
    )
    route(session, company, ticket)
    session.add(ticket)
    session.flush()
    record(session, ticket, actor, "created", report.description)
    clocks.start(session, company, ticket, made, report.first_word_at)
    give_to_ticket(session, ticket.id, report.conversation_id)
    return ticket, told_of


def same_open_matter(
    session: Session, conversation_id: str | None, category: str, service: str | None, address: str | None
) -> Ticket | None:
    """This conversation's open ticket of the same category at the same place within a day: never made twice."""
    return session.scalar(
        select(Ticket)
        .where(
            Ticket.conversation_id == conversation_id,
            Ticket.category == category,
            Ticket.service == service,
            Ticket.address == address,
            Ticket.status.in_(OPEN),
            Ticket.created_at > clock.now() - SAME_MATTER,
        )
        .order_by(Ticket.id.desc())
        .limit(1)
    )


def by_number(session: Session, number: str) -> Ticket | None:
    """The ticket of that number, written canonically."""
    return session.scalar(select(Ticket).where(Ticket.number == number))


def of_customer(session: Session, conversation_id: str, accounts: Sequence[str] = ()) -> list[Ticket]:
    """All tickets a conversation has made, and those of the accounts its customer has proved; newest first."""
    own = Ticket.conversation_id == conversation_id
    whose = or_(own, Ticket.account_number.in_(accounts)) if accounts else own
    return list(session.scalars(select(Ticket).where(whose).order_by(Ticket.created_at.desc(), Ticket.id.desc())))


def latest_open(session: Session, conversation_id: str, accounts: Sequence[str] = ()) -> Ticket | None:
    """The newest ticket of a customer that is still open; of this very talk, if there is one."""
    own = [ticket for ticket in of_customer(session, conversation_id, accounts) if ticket.status in OPEN]
    here = (ticket for ticket in own if ticket.conversation_id == conversation_id)
    return next(here, own[0] if own else None)


def told_place(ticket: Ticket) -> dict[str, Any]:
    """The place as the dialogue may know and tell it: a mere account number proves nothing, its address stays here."""
    if ticket.address_parts.get("by_account"):
        return {"account_number": ticket.account_number, "text": f"户号{ticket.account_number}登记的地址"}
    return {**ticket.address_parts, "text": ticket.address or ""}


def told_address(ticket: Ticket) -> str:
    """`told_place` in words."""
    return str(told_place(ticket)["text"])


def supplement(session: Session, ticket: Ticket, actor: str, words: str) -> None:
    """Add the customer's own words."""
    record(session, ticket, actor, "supplement", words)


def urge(session: Session, ticket: Ticket, actor: str, words: str) -> int:
    """Count an urging (催办); returns how often the ticket was urged, this one included."""
    record(session, ticket, actor, "urge", words)
    session.flush()
    session.refresh(ticket, ["history"])
    return sum(entry.action == "urge" for entry in ticket.history)


def correct(
    session: Session, company: CompanyData, ticket: Ticket, actor: str, words: str, **fields: Any
) -> dict[str, Any]:
    """Change facts the customer corrected (address, phone…); returns what changed as {name: [old, new]}.

    Another place may be another unit's, with other time limits; whoever is named now handles it no more.
    """
    changes = {}
    for name, value in fields.items():
        old = getattr(ticket, name)
        if value is not None and value != old:
            setattr(ticket, name, value)
            changes[name] = [old, value]
    if changes:
        record(session, ticket, actor, "correct", words, changes)
    if "symptom" in changes:
        ticket.branch = branch_of(company, ticket)
    if {*PLACE, "staff"} & set(changes):
        reroute(session, company, ticket)
    if PLACE & set(changes) and ticket.status in OPEN:
        due.recount(session, company, ticket, actor, "时限按更正后的地点重算")
    return changes


def raise_priority(
    session: Session, company: CompanyData, ticket: Ticket, actor: str, priority: str, note: str
) -> bool:
    """One or more steps up, never down, its time limits with it; False when it is as high already."""
    if PRIORITIES.index(priority) <= PRIORITIES.index(ticket.priority):
        return False
    changes = {"priority": [ticket.priority, priority]}
    ticket.priority = priority
    record(session, ticket, actor, "priority", note, changes)
    due.recount(session, company, ticket, actor, "时限按新的优先级重算")
    return True


def raise_grade(session: Session, company: CompanyData, ticket: Ticket, actor: str, grade: Grade, reason: str) -> bool:
    """A complaint's grade one or more steps up, with the reason, its time limits with it; False when it is as high
    already."""
    if reason not in ticket.grade_reasons:
        ticket.grade_reasons = [*ticket.grade_reasons, reason]
    if GRADES.index(grade) <= GRADES.index(ticket.grade or "ordinary"):
        return False
    changes = {"grade": [ticket.grade, grade]}
    ticket.grade = grade
    record(session, ticket, actor, "grade", reason, changes)
    due.recount(session, company, ticket, actor, "时限按新的等级重算")
    return True


def link(session: Session, ticket: Ticket, other: Ticket, relation: str) -> None:
    """`ticket` names `other`, once; both histories say so."""
    known = session.scalar(
        select(TicketLink).where(TicketLink.ticket_id == ticket.id, TicketLink.other_id == other.id).limit(1)
    )
    if known is not None:
        return
    session.add(TicketLink(ticket_id=ticket.id, other_id=other.id, relation=relation))
    record(session, ticket, "assistant", "link", f"关联工单 {other.number}", {"link": [None, other.number]})
    record(session, other, "assistant", "link", f"关联工单 {ticket.number}", {"link": [None, ticket.number]})


def move(
    session: Session,
    company: CompanyData,
    ticket: Ticket,
    actor: str,
    status: str,
    note: str = "",
    *,
    waiting_for: str | None = None,
    at: datetime | None = None,
) -> None:
    """Change the status along the allowed moves; without a `note` the company's words for it. The clocks follow, and what
    is done will be asked about. Raises NotAllowed: also for closing what was reopened and nobody has verified.

    `waiting_for`: with `waiting`, a reason of clock_rules.yml for which clocks stand still. `at`: when it happened (aware),
    for what is told later.
    """
    if status not in MOVES[ticket.status]:
        raise NotAllowed(f"工单 {ticket.number} 不能从 {ticket.status} 变为 {status}")
    if status == "closed" and ticket.verifier is not None:
        verify = f"先改为 resolved，由 {ticket.verifier} 或主管核实（POST /api/tickets/{ticket.number}/verify）"
        raise NotAllowed(f"工单 {ticket.number} 重新处理过，核实了才能关闭：{verify}")
    changes: dict[str, Any] = {"status": [ticket.status, status]}
    was, ticket.status = ticket.status, status
    ticket.closed_at = (at or clock.now()) if status in OVER else None
    if waiting_for != ticket.waiting_for:
        changes["waiting_for"] = [ticket.waiting_for, waiting_for]
        ticket.waiting_for = waiting_for
    record(
        session,
        ticket,
        actor,
        "status",
        note or company.tickets.reason(status, was in DONE and status not in DONE),
        changes,
        at,
    )
    clocks.moved(session, company, ticket, was, at or clock.now())
    if was in DONE and status not in DONE:
        still_owned(session, company, ticket, actor)
    if was not in DONE:
        plan_survey(session, company, ticket, actor)
