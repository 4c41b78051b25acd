"""What we know already of a place: the incident or the planned interruption that covers it, now or at another time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.network.locate import Located
from kefu.network.models import OPEN, Incident, Interruption

# A planned interruption counts as still going on so long after its published end, unless somebody wrote that it is done.
OVERRUN = timedelta(hours=6)
AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Known:
    """`sure`: it covers the place, wherever in it the home may hang. `late`: its estimated or published end has passed."""

    event: Incident | Interruption
    sure: bool
    late: bool

    @property
    def incident(self) -> Incident | None:
        return self.event if isinstance(self.event, Incident) else None

    @property
    def interruption(self) -> Interruption | None:
        return self.event if isinstance(self.event, Interruption) else None


def by_number(session: Session, number: str) -> Incident | None:
    """The incident of that number."""
    return session.scalar(select(Incident).where(Incident.number == number))


def known_now(session: Session, at: Located, service: str) -> Known | None:
    """The incident that covers the place now, else the interruption that does; what surely covers it comes first."""
    now = clock.now()
    found = [*_incidents(session, at, service), *_interruptions(session, at, service, now - OVERRUN, now)]
    return next((known for known in found if known.sure), found[0] if found else None)


def planned(session: Session, at: Located, service: str, start: datetime, end: datetime) -> list[Known]:
    """Planned interruptions of the place that overlap a span of time (aware), in order of their beginning."""
    found = _interruptions(session, at, service, start, end)
    return sorted(found, key=lambda known: began(known.event))


def coming(session: Session, at: Located, service: str) -> list[Known]:
    """Planned interruptions of the place that are on or lie ahead, as far as they are published."""
    now = clock.now()
    return planned(session, at, service, now, now + AHEAD)


def past(session: Session, at: Located, service: str, start: datetime, end: datetime) -> list[Incident | Interruption]:
    """What was off at the place in a span of time gone by, in order of its beginning; suspicions that came to nothing are not told."""
    none = ("cancelled", "suspected")
    incidents = select(Incident).where(
        Incident.service == service,
        Incident.status.not_in(none),
        Incident.started_at <= end,
        or_(Incident.restored_at.is_(None), Incident.restored_at >= start),
    )
    planned_ones = select(Interruption).where(
        Interruption.service == service,
        Interruption.status != "cancelled",
        Interruption.starts_at <= end,
        Interruption.ends_at >= start,
    )
    found: list[Incident | Interruption] = [*session.scalars(incidents), *session.scalars(planned_ones)]
    return sorted((one for one in found if at.below(one.area_code)), key=began)


def began(one: Incident | Interruption) -> datetime:
    """When it began, or is to begin."""
    return one.started_at if isinstance(one, Incident) else one.starts_at


def _incidents(session: Session, at: Located, service: str) -> list[Known]:
    """Those that surely cover it, the lowest device, and what is confirmed, first."""
    query = select(Incident).where(Incident.service == service, Incident.status.in_(OPEN)).order_by(Incident.id)
    covering = [incident for incident in session.scalars(query) if at.touches(incident.area_code)]

    def order(incident: Incident) -> tuple[bool, bool, int]:
        depth = len(at.net.path(incident.area_code))
        return not at.below(incident.area_code), incident.status == "suspected", -depth

    now = clock.now()
    return [
        Known(one, at.below(one.area_code), one.expected_at is not None and one.expected_at <= now)
        for one in sorted(covering, key=order)
    ]


def _interruptions(session: Session, at: Located, service: str, start: datetime, end: datetime) -> list[Known]:
    over = or_(Interruption.ends_at > start, Interruption.status == "active")
    query = select(Interruption).where(
        Interruption.service == service,
        Interruption.status.in_(("planned", "active")),
        Interruption.published_at <= clock.now(),
        Interruption.starts_at <= end,
        over,
    )
    covering = [one for one in session.scalars(query) if at.touches(one.area_code)]
    now = clock.now()
    return sorted(
        (Known(one, at.below(one.area_code), one.ends_at <= now) for one in covering), key=lambda known: not known.sure
    )
