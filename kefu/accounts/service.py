"""Looking up customers' accounts for the conversation that may see them."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Binding
from kefu.clock import clock
from kefu.network.models import Area


def bound_accounts(session: Session, conversation_id: str) -> list[Account]:
    """Accounts this channel user has proved to hold, the first bound first."""
    query = (
        select(Account)
        .join(Binding, Binding.account_number == Account.number)
        .where(Binding.conversation_id == conversation_id)
        .order_by(Binding.id)
    )
    return list(session.scalars(query))


def bind(session: Session, conversation_id: str, account: Account) -> None:
    """Make this account the channel user's own (after proof); earlier bindings of the conversation end."""
    session.execute(delete(Binding).where(Binding.conversation_id == conversation_id))
    session.add(
        Binding(
            conversation_id=conversation_id,
            account_number=account.number,
            created_at=clock.now(),
        )
    )


def account_for(session: Session, conversation_id: str, service: str | None) -> Account | None:
    """The bound account of that service; of any service if the customer holds none of it (same home, same phone)."""
    accounts = bound_accounts(session, conversation_id)
    return next((a for a in accounts if a.service == service), accounts[0] if accounts else None)


def area_class_of(session: Session, account: Account | None) -> str | None:
    """urban, rural or remote, from the network area the account hangs on; None when unknown."""
    if account is None or account.area_code is None:
        return None
    area = session.get(Area, account.area_code)
    return area.area_class if area else None
