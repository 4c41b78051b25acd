"""Whom to phone next, and what whoever phones should know before the first word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from kefu.accounts.models import Account
from kefu.accounts.service import bound_accounts
from kefu.billing import service as billing
from kefu.billing.models import Bill
from kefu.callbacks.models import Callback
from kefu.clock import SHANGHAI, clock, local
from kefu.tickets.models import Ticket
from kefu.tickets.service import OPEN, of_customer


@dataclass(frozen=True)
class Proved:
    """An account whose holder this is: its latest bill, and what is left to pay on all of them (yuan)."""

    account: Account
    bill: Bill | None
    owed: Decimal


@dataclass(frozen=True)
class Prepared:
    """`others`: open tickets of the same customer besides `ticket`, the newest first."""

    ticket: Ticket | None = None
    others: list[Ticket] = field(default_factory=list)
    accounts: list[Proved] = field(default_factory=list)


def on_agenda(day: date | None, desk: str | None, owner: str | None) -> Select[Callback]:
    """Calls to be made that day; today (None) with all that should have been made before."""
    first = local(clock.now()).date() if day is None else day
    start = datetime.combine(first, datetime.min.time(), tzinfo=SHANGHAI)
    query = select(Callback).where(Callback.status == "requested", Callback.try_at < start + timedelta(days=1))
    if day is not None:
        query = query.where(Callback.try_at >= start)
    if desk is not None:
        query = query.where(Callback.desk == desk)
    return query if owner is None else query.where(Callback.owner == owner)


def prepare(session: Session, calls: Sequence[Callback]) -> dict[int, Prepared]:
    """What is to be known of each call, by its row id. Of accounts only those that the customer has proved."""
    ids = [call.ticket_id for call in calls if call.ticket_id]
    loaded = select(Ticket).where(Ticket.id.in_(ids)).options(selectinload(Ticket.history), selectinload(Ticket.clocks))
    tickets = {ticket.id: ticket for ticket in session.scalars(loaded)}
    return {call.id: _prepared(session, call, tickets.get(call.ticket_id or 0)) for call in calls}


def _prepared(session: Session, call: Callback, ticket: Ticket | None) -> Prepared:
    if call.conversation_id is None:
        return Prepared(ticket)
    accounts = bound_accounts(session, call.conversation_id)
    known = of_customer(session, call.conversation_id, [account.number for account in accounts])
    others = [one for one in known if one.status in OPEN and one.id != call.ticket_id and not one.anonymous]
    return Prepared(ticket, others, [_proved(session, account) for account in accounts])


def _proved(session: Session, account: Account) -> Proved:
    bills = billing.standing_bills(session, account.number)
    owed = billing.total(billing.owing(session, account.number))
    return Proved(account, bills[0] if bills else None, owed)
