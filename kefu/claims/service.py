"""Claims for damage: registered at the right desk, graded, tied to what happened there and then. Money is never promised.

Rules: company/claims.yml, each with its source. Who is too late is registered all the same; a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.claims.events import Event, event_at, own_report
from kefu.clock import clock, local
from kefu.company.claims import ClaimRule, Damage
from kefu.company.data import CompanyData
from kefu.company.promises import Promise, end_of
from kefu.complaints.service import Grievance, register_complaint
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report


@dataclass(frozen=True)
class Moment:
    """When it happened: from and to (aware), as far as the words tell."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Claim:
    """What is claimed. `report` without grade; `home`: the account of the place, where it is proved; `earlier`: the claim it follows."""

    report: Report
    damage: Damage
    when: Moment | None
    home: Account | None = None
    earlier: str | None = None


@dataclass(frozen=True)
class Claimed:
    """What was written, and what is told of it. `visit_by`: until when somebody looks at the damage."""

    ticket: Ticket
    promise: Promise
    rule: ClaimRule
    event: Event | None
    reported: Ticket | None
    visit_by: datetime | None


def too_late(rule: ClaimRule, when: Moment | None) -> bool:
    """The day of the damage lies further back than the rule allows; never where no day was told or no limit is written."""
    if rule.report_within_days is None or when is None:
        return False
    return (clock.today().date() - local(when.until).date()).days > rule.report_within_days


def register_claim(session: Session, company: CompanyData, claim: Claim) -> Claimed:
    """Write the claim with grade, desk and due time; tie it to the outage and the customer's own report of that time.

    Source of the rules: company/claims.yml (`ClaimRule.source`).
    """
    report = claim.report
    rule = company.claims.rule(claim.damage, report.service)
    event = reported = None
    if claim.when is not None:
        span = (claim.when.since, claim.when.until)
        event = event_at(session, report.service, claim.home, report.address_parts, *span)
        own = tickets.of_customer(session, report.conversation_id or "", [claim.home.number] if claim.home else [])
        reported = own_report(own, report.service, *span)
    soon = rule.visit_within if not too_late(rule, claim.when) else None  # a person decides on what is late
    visit_by = end_of(company, soon, report.first_word_at) if soon else None
    report.symptom = claim.damage
    report.description = "\n".join([*_for_staff(company, claim, rule, event, visit_by), report.description])
    done = register_complaint(session, company, Grievance(report, claim.earlier))
    ticket, due = done.ticket, done.promise
    if event is not None and not event.planned:
        ticket.incident = event.number
    if reported is not None:
        tickets.link(session, ticket, reported, "about")
    if claim.damage == "injury":
        tickets.raise_priority(session, company, ticket, "assistant", "high", "有人受伤")
    return Claimed(ticket, due, rule, event, reported, visit_by)


def _for_staff(
    company: CompanyData, claim: Claim, rule: ClaimRule, event: Event | None, visit_by: datetime | None
) -> list[str]:
    """What the desk must know first."""
    lines = [f"索赔：{company.claims.damages[claim.damage].label}（依据：{rule.source}）"]
    if too_late(rule, claim.when):
        lines.append(f"超过提出期限（{rule.report_within_days}天），已告知客户照样登记、由人工答复")
    if visit_by is not None:
        lines.append(f"须上门查看，不晚于{local(visit_by):%m-%d %H:%M}")
    if event is not None:
        ended = f"{local(event.ends_at):%m-%d %H:%M}" if event.ends_at else "未恢复"
        kind = "计划停供" if event.planned else "停供"
        lines.append(
            f"当时有{kind} {event.number}：{event.area}，{local(event.starts_at):%m-%d %H:%M}至{ended}，{event.cause}"
        )
    return lines
