"""How serious a complaint is, and when that changes: by words, by what is known, by how many complain.

Never lowered here: only a supervisor does that. Every reason stands on the ticket. Rules: company/grades.yml.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.complaints import ManyRule
from kefu.company.data import CompanyData
from kefu.company.desk import GRADES, Grade
from kefu.company.vulnerable import NOTED
from kefu.complaints.where import spots_of
from kefu.incidents.models import SupplyReport
from kefu.nlu.normalise import normalise
from kefu.privacy.masking import mask_text
from kefu.staff.messages import tell_staff
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report

GRADE_NAMES = {"ordinary": "一般", "serious": "重要", "critical": "重大"}


def graded(session: Session, company: CompanyData, report: Report) -> tuple[Grade, list[str]]:
    """The grade of a new complaint by itself, with every reason: its words, who is named, who is vulnerable there."""
    text = _words(f"{report.description} {report.demand or ''}")
    grade, reasons = company.grades.of(text, report.staff)
    rule = company.grades.vulnerable
    if rule.reason not in reasons and (_named(company, text) or _registered(session, company, report)):
        return max(grade, rule.grade, key=GRADES.index), [*reasons, rule.reason]
    return grade, reasons


def check_not_lowered(ticket: Ticket, grade: str | None) -> None:
    """For whoever is no supervisor. Raises NotAllowed."""
    if grade in GRADES and ticket.grade in GRADES and GRADES.index(grade) < GRADES.index(ticket.grade):  # type: ignore[arg-type]
        raise tickets.NotAllowed(f"投诉 {ticket.number} 的等级只能由主管调低")


def _words(text: str) -> str:
    """Phones masked: 13812345678 is no word about 12345."""
    return normalise(mask_text(text))


def _named(company: CompanyData, text: str) -> bool:
    return any(kind.priority == "high" for kind in company.vulnerable.named(text, None, None))


def _registered(session: Session, company: CompanyData, report: Report) -> bool:
    """The account, or this talk, is known for somebody to be looked after first. Nobody looks for an anonymous one's."""
    if report.anonymous:
        return False
    since = clock.now() - timedelta(days=company.grades.vulnerable.days)
    number = report.account_number
    account = session.get(Account, number) if number else None
    if account is not None and account.low_income:
        return True
    mine = SupplyReport.conversation_id == report.conversation_id
    heard = select(SupplyReport.id).where(
        or_(mine, SupplyReport.account_number == number) if number else mine,
        SupplyReport.reported_at > since,
        SupplyReport.vulnerable.is_not(None),
    )
    own = Ticket.conversation_id == report.conversation_id
    noted = select(Ticket.id).where(
        or_(own, Ticket.account_number == number) if number else own,
        Ticket.created_at > since,
        Ticket.description.contains(NOTED),
    )
    return any(session.scalar(query.limit(1)) is not None for query in (heard, noted))


# --- raised ------------------------------------------------------------------------------------------------------------
def raise_to(session: Session, company: CompanyData, ticket: Ticket, grade: Grade, reason: str) -> bool:
    """The grade, if it is higher, with its reason; the clock follows, the person in charge and the operator hear of it."""
    if not tickets.raise_grade(session, company, ticket, "assistant", grade, reason):
        return False
    text = f"投诉 {ticket.number} 升为{GRADE_NAMES[grade]}级：{reason}"
    raise_alert(session, "complaint", text, ticket.shown_talk, ticket=ticket.number)
    if ticket.owner:
        tell_staff(session, ticket.owner, "escalation", text, ticket.number)
    return True


def above(company: CompanyData, grade: str | None) -> Grade:
    """The grade of a complaint that follows one of that grade."""
    rules = company.grades
    step = min(GRADES.index(grade or "ordinary") + rules.further, len(GRADES) - 1)  # type: ignore[arg-type]
    return max(GRADES[step], rules.repeated, key=GRADES.index)


def heard_more(session: Session, company: CompanyData, ticket: Ticket, words: str, named: bool = False) -> bool:
    """New words on a complaint that is there: graded too, and it is raised where they are more serious. Never lowered.

    What was said before is not judged again (a supervisor may have), but where somebody is `named` only now.
    """
    if ticket.kind != "complaint":
        return False
    text = _words(f"{ticket.description} {words}" if named else words)
    grade, reasons = company.grades.of(text, ticket.staff if named else None)
    if _named(company, text):
        rule = company.grades.vulnerable
        grade, reasons = max(grade, rule.grade, key=GRADES.index), [*reasons, rule.reason]
    raised = [raise_to(session, company, ticket, grade, reason) for reason in dict.fromkeys(reasons)]
    return any(raised)


def count_customers(session: Session, company: CompanyData, ticket: Ticket) -> int:
    """How many customers complain of this ticket's place and cause; from the rule's number on all their tickets are raised."""
    rule = company.grades.many
    alike = _alike(session, company, ticket, rule)
    customers = {one.account_number or one.phone or one.conversation_id or one.number for one in alike}
    if len(customers) >= rule.customers:
        for one in alike:
            known = any(reason.startswith(rule.reason) for reason in one.grade_reasons)
            if one.status in tickets.OPEN and not known:  # once: not for every further customer
                raise_to(session, company, one, rule.grade, f"{rule.reason}（{len(customers)}户）")
    return len(customers)


def _alike(session: Session, company: CompanyData, ticket: Ticket, rule: ManyRule) -> list[Ticket]:
    """Complaints of the last days at this place about this cause, itself among them."""
    if company.indicators.indicators[-1].code == ticket.indicator:
        return []
    since = clock.now() - timedelta(days=rule.days)
    query = select(Ticket).where(
        Ticket.kind == "complaint",
        Ticket.created_at > since,
        Ticket.status != "cancelled",
        Ticket.indicator == ticket.indicator,
        Ticket.merged_into.is_(None),
    )
    rows = list(session.scalars(query.order_by(Ticket.id)))
    spots = spots_of(session, company, rows)
    here = spots.get(ticket.id)
    return [row for row in rows if here is not None and spots.get(row.id) == here and _service(row, ticket)]


def _service(one: Ticket, other: Ticket) -> bool:
    return one.service == other.service or None in (one.service, other.service)
