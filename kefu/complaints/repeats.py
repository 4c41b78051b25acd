"""The monthly list of what repeats: places, causes, and causes at one place, with their tickets and what was done about it.

Rule: company/complaints.yml (`repeats`): so many in the month, or in the three months up to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import SHANGHAI
from kefu.company.data import CompanyData
from kefu.complaints.models import Remedy
from kefu.complaints.where import Spot, spots_of
from kefu.tickets.models import Ticket

Of = Literal["place", "cause", "both"]
Key = tuple[str, str, str]  # place, indicator, branch; "" where it does not matter


@dataclass(frozen=True)
class Repeat:
    """`of`: a place whatever the cause, a cause wherever (its branches once more by themselves), or both. `month`, `quarter`: how many complaints; `tickets` are
    those of the three months, oldest first."""

    of: Of
    place: Spot | None
    indicator: str | None
    branch: str | None
    month: int
    quarter: int
    tickets: tuple[Ticket, ...]
    remedies: tuple[Remedy, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Orders the list: most in the month, then in the quarter; unique."""
        named = (self.place.key if self.place else "", self.indicator or "", self.branch or "")
        return (f"{self.month:05d}", f"{self.quarter:05d}", self.of, *named)


def repeats(session: Session, company: CompanyData, year: int, month: int) -> list[Repeat]:
    """Everything that repeats in a month (Shanghai), the most frequent first. Withdrawn and merged complaints do not count.

    The rest ("other") is no cause.
    """
    first, end = _start(year, month), _start(year, month + 1)
    query = select(Ticket).where(
        Ticket.kind == "complaint",
        Ticket.created_at >= _start(year, month - 2),
        Ticket.created_at < end,
        Ticket.status != "cancelled",
        Ticket.merged_into.is_(None),
    )
    rows = list(session.scalars(query.order_by(Ticket.created_at, Ticket.id)))
    spots = spots_of(session, company, rows)
    remedies = list(session.scalars(select(Remedy).where(Remedy.created_at < end).order_by(Remedy.id)))
    groups: dict[tuple[Of, Key], list[Ticket]] = {}
    for row in rows:
        for of, key in _keys(company, row, spots.get(row.id)):
            groups.setdefault((of, key), []).append(row)
    found = [
        _repeat(of, key, tuple(members), spots, first, remedies)
        for (of, key), members in groups.items()
        if _often(company, members, first)
    ]
    return sorted(found, key=lambda one: one.key, reverse=True)


def _start(year: int, month: int) -> datetime:
    """Midnight of the first day; the month may lie outside 1 to 12."""
    count = year * 12 + month - 1
    return datetime.combine(date(count // 12, count % 12 + 1, 1), datetime.min.time(), tzinfo=SHANGHAI)


def _keys(company: CompanyData, ticket: Ticket, spot: Spot | None) -> Iterable[tuple[Of, Key]]:
    indicator, branch = ticket.indicator or "", ticket.branch or ""
    cause = indicator not in ("", company.indicators.indicators[-1].code)
    if spot is not None:
        yield "place", (spot.key, "", "")
    if cause:
        yield "cause", ("", indicator, "")
    if cause and branch:
        yield "cause", ("", indicator, branch)
    if spot is not None and cause:
        yield "both", (spot.key, indicator, "")


def _often(company: CompanyData, members: Sequence[Ticket], first: datetime) -> bool:
    rule, now = company.complaints.repeats, sum(row.created_at >= first for row in members)
    return now >= rule.month or (now > 0 and len(members) >= rule.quarter)


def _repeat(
    of: Of, key: Key, members: tuple[Ticket, ...], spots: dict[int, Spot], first: datetime, remedies: Sequence[Remedy]
) -> Repeat:
    place, indicator, branch = key
    fitting = (one for one in remedies if place in ("", one.place) and indicator in ("", one.indicator))
    return Repeat(
        of=of,
        place=spots[members[0].id] if place else None,
        indicator=indicator or None,
        branch=branch or None,
        month=sum(row.created_at >= first for row in members),
        quarter=len(members),
        tickets=members,
        remedies=tuple(fitting),
    )
