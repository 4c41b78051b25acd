"""Tickets that are one matter become one; one that is several becomes several. Nothing a customer told us is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kefu.attachments.service import share
from kefu.billing.models import BillDispute, InvoiceRequest, ReliefRequest
from kefu.callbacks.following import follow as calls_follow
from kefu.company.data import CompanyData
from kefu.company.desk import GRADES
from kefu.complaints.grading import graded
from kefu.complaints.service import pin
from kefu.incidents.reports import follow as reports_follow
from kefu.incidents.subscriptions import follow as subscriptions_follow
from kefu.network.models import Incident
from kefu.staff.messages import tell_staff
from kefu.tickets.assigning import check_may_handle
from kefu.tickets.due import heard_since
from kefu.tickets.models import Ticket
from kefu.tickets.routing import reroute
from kefu.tickets.service import OPEN, NotAllowed, Report, link, move, open_ticket, raise_grade, raise_priority, record
from kefu.tickets.states import UNDONE

SAME_TIME = timedelta(hours=24)
MOST_RELATED = 50
LONGEST_STAFF = 80  # characters of Ticket.staff
WORDS = ("supplement", "urge", "correct")  # entries that hold a customer's words


# --- several become one --------------------------------------------------------------------------------------------------
def merge(session: Session, company: CompanyData, ticket: Ticket, into: Ticket, actor: str, note: str) -> None:
    """`ticket` goes on as part of `into`: its words, photos, calls and whoever waits to hear go over; the earlier first word
    and the higher priority and grade hold. Raises NotAllowed, saying why the two cannot be one."""
    for one in (ticket, into):
        check_may_handle(session, one, actor)
    _check_mergeable(session, ticket, into)
    staff = _staff_of_both(ticket, into)
    move(session, company, ticket, actor, "cancelled", f"并入工单 {into.number}：{note}")
    ticket.merged_into = into.number
    link(session, ticket, into, "same")
    record(session, into, actor, "merged", note, {"merged": [None, ticket.number]})
    record(session, into, actor, "supplement", f"并入自工单 {ticket.number}：{_words_of(ticket)}")
    share(session, ticket.id, into.id)
    calls_follow(session, ticket.id, into.id)
    subscriptions_follow(session, ticket.number, into.number)
    reports_follow(session, ticket.number, into.number)
    into.staff, into.incident = staff, into.incident or ticket.incident
    into.phone = into.phone or (None if into.anonymous else ticket.phone)
    _raise(session, company, ticket, into, actor)
    reroute(session, company, into)
    for owner in dict.fromkeys((into.owner, ticket.owner)):
        if owner != actor:
            tell_staff(session, owner, "ticket", f"工单 {ticket.number} 已并入 {into.number}", into.number)


def _check_mergeable(session: Session, ticket: Ticket, into: Ticket) -> None:
    wrong = [
        (ticket.id == into.id, "不能并入自己"),
        (ticket.status not in UNDONE or into.status not in UNDONE, "已经处理完或撤销的工单不能合并"),
        (ticket.anonymous != into.anonymous, "匿名投诉不能和实名的合并"),
        (ticket.kind == "emergency" and into.kind != "emergency", "险情工单只能并入险情工单"),
        (ticket.kind == "complaint" and into.kind != "complaint", "投诉工单只能并入投诉工单"),
        (None not in (ticket.service, into.service) and ticket.service != into.service, "两张工单不是同一个专业"),
        (not _same_customer_or_place(ticket, into), "两张工单不是同一位客户，也不是同一个地点"),
        (_is_crews(session, ticket), "片区故障的工单随故障事件合并"),
        (_is_tied(session, ticket), "工单上有发票、核查或减免的申请，不能并入别的工单"),
    ]
    why = next((reason for is_so, reason in wrong if is_so), None)
    if why is not None:
        raise NotAllowed(f"{ticket.number} 不能并入 {into.number}：{why}")


def _same_customer_or_place(one: Ticket, other: Ticket) -> bool:
    names = ("account_number", "conversation_id", "phone", "address", "incident")
    return any(getattr(one, name) and getattr(one, name) == getattr(other, name) for name in names)


def _is_crews(session: Session, ticket: Ticket) -> bool:
    return session.scalar(select(Incident.id).where(Incident.ticket == ticket.number).limit(1)) is not None


def _is_tied(session: Session, ticket: Ticket) -> bool:
    """Something about money hangs on this very ticket."""
    rows: tuple[Any, ...] = (InvoiceRequest, BillDispute, ReliefRequest)
    return any(session.scalar(select(row.ticket_id).where(row.ticket_id == ticket.id).limit(1)) for row in rows)


def _staff_of_both(ticket: Ticket, into: Ticket) -> str | None:
    """Whom either is about; none of them may be forgotten."""
    named = " ".join(dict.fromkeys(name for name in (into.staff, ticket.staff) if name))
    if len(named) > LONGEST_STAFF:
        raise NotAllowed(f"{ticket.number} 不能并入 {into.number}：涉及的人员太多")
    return named or None


def _words_of(ticket: Ticket) -> str:
    """What the customer said on it, the first words first."""
    later = [entry.note for entry in ticket.history if entry.action in WORDS and entry.note]
    return "；".join(dict.fromkeys([ticket.description, *([ticket.demand] if ticket.demand else []), *later]))


def _raise(session: Session, company: CompanyData, ticket: Ticket, into: Ticket, actor: str) -> None:
    why = f"并入工单 {ticket.number}"
    raise_priority(session, company, into, actor, ticket.priority, why)
    if into.kind == "complaint" and ticket.grade in GRADES:
        raise_grade(session, company, into, actor, ticket.grade, why)  # type: ignore[arg-type]
        into.grade_reasons = list(dict.fromkeys([*into.grade_reasons, *ticket.grade_reasons]))
    heard_since(session, company, into, ticket.first_word_at)


# --- one becomes several -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Part:
    """What becomes a ticket of its own; what is None is as on the ticket it comes from."""

    description: str
    kind: str | None = None
    category: str | None = None
    service: str | None = None
    staff: str | None = None


def split(
    session: Session, company: CompanyData, ticket: Ticket, parts: Sequence[Part], actor: str, note: str
) -> list[Ticket]:
    """New tickets for what is another matter, each with its number, owner and a due time from the same first word.

    The ticket itself goes on. Raises NotAllowed for one that is over.
    """
    check_may_handle(session, ticket, actor)
    if ticket.status not in OPEN:
        raise NotAllowed(f"工单 {ticket.number} 是 {ticket.status}，不能拆分")
    made = []
    for part in parts:
        new, _ = open_ticket(session, company, _report(session, company, ticket, part), actor)
        if new.kind == "complaint":
            pin(session, company, new)
        new.incident = None
        share(session, ticket.id, new.id)
        link(session, new, ticket, "split")
        record(session, ticket, actor, "split", note, {"split": [None, new.number]})
        if new.owner != actor:
            tell_staff(session, new.owner, "ticket", f"工单 {new.number} 从 {ticket.number} 拆出，由您负责", new.number)
        made.append(new)
    return made


def _report(session: Session, company: CompanyData, ticket: Ticket, part: Part) -> Report:
    kind = part.kind or ticket.kind
    same = "address account_number phone conversation_id area_class anonymous"
    report = Report(
        kind=kind,
        category=part.category or ticket.category,
        description=part.description,
        first_word_at=ticket.first_word_at,
        service=part.service or ticket.service,
        address_parts=dict(ticket.address_parts),
        staff=part.staff or ticket.staff,
        **{name: getattr(ticket, name) for name in same.split()},
    )
    report.priority = "emergency" if kind == "emergency" else ticket.priority if ticket.kind == kind else "normal"
    if kind == "complaint":
        report.grade, report.grade_reasons = graded(session, company, report)
    return report


# --- what belongs together -----------------------------------------------------------------------------------------------
def related(session: Session, ticket: Ticket) -> list[tuple[Ticket, list[str]]]:
    """Other tickets of the same account, address or incident, the newest first (at most 50), each with why; `time`: they
    were first spoken of within a day of each other."""
    same = {"account": Ticket.account_number == ticket.account_number, "address": Ticket.address == ticket.address}
    same["incident"] = Ticket.incident == ticket.incident
    given = {"account": ticket.account_number, "address": ticket.address, "incident": ticket.incident}
    asked = [same[name] for name, value in given.items() if value]
    if not asked:
        return []
    query = select(Ticket).where(or_(*asked), Ticket.id != ticket.id)
    found = session.scalars(query.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(MOST_RELATED))
    return [(other, _because(given, other, ticket)) for other in found]


def _because(given: Mapping[str, str | None], other: Ticket, ticket: Ticket) -> list[str]:
    own = {"account": other.account_number, "address": other.address, "incident": other.incident}
    near = abs(other.first_word_at - ticket.first_word_at) <= SAME_TIME
    return [name for name, value in given.items() if value and own[name] == value] + (["time"] if near else [])
