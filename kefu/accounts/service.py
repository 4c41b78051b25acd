"""Looking up customers' accounts for the conversation that may see them."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Binding
from kefu.clock import clock
from kefu.network.tree import network

SOME_NEIGHBOURS = 10  # one may hang nowhere yet


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


def area_class_of(session: Session, account: Account) -> str | None:
    """urban, rural or remote, by where the account hangs now; None if it hangs nowhere."""
    now = network(session)
    node = now.nodes.get(now.leaf_of(account) or "")
    return node.area_class if node else None


def area_class_at(session: Session, place: dict[str, Any]) -> str | None:
    """urban, rural or remote, by our accounts in the same community or village.

    A village we have no account in is rural by its name; None if unknown.
    """
    name = place.get("community") or place.get("village")
    rural = "rural" if place.get("village") or re.search("[村屯庄寨]", place.get("text") or "") else None
    if not name:
        return rural
    for lives_here in (Account.community == name, Account.address.contains(name, autoescape=True)):
        some = session.scalars(select(Account).where(lives_here).order_by(Account.number).limit(SOME_NEIGHBOURS))
        known = next((found for account in some if (found := area_class_of(session, account))), None)
        if known:
            return known
    return rural
