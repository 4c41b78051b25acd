"""What was done so that complaints of a place and cause do not come back; and whether they did.

Rule: company/complaints.yml (`remedied`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock, day_name, local
from kefu.company.data import CompanyData
from kefu.complaints.grading import raise_to
from kefu.complaints.models import Remedy
from kefu.complaints.where import spot_of_parts, spots_of
from kefu.feeding import FeedProblem, Unknown, assign, check_past
from kefu.network.places import index
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket
from kefu.tickets.service import record


def add_remedy(session: Session, company: CompanyData, given: Mapping[str, Any], actor: str) -> Remedy:
    """Plan one, or write down what was done. `place`: as people name it. Raises FeedProblem."""
    values = dict(given)
    spot = spot_of_parts(index(session), {"community": values.pop("place")})
    assert spot is not None
    _check(session, company, values)
    remedy = Remedy(place=spot.key, place_name=spot.name, created_by=actor, created_at=clock.now(), **values)
    session.add(remedy)
    session.flush()
    return remedy


def change_remedy(session: Session, company: CompanyData, remedy_id: int, given: Mapping[str, Any]) -> Remedy:
    """Change what is given. Raises Unknown, FeedProblem."""
    remedy = session.get(Remedy, remedy_id, with_for_update=True)
    if remedy is None:
        raise Unknown(f"没有整改 {remedy_id}")
    _check(session, company, given)
    assign(remedy, given)
    session.flush()
    return remedy


def _check(session: Session, company: CompanyData, given: Mapping[str, Any]) -> None:
    if "indicator" in given and company.indicators.by_code(given["indicator"]) is None:
        raise FeedProblem(f"没有指标 {given['indicator']}")
    if "owner" in given:
        owner = session.get(Staff, given["owner"])
        if owner is None or not owner.active:
            raise FeedProblem(f"没有员工 {given['owner']}")
    check_past("done_at", given.get("done_at"))


def came_back(session: Session, company: CompanyData, ticket: Ticket) -> bool:
    """A complaint where a remedy was marked done not long ago: its history says so, and it is raised."""
    spot = spots_of(session, company, [ticket]).get(ticket.id)
    if spot is None:
        return False
    rule = company.complaints.remedied
    query = select(Remedy).where(
        Remedy.place == spot.key,
        Remedy.indicator == ticket.indicator,
        Remedy.done_at > clock.now() - timedelta(days=rule.days),
    )
    remedy = session.scalar(query.order_by(Remedy.done_at.desc()).limit(1))
    if remedy is None or remedy.done_at is None:
        return False
    done = day_name(local(remedy.done_at))
    record(
        session,
        ticket,
        "assistant",
        "note",
        f"{rule.reason}：{spot.name}，{done}已完成整改 {remedy.id}（{remedy.what}）",
    )
    raise_to(session, company, ticket, rule.grade, rule.reason)
    return True


def overdue(remedy: Remedy) -> bool:
    """Not done, and its day has passed."""
    today: date = clock.today().date()
    return remedy.done_at is None and remedy.due < today
