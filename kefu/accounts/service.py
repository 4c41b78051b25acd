"""Looking up customers' accounts for the conversation that may see them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, or_, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Binding, home_of
from kefu.clock import clock
from kefu.network.tree import network

HOMES_LOOKED_AT = 200


def bound_accounts(session: Session, conversation_id: str) -> list[Account]:
    """Accounts this channel user has proved to hold and whose proof still holds, the newest proof first."""
    query = (
        select(Account)
        .join(Binding, Binding.account_number == Account.number)
        .where(
            Binding.conversation_id == conversation_id,
            or_(Binding.expires_at.is_(None), Binding.expires_at > clock.now()),
        )
        .order_by(Binding.id.desc())
    )
    return list(session.scalars(query))


def bind(session: Session, conversation_id: str, account: Account) -> None:
    """Make this account the channel user's own (after proof); earlier bindings of the conversation end."""
    session.execute(delete(Binding).where(Binding.conversation_id == conversation_id))
    session.add(Binding(conversation_id=conversation_id, account_number=account.number, created_at=clock.now()))


def account_for(session: Session, conversation_id: str, service: str | None) -> Account | None:
    """The bound account of that service; of any service if the customer holds none of it (same home, same phone)."""
    accounts = bound_accounts(session, conversation_id)
    return next((a for a in accounts if a.service == service), accounts[0] if accounts else None)


def area_class_at(session: Session, place: dict[str, Any]) -> str | None:
    """urban, rural or remote: what the network says of our homes in the same community or village, nearest first.

    A village we have no account in is rural by its name; None if unknown.
    """
    community, building = home_of(place)
    rural = "rural" if place.get("village") or re.search("[村屯庄寨]", place.get("text") or "") else None
    if community is None:
        return rural
    net = network(session)
    homes = _homes(session, community, building) or _homes(session, community, None)
    road = place.get("road") or (place.get("place") or {}).get("road")
    here = [home for home in homes if road and home.address_parts.get("road") == road] or homes
    leaves = [net.nodes.get(net.moved.get(home.number, home.area_code) or "") for home in here]
    classes = Counter(leaf.area_class for leaf in leaves if leaf is not None)
    return classes.most_common(1)[0][0] if classes else rural


def area_class_of(session: Session, account: Account) -> str | None:
    """urban, rural or remote: of the area the account hangs on now; None if it hangs on none."""
    net = network(session)
    leaf = net.nodes.get(net.leaf_of(account) or "")
    return leaf.area_class if leaf is not None else None


def _homes(session: Session, community: str, building: str | None) -> Sequence[Row[Any]]:
    """Homes of a community, of all services; enough of them to tell what kind of area it is."""
    columns = (Account.number, Account.area_code, Account.address_parts)
    query = select(*columns).where(Account.community == community, Account.status != "closed")
    if building is not None:
        query = query.where(Account.building == building)
    return session.execute(query.order_by(Account.number).limit(HOMES_LOOKED_AT)).all()
