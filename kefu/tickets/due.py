"""When a ticket's published time is counted anew: it was spoken of earlier than we knew, or it matters more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kefu.clock import iso
from kefu.company.data import CompanyData
from kefu.company.promises import Promise, promises, told
from kefu.tickets import clocks
from kefu.tickets.history import record
from kefu.tickets.models import Ticket
from kefu.tickets.place import matter_of


def promise_of(session: Session, company: CompanyData, ticket: Ticket) -> Promise:
    """What is published for such a ticket at its place and present priority, from its first word on."""
    since = ticket.first_word_at
    return told(promises(company, matter_of(session, ticket, since), since))


def recount(session: Session, company: CompanyData, ticket: Ticket, actor: str, why: str) -> Promise:
    """The due time at the ticket's present priority. Never later than what was told before; `why` is for staff."""
    before = ticket.due_at
    if clocks.recount(session, company, ticket):
        record(session, ticket, actor, "due", why, {"due_at": [iso(before), iso(ticket.due_at)]})
    return promise_of(session, company, ticket)


def heard_since(session: Session, company: CompanyData, ticket: Ticket, at: datetime) -> bool:
    """The matter was first spoken of at `at` (aware): the earliest word counts. False when an earlier one is known."""
    if at >= ticket.first_word_at:
        return False
    changes = {"first_word_at": [iso(ticket.first_word_at), iso(at)]}
    ticket.first_word_at = at
    record(session, ticket, "assistant", "correct", "客户更早就说过这件事，时限从那时算", changes)
    recount(session, company, ticket, "assistant", "时限从客户头一句话算起")
    return True
