"""When a ticket's published time is counted anew: it was spoken of earlier than we knew, or it matters more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.accounts.service import area_class_at, area_class_of
from kefu.clock import iso
from kefu.company.data import CompanyData
from kefu.company.promises import Promise, promise
from kefu.tickets.models import Ticket
from kefu.tickets.service import record


def area_class_of_ticket(session: Session, ticket: Ticket) -> str | None:
    """The class of the ticket's place. A mere account number's address is known to the crew only: so is its class."""
    if ticket.address_parts.get("by_account"):
        return None
    account = session.get(Account, ticket.account_number or "")
    if account is not None and account.address in (ticket.address or ""):
        return area_class_of(session, account)
    return area_class_at(session, ticket.address_parts)


def promise_of(session: Session, company: CompanyData, ticket: Ticket) -> Promise:
    """What is published for such a ticket at its place and present priority, from its first word on."""
    return promise(
        company,
        ticket.kind,
        ticket.service,
        area_class_of_ticket(session, ticket),
        ticket.first_word_at,
        category=ticket.category,
        priority=ticket.priority,
    )


def recount(session: Session, company: CompanyData, ticket: Ticket, actor: str, why: str) -> Promise:
    """The due time at the ticket's present priority. Never later than what was told before; `why` is for staff."""
    made = promise_of(session, company, ticket)
    if made.due_at < ticket.due_at:
        changes = {"due_at": [iso(ticket.due_at), iso(made.due_at)]}
        ticket.due_at, ticket.due_source = made.due_at, f"{made.says}（{made.source}）"
        record(session, ticket, actor, "due", why, changes)
    return made


def heard_since(session: Session, company: CompanyData, ticket: Ticket, at: datetime) -> bool:
    """The matter was first spoken of at `at` (aware): the earliest word counts. False when an earlier one is known."""
    if at >= ticket.first_word_at:
        return False
    changes = {"first_word_at": [iso(ticket.first_word_at), iso(at)]}
    ticket.first_word_at = at
    record(session, ticket, "assistant", "correct", "客户更早就说过这件事，时限从那时算", changes)
    recount(session, company, ticket, "assistant", "时限从客户头一句话算起")
    return True
