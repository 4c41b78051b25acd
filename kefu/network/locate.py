"""Where in the supply network a place hangs: the areas its homes of a service are fed from, as our accounts tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, home_of
from kefu.network.tree import Network, network


@dataclass(frozen=True)
class Located:
    """`areas`: every area the place may hang at; empty when we do not know. `account`: the home's own, if it is known."""

    net: Network
    areas: frozenset[str] = frozenset()
    account: Account | None = None

    @property
    def area(self) -> str | None:
        """The lowest area that the place surely lies below."""
        return self.net.common(sorted(self.areas))

    def below(self, top: str) -> bool:
        """The place surely lies below that area."""
        return bool(self.areas) and all(self.net.below(code, top) for code in self.areas)

    def touches(self, top: str) -> bool:
        """The place may lie below that area."""
        return any(self.net.below(code, top) for code in self.areas)


def locate(session: Session, place: Mapping[str, Any], service: str) -> Located:
    """Where a place (parts as the dialogue keeps them) hangs for a service. Nothing is guessed: unknown stays unknown.

    By account number, by the home, by its building, by its community: the first of these we have accounts for.
    """
    net = network(session)
    named = session.get(Account, str(place.get("account_number") or ""))
    if named is not None:
        own = named if named.service == service else _same_home(session, named.address_parts, service)
        if own is not None:
            return _at(net, [own], own)
        place = named.address_parts
    community, building = home_of(place)
    if community is None:
        return Located(net)
    if building is not None:
        near = _on_road(session.scalars(_homes(community, service).where(Account.building == building)), place)
        if near:
            own = _of_room(near, place)
            return _at(net, [own] if own is not None else _of_unit(near, place), own)
    return _at(net, _on_road(session.scalars(_homes(community, service)), place))


def _homes(community: str, service: str) -> Select[Account]:
    live = Account.status != "closed"
    return select(Account).where(Account.community == community, Account.service == service, live)


def _on_road(accounts: Iterable[Account], place: Mapping[str, Any]) -> list[Account]:
    """Two communities may share a name: the road tells them apart, if it was said and fits any."""
    found = list(accounts)
    road = place.get("road") or (place.get("place") or {}).get("road")
    here = [account for account in found if not road or account.address_parts.get("road") in (road, None)]
    return here or found


def _of_unit(near: list[Account], place: Mapping[str, Any]) -> list[Account]:
    """Homes of one building may hang at several risers: the unit's own, if we have any there."""
    unit = place.get("unit")
    return [account for account in near if unit and account.address_parts.get("unit") == unit] or near


def _of_room(near: list[Account], place: Mapping[str, Any]) -> Account | None:
    if not place.get("room"):
        return None
    same = [
        account
        for account in near
        if account.address_parts.get("room") == place["room"]
        and place.get("unit") in (None, account.address_parts.get("unit"))
    ]
    return same[0] if len(same) == 1 else None


def _same_home(session: Session, parts: Mapping[str, Any], service: str) -> Account | None:
    community, building = home_of(parts)
    if community is None:
        return None
    near = session.scalars(_homes(community, service).where(Account.building == building))
    return _of_room(_on_road(near, parts), parts)


def _at(net: Network, accounts: Iterable[Account], own: Account | None = None) -> Located:
    leaves = (net.leaf_of(account) for account in accounts)
    return Located(net, frozenset(code for code in leaves if code in net.nodes and code is not None), own)
