"""What staff and the utility's own systems do to tickets: made, moved, noted, each with who and when.

The rules of a ticket itself (moves, numbers, promises) stand in kefu/tickets/service.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from kefu.accounts.models import Account
from kefu.accounts.service import area_class_at, area_class_of
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.complaints import service as complaints
from kefu.complaints.grading import graded
from kefu.feeding import FeedProblem, Unknown, assign, check_past
from kefu.network.models import Incident
from kefu.network.places import placed
from kefu.nlu.values.address import find_addresses
from kefu.tickets import clocks, due, told
from kefu.tickets import service as tickets
from kefu.tickets.assigning import check_may_handle
from kefu.tickets.models import Ticket, TicketLink
from kefu.tickets.routing import reroute
from kefu.tickets.service import Report
from kefu.tickets.states import OVER

# How a link is called on the ticket that is named.
INVERSE = {"follows": "followed_by", "about": "subject_of", "same": "same", "split": "split_into"}


def make_ticket(session: Session, company: CompanyData, given: dict[str, Any], actor: str) -> Ticket:
    """Write a ticket as it was fed, its times in the past if need be. Raises FeedProblem."""
    created = given["created_at"] or clock.now()
    first_word = given["first_word_at"] or created
    _check_times(created, first_word, given["due_at"])
    _check_incident(session, given["incident"])
    report = _report(session, given, first_word)
    _grade(session, company, report)
    ticket, _ = tickets.open_ticket(session, company, report, actor)
    ticket.created_at, ticket.incident = created, given["incident"]
    if given["due_at"]:
        clocks.promise_until(session, company, ticket, given["due_at"], f"由 {actor} 指定")
    if ticket.kind == "complaint":
        complaints.pin(session, company, ticket)
    session.flush()
    for entry in ticket.history:
        entry.at = created
    for link in given["links"]:
        _link(session, ticket, link["ticket"], link["relation"], actor)
    if ticket.kind == "complaint" and not (given["created_at"] or given["grade"] or given["links"]):
        complaints.look_around(
            session, company, ticket
        )  # heard now; what another system judged or reports later stands
    session.flush()
    session.expire(ticket, ["history"])
    return ticket


def _check_times(created: datetime, first_word: datetime, due: datetime | None) -> None:
    check_past("created_at", created)
    if first_word > created:
        raise FeedProblem("first_word_at 不能晚于 created_at")
    if due is not None and due < first_word:
        raise FeedProblem("due_at 不能早于 first_word_at")


def _check_incident(session: Session, number: str | None) -> None:
    if number is not None and session.scalar(select(Incident.id).where(Incident.number == number)) is None:
        raise FeedProblem(f"没有故障事件 {number}")


def _report(session: Session, given: dict[str, Any], first_word: datetime) -> Report:
    """The place is the account's unless another is given; its area decides which promise holds."""
    same = "kind category description service account_number phone conversation_id grade staff symptom demand anonymous desk"
    report = Report(first_word_at=first_word, **{name: given[name] for name in same.split()})
    report.priority = given["priority"] or ("emergency" if given["kind"] == "emergency" else "normal")
    account = session.get(Account, given["account_number"] or "")
    if given["address"]:
        found = find_addresses(given["address"])
        report.address, report.address_parts = given["address"], placed(session, found[0].value) if found else {}
        report.area_class = area_class_at(session, report.address_parts)
    if account is not None and (not report.address or account.address in report.address):
        report.address, report.address_parts = report.address or account.address, dict(account.address_parts)
        report.area_class = area_class_of(session, account)
        report.service = report.service or account.service
    return report


def _grade(session: Session, company: CompanyData, report: Report) -> None:
    """A complaint always has a grade: the one given, else by company/grades.yml. Raises FeedProblem."""
    if report.kind != "complaint":
        if report.grade is not None:
            raise FeedProblem("只有投诉（complaint）有 grade")
        return
    grade, reasons = graded(session, company, report)
    report.grade, report.grade_reasons = (report.grade, []) if report.grade else (grade, reasons)


