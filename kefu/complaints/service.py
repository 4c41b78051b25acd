"""Complaints: graded by the company's rules with the reasons shown, linked to what was said before, raised when late.

Source: company/grades.yml (云江公用事业投诉分级办法); a second complaint on an open matter goes one grade up, as in
95598 practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.desk import GRADES
from kefu.company.promises import Promise
from kefu.nlu.normalise import normalise
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

REMEMBERED = timedelta(days=90)
ALIKE = 0.3  # share of the shorter text's character pairs found in the other
ALIKE_WHEN_AGAIN = 0.08


@dataclass
class Grievance:
    """What is registered; `earlier`: number of the complaint it follows."""

    report: Report
    earlier: str | None = None


def likeness(first: str, second: str) -> float:
    """0 to 1: how much of the shorter text's character pairs the other has too."""
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (_bare(first), _bare(second))]
    shorter, longer = sorted(pairs, key=len)
    return len(shorter & longer) / len(shorter) if shorter else 0.0


def _bare(text: str) -> str:
    return "".join(c for c in normalise(text) if c.isalnum())


def earlier_complaint(own: Sequence[Ticket], said: str, again: bool) -> Ticket | None:
    """The complaint among a customer's own tickets that `said` is about once more.

    `again`: the words themselves refer to something said before; then the only complaint there is, is meant, and
    little likeness is enough to choose among several.
    """
    recent = [t for t in own if t.kind == "complaint" and t.created_at > clock.now() - REMEMBERED]
    recent = [t for t in recent if t.status != "cancelled"]
    ranked = sorted(recent, key=lambda t: likeness(said, t.description), reverse=True)
    if not ranked:
        return None
    best = likeness(said, ranked[0].description)
    if again and (len(recent) == 1 or best >= ALIKE_WHEN_AGAIN):
        return ranked[0]
    return ranked[0] if best >= ALIKE else None


def register_complaint(
    session: Session, company: CompanyData, grievance: Grievance, actor: str = "customer"
) -> tuple[Ticket, Promise]:
    """Write the complaint with grade, reasons, desk and due time; its predecessor is linked, raised and told to the operator."""
    report = grievance.report
    report.grade, report.grade_reasons = company.grades.of(normalise(f"{report.description} {report.demand or ''}"))
    earlier = tickets.by_number(session, grievance.earlier) if grievance.earlier else None
    ticket, due = tickets.open_ticket(session, company, report, actor)
    if earlier is not None:
        _raise_both(session, company, ticket, earlier)
    if ticket.grade != "ordinary":
        raise_alert(session, "complaint", f"投诉 {ticket.number} 等级 {ticket.grade}", report.conversation_id)
    return ticket, due


def _raise_both(session: Session, company: CompanyData, ticket: Ticket, earlier: Ticket) -> None:
    tickets.link(session, ticket, earlier, "follows")
    tickets.supplement(session, earlier, "customer", ticket.description)
    late = clock.now() > earlier.due_at and earlier.status in tickets.OPEN
    rules = company.grades
    grade = max([rules.repeated, *([rules.overdue] if late else [])], key=GRADES.index)
    for one in (ticket, earlier):
        tickets.raise_grade(session, company, one, "assistant", grade, "重复投诉" + ("且超过答复时限" if late else ""))
        tickets.raise_priority(session, company, one, "assistant", "high", "重复投诉")
