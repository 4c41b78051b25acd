"""The earlier complaint that a new one is about once more: among a customer's own, or, unseen by the customer, others'.

Own are those of this talk and of proved accounts: the customer hears of them. Complaints that only share a phone, or an
account number nobody has proved, are linked for staff alone; nothing of them is ever told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.complaints.matching import Likeness, Matter, compare, matter_of
from kefu.complaints.where import Spot, spots_of
from kefu.nlu.values import find_values
from kefu.tickets.models import Ticket


def earlier_of(
    session: Session, company: CompanyData, own: Sequence[Ticket], words: str, here: Spot | None
) -> Ticket | None:
    """The complaint among `own` that these words are about once more. `here`: the customer's place, said or at home."""
    recent = _recent(company, own)
    new = replace(matter_of(company, words, clock.now()), place=here.key if here else None)
    return _best(session, company, recent, new)[0]


def earlier_unseen(session: Session, company: CompanyData, ticket: Ticket) -> tuple[Ticket | None, Likeness | None]:
    """The complaint of the same account or phone that this one repeats, for staff alone. None for an anonymous one."""
    said = {str(v.value) for v in find_values(ticket.description) if v.entity == "account_number"}
    numbers = {*said, *([ticket.account_number] if ticket.account_number else [])}
    if ticket.anonymous or not (numbers or ticket.phone):
        return None, None
    whose: list[ColumnElement[bool]] = [Ticket.account_number.in_(numbers)] if numbers else []
    whose += [Ticket.phone == ticket.phone] if ticket.phone else []
    query = select(Ticket).where(or_(*whose), Ticket.id != ticket.id, Ticket.category == ticket.category)
    recent = _recent(company, session.scalars(query.order_by(Ticket.created_at.desc(), Ticket.id.desc())).all())
    spots = spots_of(session, company, [ticket])
    return _best(session, company, recent, _of_ticket(company, ticket, spots.get(ticket.id)))


def _recent(company: CompanyData, own: Sequence[Ticket]) -> list[Ticket]:
    since = clock.now() - timedelta(days=company.complaints.match.days)
    return [
        row
        for row in own
        if row.kind == "complaint" and row.created_at > since and row.status != "cancelled" and not row.merged_into
    ]


def _best(
    session: Session, company: CompanyData, rows: Sequence[Ticket], new: Matter
) -> tuple[Ticket | None, Likeness | None]:
    """The one with the most points, the newest of equals; none below the rule's."""
    rule, spots = company.complaints.match, spots_of(session, company, rows)
    judged = [(compare(rule, new, _of_ticket(company, row, spots.get(row.id))), row) for row in rows]
    best = max(judged, key=lambda pair: pair[0].points, default=None)
    if best is None or best[0].points < rule.same:
        return None, None
    return best[1], best[0]


def _of_ticket(company: CompanyData, ticket: Ticket, spot: Spot | None) -> Matter:
    words = f"{ticket.description} {ticket.demand or ''}"
    known = matter_of(company, words, ticket.created_at, ticket.category, staff=ticket.staff)
    building = (ticket.address_parts or {}).get("building") or known.building
    return replace(known, place=spot.key if spot else None, building=building)