def _check_branch(company: CompanyData, ticket: Ticket, branch: str | None) -> None:
    if branch is None:
        return
    row = company.categories.by_code.get(branch)
    if row is None or row.code.split(".")[0] != ticket.kind:
        raise FeedProblem(f"没有 {ticket.kind} 的类别 {branch}（GET /api/categories）")


def held(session: Session, number: str) -> Ticket:
    """The ticket, held until the end of the transaction. Raises Unknown."""
    ticket = session.scalar(select(Ticket).where(Ticket.number == number).with_for_update())
    if ticket is None:
        raise Unknown(f"没有工单 {number}")
    return ticket


def change_ticket(session: Session, company: CompanyData, number: str, given: dict[str, Any], actor: str) -> Ticket:
    """Status along the allowed moves, then the rest; every change an entry. What is as it was leaves none.

    `at`: when it happened, for what is fed later. Raises Unknown, NotAllowed, FeedProblem.
    """
    ticket = held(session, number)
    check_may_handle(session, ticket, actor)
    note, at = given.pop("note", None) or "", given.pop("at", None)
    before = {entry.id for entry in ticket.history}
    _check_at(ticket, at)
    if given.get("indicator") is not None:
        complaints.check_indicator(company, ticket, given["indicator"])
    if given.get("grade") is not None and ticket.kind != "complaint":
        raise FeedProblem("只有投诉（complaint）有 grade")
    _check_incident(session, given.get("incident"))
    _check_branch(company, ticket, given.get("branch"))
    if _moved(session, company, ticket, given, note, at, actor):
        note = ""
    for name, value in given.items():
        changes = assign(ticket, {name: value})
        if changes:
            tickets.record(
                session, ticket, actor, name if name in ("priority", "grade", "indicator") else "change", note, changes
            )
            note = ""
        if changes and name in ("priority", "grade"):
            due.recount(session, company, ticket, actor, "时限重算")
    if note:
        tickets.record(session, ticket, actor, "note", note)
    if "staff" in given:
        reroute(session, company, ticket)
    _date(session, ticket, before, at)
    return ticket


def _moved(
    session: Session,
    company: CompanyData,
    ticket: Ticket,
    given: dict[str, Any],
    note: str,
    at: datetime | None,
    actor: str,
) -> bool:
    """Takes `status` and `waiting_for` out of what was given and follows them; True when something changed."""
    status = given.pop("status", ticket.status)
    kept = ticket.waiting_for if status == ticket.status else None
    reason = given.pop("waiting_for", kept)
    _check_reason(company, reason, status)
    if status != ticket.status:
        tickets.move(session, company, ticket, actor, status, note, waiting_for=reason, at=at)
        if reason is not None:
            told.tell(session, company, ticket, "waiting", at, why=company.clock_rules.reasons[reason].says)
    elif reason != ticket.waiting_for:
        tickets.record(session, ticket, actor, "change", note, assign(ticket, {"waiting_for": reason}))
        clocks.waits_for(session, company, ticket, at or clock.now())
    else:
        return False
    return True


def _check_reason(company: CompanyData, reason: str | None, status: str) -> None:
    """`waiting_for` is a reason of the company's rules, of a ticket that waits. Raises FeedProblem."""
    if reason is None:
        return
    if status != "waiting":
        raise FeedProblem("waiting_for 只用于状态 waiting")
    if reason not in company.clock_rules.reasons:
        raise FeedProblem(f"waiting_for 要是 {'、'.join(company.clock_rules.reasons)} 之一")


# A step, what it meets, and whether the ticket is at work with it.
STEPS: dict[str, tuple[tuple[str, ...], bool]] = {
    "accepted": ((), True),
    "contacted": (("contact",), False),
    "arrived": (("arrival",), True),
    "replied": (("contact", "reply"), False),
}


