"""Who answers for a ticket: a person of the desk and place it belongs to, never the person it is about.

Source: company/organisation.yml and company/desks.yml.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.company.data import CompanyData
from kefu.company.organisation import Unit
from kefu.network.locate import locate
from kefu.network.places import resolve
from kefu.network.tree import network
from kefu.organisation.accused import accused
from kefu.staff.models import Staff
from kefu.tickets.models import Ticket
from kefu.tickets.states import OPEN

HANDLES = ("agent", "supervisor")  # roles that have tickets of their own


def unit_for(session: Session, company: CompanyData, ticket: Ticket) -> str:
    """The unit a ticket goes to: of its place where somebody must go there (`on_site`), else its desk's."""
    organisation = company.organisation
    if ticket.kind not in organisation.on_site:
        return unit_of_desk(company, ticket.desk)
    place = _place(session, ticket)
    name = place.get("community") or place.get("village")
    unit = organisation.serving(ticket.service, _areas(session, ticket), name, None)
    if unit.level == "centre":
        unit = organisation.serving(ticket.service, (), None, _district(session, place))
    return unit.code


def unit_of_desk(company: CompanyData, desk: str | None) -> str:
    """The unit a desk stands in; the centre for a desk that is not in desks.yml."""
    return next((row.unit for row in company.desks if row.desk == desk), company.organisation.centre.code)


def _place(session: Session, ticket: Ticket) -> dict[str, str]:
    """The parts of the address; the account's own where none were said."""
    parts = ticket.address_parts or {}
    account = session.get(Account, ticket.account_number) if ticket.account_number and not ticket.address else None
    return dict(account.address_parts if account is not None else parts)


def _areas(session: Session, ticket: Ticket) -> list[str]:
    """The supply network's areas around the place, lowest first; [] where we do not know."""
    code = (ticket.address_parts or {}).get("area_code")
    if code:
        return network(session).path(str(code))
    if ticket.service is None:
        return []
    account = session.get(Account, ticket.account_number) if ticket.account_number else None
    there = account is not None and account.address in (ticket.address or account.address)
    place = {"account_number": ticket.account_number} if there else ticket.address_parts or {}
    located = locate(session, place, ticket.service)
    return located.net.path(located.area)


def _district(session: Session, place: dict[str, str]) -> str | None:
    """The district of the city: as it was said, else that of the one place of ours that is meant."""
    known = resolve(session, place).one if place.get("community") or place.get("village") else None
    return known.district if known is not None else place.get("district")


# --- people --------------------------------------------------------------------------------------------------------------
def owner_for(session: Session, company: CompanyData, ticket: Ticket, avoid: Collection[str] = ()) -> str:
    """The least busy member of the ticket's unit (on site) or desk who has the skill; nobody there: the heads upward.

    `avoid`: usernames that may not have it (who did the work that is to be verified). Whom it is about never has it.
    """
    barred = {*accused(session, ticket), *avoid}
    found = _least_busy(session, _members(session, company, ticket), barred, _skill(company, ticket))
    found = found or next(_leaders(session, company, ticket, barred), None)
    return found or _anybody(session, company, barred)


def chain(session: Session, company: CompanyData, ticket: Ticket) -> list[str]:
    """Who is told when a promise is broken, one after the other: the owner, the head of the desk (on site: of the station),
    of the district, of the centre (else their deputy). Each once, only who works here, never whom it is about, never empty."""
    barred = accused(session, ticket)
    owner = [ticket.owner] if ticket.owner and ticket.owner not in barred else []
    leaders = list(_leaders(session, company, ticket, barred))
    if leaders[-1:] == [company.organisation.deputy] and company.organisation.head in leaders:
        leaders.pop()  # stands in for the head of the centre, and is not above them
    return list(dict.fromkeys([*owner, *leaders])) or [_anybody(session, company, barred)]


