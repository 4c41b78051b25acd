"""Where a complaint happened: the community, under our own name for it if we know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.company.data import CompanyData
from kefu.network.place_names import name_of
from kefu.network.places import Index, index, resolve_in
from kefu.tickets.models import Ticket


@dataclass(frozen=True)
class Spot:
    """`key`: the place's code, or the plain name of one that is not ours; `name`: how it is shown."""

    key: str
    name: str


def spot_of_parts(known: Index, parts: Mapping[str, Any]) -> Spot | None:
    """The community or village of an address; None where it names none."""
    name = parts.get("community") or parts.get("village")
    if not name:
        return None
    one = resolve_in(known, parts).one
    return Spot(one.code, one.name) if one is not None else Spot(name_of(str(name)).plain[:60], str(name)[:60])


def spots_of(session: Session, company: CompanyData, rows: Sequence[Ticket]) -> dict[int, Spot]:
    """By row id, of those whose place is known: as it was said, else the account's where the indicator is about it."""
    known = index(session)
    at_home = [row for row in rows if _at_home(company, row)]
    query = select(Account).where(Account.number.in_({row.account_number for row in at_home}))
    homes = {account.number: account.address_parts for account in session.scalars(query)} if at_home else {}
    found = {}
    for row in rows:
        spot = spot_of_parts(known, row.address_parts or {})
        if spot is None and row in at_home:
            spot = spot_of_parts(known, homes.get(row.account_number or "", {}))
        if spot is not None:
            found[row.id] = spot
    return found


def _at_home(company: CompanyData, ticket: Ticket) -> bool:
    indicator = company.indicators.by_code(ticket.indicator)
    return bool(ticket.account_number) and indicator is not None and indicator.at_place