def take_step(
    session: Session, company: CompanyData, number: str, step: str, words: str, at: datetime | None, actor: str
) -> Ticket:
    """Somebody took the ticket up, spoke with the customer, is on site, or gave the answer: an entry, and the clocks that
    waited for it are met. Raises Unknown, NotAllowed, FeedProblem."""
    ticket = held(session, number)
    check_may_handle(session, ticket, actor)
    _check_at(ticket, at)
    if ticket.status not in tickets.OPEN:
        raise tickets.NotAllowed(f"工单 {ticket.number} 是 {ticket.status}，不再处理")
    before = {entry.id for entry in ticket.history}
    targets, at_work = STEPS[step]
    tickets.record(session, ticket, actor, step, words)
    if at_work and ticket.status in ("new", "assigned"):
        tickets.move(session, company, ticket, actor, "in_progress", at=at)
    clocks.done(session, company, ticket, targets, at or clock.now())
    if step == "arrived":
        told.tell(session, company, ticket, "arrived", at)
    _date(session, ticket, before, at)
    return ticket


def add_note(session: Session, number: str, words: str, at: datetime | None, actor: str) -> Ticket:
    """One more entry; allowed in every state. Raises Unknown, FeedProblem."""
    ticket = held(session, number)
    check_may_handle(session, ticket, actor)
    before = {entry.id for entry in ticket.history}
    _check_at(ticket, at)
    tickets.record(session, ticket, actor, "note", words)
    _date(session, ticket, before, at)
    return ticket


def _check_at(ticket: Ticket, at: datetime | None) -> None:
    check_past("at", at)
    if at is not None and at < ticket.created_at:
        raise FeedProblem("at 不能早于工单的 created_at")


def _date(session: Session, ticket: Ticket, before: set[int], at: datetime | None) -> None:
    """The new entries, and the closing, bear the time at which it happened."""
    session.flush()
    session.expire(ticket, ["history"])
    new = [entry for entry in ticket.history if entry.id not in before]
    if at is not None and new:
        for entry in new:
            entry.at = at
        if ticket.status in OVER and any("status" in entry.changes for entry in new):
            ticket.closed_at = at
        session.flush()


# --- links ---------------------------------------------------------------------------------------------------------------
def _link(session: Session, ticket: Ticket, number: str, relation: str, actor: str) -> None:
    other = tickets.by_number(session, number)
    if other is None:
        raise FeedProblem(f"links 里没有工单 {number}")
    session.add(TicketLink(ticket_id=ticket.id, other_id=other.id, relation=relation))
    for one, named in ((ticket, other), (other, ticket)):
        changes = {"link": [None, named.number]}
        tickets.record(session, one, actor, "link", f"关联工单 {named.number}", changes)


def links_of(session: Session, rows: Sequence[Ticket]) -> dict[int, list[dict[str, str]]]:
    """The links of several tickets in both directions, by row id; two queries however many there are."""
    found: dict[int, list[dict[str, str]]] = {row.id: [] for row in rows}
    one, other = aliased(Ticket), aliased(Ticket)
    query = (
        select(TicketLink, one.number, other.number)
        .join(one, one.id == TicketLink.ticket_id)
        .join(other, other.id == TicketLink.other_id)
        .where(or_(TicketLink.ticket_id.in_(list(found)), TicketLink.other_id.in_(list(found))))
        .order_by(TicketLink.id)
    )
    for link, number, named in session.execute(query):
        if link.ticket_id in found:
            found[link.ticket_id].append({"ticket": named, "relation": link.relation})
        if link.other_id in found:
            found[link.other_id].append({"ticket": number, "relation": INVERSE.get(link.relation, link.relation)})
    return found


def numbers_of(session: Session, ids: Sequence[int | None]) -> dict[int, str]:
    """Ticket numbers by row id."""
    query = select(Ticket.id, Ticket.number).where(Ticket.id.in_([one for one in ids if one is not None]))
    return dict(session.execute(query).all())
