"""Complaints: registered with grade, reasons, indicator and owner; what they repeat is linked, raised and urged.

Sources: company/grades.yml, company/complaints.yml, company/indicators.yml; docs/complaints.md walks through it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.desk import GRADES
from kefu.company.promises import Promise
from kefu.complaints import told
from kefu.complaints.anonymity import forget_who
from kefu.complaints.earlier import earlier_unseen
from kefu.complaints.grading import above, count_customers, graded, raise_to
from kefu.complaints.remedies import came_back
from kefu.feeding import FeedProblem
from kefu.nlu.normalise import normalise
from kefu.staff.messages import tell_staff
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report


@dataclass
class Grievance:
    """What is registered; `earlier`: number of the customer's own complaint it follows."""

    report: Report
    earlier: str | None = None


@dataclass(frozen=True)
class Registered:
    """What was written, and what of it the customer hears: nothing that other customers' complaints brought about.

    `grade`: by what this customer said and did; `says`: the limits that hold for it; `dates`: by when he is contacted and
    answered; `who` answers for it.
    `earlier`: the complaint of his own it was linked to.
    """

    ticket: Ticket
    promise: Promise
    grade: str
    says: str
    dates: str
    who: str | None
    earlier: Ticket | None


def register_complaint(
    session: Session, company: CompanyData, grievance: Grievance, actor: str = "customer"
) -> Registered:
    """Write the complaint with grade, reasons, indicator, desk and due time. What it repeats is linked, raised and urged."""
    report = grievance.report
    if report.anonymous:
        forget_who(report)
    report.grade, report.grade_reasons = graded(session, company, report)
    ticket, due = tickets.open_ticket(session, company, report, actor)
    pin(session, company, ticket)
    earlier = tickets.by_number(session, grievance.earlier) if grievance.earlier else None
    if earlier is not None and earlier.anonymous == ticket.anonymous:
        follow(session, company, ticket, earlier)
    else:
        earlier = None
    says = told.says(session, ticket, due.says)
    dates, who = told.dates(session, company, ticket), told.who(session, ticket)
    grade = ticket.grade or "ordinary"
    look_around(session, company, ticket, seen=earlier)
    if ticket.grade != "ordinary":
        raise_alert(session, "complaint", f"投诉 {ticket.number} 等级 {ticket.grade}", ticket.shown_talk)
    return Registered(ticket, due, grade, says, dates, who, earlier)


def look_around(session: Session, company: CompanyData, ticket: Ticket, seen: Ticket | None = None) -> None:
    """What other complaints and past remedies mean for this one: for staff alone. `seen`: the earlier one known already."""
    if seen is None:
        unseen, why = earlier_unseen(session, company, ticket)
        if unseen is not None and why is not None:
            follow(session, company, ticket, unseen, f"系统判断为同一件事（{'，'.join(why.reasons)}）")
    count_customers(session, company, ticket)
    came_back(session, company, ticket)


# --- indicators --------------------------------------------------------------------------------------------------------
def pin(session: Session, company: CompanyData, ticket: Ticket) -> None:
    """Count the complaint under its indicator; the history says why."""
    text = normalise(f"{ticket.description} {ticket.demand or ''}")
    indicator, why = company.indicators.of(text, ticket.category, ticket.branch)
    ticket.indicator = indicator.code
    changes = {"indicator": [None, indicator.code]}
    tickets.record(session, ticket, "assistant", "indicator", f"计入指标“{indicator.name}”：{why}", changes)


def check_indicator(company: CompanyData, ticket: Ticket, code: str | None) -> None:
    """Raises FeedProblem for a ticket that is no complaint, or a code that is not in indicators.yml."""
    if ticket.kind != "complaint":
        raise FeedProblem("只有投诉（complaint）有 indicator")
    if company.indicators.by_code(code) is None:
        known = "、".join(row.code for row in company.indicators.indicators)
        raise FeedProblem(f"没有指标 {code}；有：{known}")


# --- once more ---------------------------------------------------------------------------------------------------------
def follow(session: Session, company: CompanyData, ticket: Ticket, earlier: Ticket, why: str = "") -> None:
    """`ticket` is about the same matter as `earlier`: linked, both raised, whoever has the earlier one told. `why`: how we
    found it ourselves; without it the customer says so, which urges the earlier one.

    Source: company/grades.yml (`repeated`, `overdue`, `further`).
    """
    was_open = earlier.status in tickets.OPEN
    late = was_open and clock.now() > earlier.due_at
    grade = max([above(company, earlier.grade), *([company.grades.overdue] if late else [])], key=GRADES.index)
    reason = "重复投诉" + ("且超过答复时限" if late else "")
    tickets.link(session, ticket, earlier, "follows")
    if why:  # its own customer has not urged it, as far as we know
        for one, other in ((ticket, earlier), (earlier, ticket)):
            tickets.record(session, one, "assistant", "note", f"{other.number}：{why}")
    else:
        tickets.urge(session, earlier, "customer", ticket.description)
    for one in (ticket, earlier) if was_open else (ticket,):
        raise_to(session, company, one, grade, reason)
        tickets.raise_priority(session, company, one, "assistant", "high", reason)
    if was_open and earlier.owner:
        text = (
            f"投诉 {earlier.number} 的客户又投诉了（{ticket.number}）{'，已超过答复时限' if late else ''}，请尽快联系"
        )
        tell_staff(session, earlier.owner, "urge", text, earlier.number)
