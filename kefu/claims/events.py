"""What we know to have happened at a place and time: an outage, a planned interruption, the customer's own reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.incidents.known import past
from kefu.network.locate import Located, locate
from kefu.network.models import Incident, Interruption
from kefu.network.tree import Network, network
from kefu.tickets.models import Ticket

SLACK = timedelta(hours=2)  # nobody remembers to the minute when the refrigerator stopped
OWN_REPORT = timedelta(hours=36)


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
    net = network(session, since)
    leaf = _leaf(session, net, service, home, place)
    if leaf is None or leaf not in net.nodes:
        return None
    at = Located(net, frozenset({leaf}))
    found = past(session, at, net.nodes[leaf].service, since - SLACK, until + SLACK)
    outage = next((one for one in reversed(found) if isinstance(one, Incident)), None)
    if outage is not None:
        name, cause = net.nodes[outage.area_code].name, outage.cause or "原因待查"
        return Event(outage.number, False, name, outage.started_at, outage.restored_at, cause)
    plans = (one for one in reversed(found) if isinstance(one, Interruption))
    plan = next((one for one in plans if one.published_at < one.starts_at), None)
    if plan is None:
        return None
    return Event(plan.number, True, net.nodes[plan.area_code].name, plan.starts_at, plan.ends_at, plan.reason)


def _leaf(
    session: Session, net: Network, service: str | None, home: Account | None, place: Mapping[str, Any]
) -> str | None:
    if home is not None and service in (None, home.service):
        return net.leaf_of(home)
    return locate(session, place, service).area if service is not None else None  # without one any outage would fit


def own_report(own: Sequence[Ticket], service: str | None, since: datetime, until: datetime) -> Ticket | None:
    """The customer's own fault or emergency ticket of about that time, the newest first in `own`."""
    for ticket in own:
        about = ticket.kind in ("fault", "emergency") and service in (None, ticket.service)
        if about and since - OWN_REPORT <= ticket.first_word_at <= until + OWN_REPORT:
            return ticket
    return None