def above(session: Session, company: CompanyData, ticket: Ticket) -> str:
    """Who hears when something goes wrong with a ticket: the next in its `chain` after the owner; he where there is nobody."""
    people = chain(session, company, ticket)
    return next((username for username in people if username != ticket.owner), people[0])


def head_of(
    session: Session, company: CompanyData, desk: str | None, unit: str | None = None, barred: Collection[str] = ()
) -> str:
    """Who leads a desk (`unit`: or the unit below the centre somebody works in), else the next head upward: somebody who
    works here and is not `barred`."""
    below = company.organisation.unit(unit)
    on_its_own = below is not None and below.level != "centre"
    heads = _heads(company, None if on_its_own else desk, unit if on_its_own else unit_of_desk(company, desk))
    return next(_there(session, heads, barred), None) or _anybody(session, company, barred)


def handles(session: Session, username: str) -> bool:
    """Somebody of that login works here and has tickets."""
    person = session.get(Staff, username)
    return person is not None and person.active and person.role in HANDLES


def on_site(company: CompanyData, ticket: Ticket) -> Unit | None:
    """The unit below the centre that has the ticket; None for a ticket of a desk."""
    unit = company.organisation.unit(ticket.unit)
    return unit if unit is not None and unit.level != "centre" else None


def _members(session: Session, company: CompanyData, ticket: Ticket) -> list[Staff]:
    unit = on_site(company, ticket)
    of_it = Staff.unit == unit.code if unit is not None else Staff.desk == ticket.desk
    query = select(Staff).where(of_it, Staff.active, Staff.role.in_(HANDLES))
    return list(session.scalars(query.order_by(Staff.username)))


def _skill(company: CompanyData, ticket: Ticket) -> str | None:
    if on_site(company, ticket) is not None:
        return ticket.service
    row = company.desk_for(ticket.kind, ticket.service, ticket.category)
    return row.skill if row.desk == ticket.desk else None


def _least_busy(session: Session, members: Iterable[Staff], barred: Collection[str], skill: str | None) -> str | None:
    """Those with the skill before those without, agents before supervisors, then whoever has the fewest open tickets."""
    able = [person for person in members if person.username not in barred]
    if not able:
        return None
    query = select(Ticket.owner, func.count()).where(
        Ticket.owner.in_([person.username for person in able]), Ticket.status.in_(OPEN)
    )
    load = dict(session.execute(query.group_by(Ticket.owner)).all())
    return min(
        able,
        key=lambda p: (
            skill is not None and skill not in p.skills,
            p.role != "agent",
            load.get(p.username, 0),
            p.username,
        ),
    ).username


def _leaders(session: Session, company: CompanyData, ticket: Ticket, barred: Collection[str]) -> Iterator[str]:
    """The heads from the desk or station upward, then the centre's deputy: those who work here and are not barred."""
    desk = ticket.desk if on_site(company, ticket) is None else None
    return _there(session, _heads(company, desk, ticket.unit), barred)


def _heads(company: CompanyData, desk: str | None, unit: str | None) -> list[str]:
    organisation = company.organisation
    first = next(([row.head] for row in company.desks if row.desk == desk), [])
    return [*first, *(one.head for one in organisation.upward(unit)), organisation.deputy]


def _there(session: Session, heads: list[str], barred: Collection[str]) -> Iterator[str]:
    """Each once, in order: those who work here and are not barred."""
    there = set(session.scalars(select(Staff.username).where(Staff.username.in_(heads), Staff.active)))
    return (head for head in dict.fromkeys(heads) if head in there and head not in barred)


def _anybody(session: Session, company: CompanyData, barred: Collection[str]) -> str:
    """When no head is left: whoever works here, supervisors first; with nobody at all, the centre's head or deputy."""
    query = select(Staff.username).where(Staff.active, Staff.role.in_(HANDLES), Staff.username.not_in(barred))
    found = session.scalar(query.order_by(Staff.role.desc(), Staff.username).limit(1))
    organisation = company.organisation
    return found or next(
        (one for one in (organisation.head, organisation.deputy) if one not in barred), organisation.head
    )
