"""What we know to have happened at a place and time: an outage, a planned interruption, the customer's own reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.network.locate import locate
from kefu.network.models import Incident, Interruption
from kefu.network.tree import Network, network
from kefu.tickets.models import Ticket

SLACK = timedelta(hours=2)  # nobody remembers to the minute when the refrigerator stopped
OWN_REPORT = timedelta(hours=36)
NOTHING = ("suspected", "cancelled")  # nobody has confirmed it; it was none


@dataclass(frozen=True)
class Event:
    """An outage (`planned`: a published interruption) of an area, by its name; `ends_at` None: not over."""

    number: str
    planned: bool
    area: str
    starts_at: datetime
    ends_at: datetime | None
    cause: str


def event_at(
    session: Session,
    service: str | None,
    home: Account | None,
    place: Mapping[str, Any],
    since: datetime,
    until: datetime,
) -> Event | None:
    """The outage of this home's areas that lay between `since` and `until` (aware), give or take; incidents first.

    `home`: the account that lives there, where it is known; else the place's community and building are looked up.
    None: we know of none.
    """
    known = network(session, since)
    areas = {area for leaf in _leaves(session, known, service, home, place) for area in known.path(leaf)}
    if not areas:
        return None
    return _incident(session, known, areas, since, until) or _interruption(session, known, areas, since, until)


def _leaves(
    session: Session, known: Network, service: str | None, home: Account | None, place: Mapping[str, Any]
) -> list[str | None]:
    if home is not None and service in (None, home.service):
        return [known.leaf_of(home)]
    if service is None:
        return []  # any service's outage would fit
    area = locate(session, place, service).area
    return [area] if area is not None else []


def _incident(session: Session, known: Network, areas: set[str], since: datetime, until: datetime) -> Event | None:
    query = (
        select(Incident)
        .where(
            Incident.area_code.in_(areas),
            Incident.status.not_in(NOTHING),
            Incident.started_at <= until + SLACK,
            or_(Incident.restored_at.is_(None), Incident.restored_at >= since - SLACK),
        )
        .order_by(Incident.started_at.desc())
        .limit(1)
    )
    row = session.scalar(query)
    if row is None:
        return None
    name = known.nodes[row.area_code].name
    return Event(row.number, False, name, row.started_at, row.restored_at, row.cause or "原因待查")


def _interruption(session: Session, known: Network, areas: set[str], since: datetime, until: datetime) -> Event | None:
    query = (
        select(Interruption)
        .where(
            Interruption.area_code.in_(areas),
            Interruption.status.not_in(NOTHING),
            Interruption.starts_at <= until + SLACK,
            Interruption.ends_at >= since - SLACK,
            Interruption.published_at < Interruption.starts_at,
        )
        .order_by(Interruption.starts_at.desc())
        .limit(1)
    )
    row = session.scalar(query)
    if row is None:
        return None
    return Event(row.number, True, known.nodes[row.area_code].name, row.starts_at, row.ends_at, row.reason)


def own_report(own: Sequence[Ticket], service: str | None, since: datetime, until: datetime) -> Ticket | None:
    """The customer's own fault or emergency ticket of about that time, the newest first in `own`."""
    for ticket in own:
        about = ticket.kind in ("fault", "emergency") and service in (None, ticket.service)
        if about and since - OWN_REPORT <= ticket.first_word_at <= until + OWN_REPORT:
            return ticket
    return None
