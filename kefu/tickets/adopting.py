"""Tickets of before there were owners and clocks get theirs, when the service starts."""

from __future__ import annotations

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.promises import promises
from kefu.tickets import clocks
from kefu.tickets.history import record
from kefu.tickets.models import Ticket, TicketClock
from kefu.tickets.place import matter_of
from kefu.tickets.routing import SYSTEM, route
from kefu.tickets.states import OPEN
from kefu.tickets.watch import plan, rule_of


def adopt_all(session: Session, company: CompanyData) -> int:
    """Open tickets without an owner get one by the rules, what is over the head of all; open ones without clocks get them,
    for the time that was told. Returns how many open ones there were; idempotent."""
    none = ~exists().where(TicketClock.ticket_id == Ticket.id)
    query = select(Ticket).where((Ticket.owner == "") | none, Ticket.status.in_(OPEN)).order_by(Ticket.id)
    found = list(session.scalars(query.with_for_update()))
    for ticket in found:
        if not ticket.owner:
            route(session, company, ticket)
            record(session, ticket, SYSTEM, "owner", "按组织机构确定负责人", {"owner": ["", ticket.owner]})
            session.flush()
        if not clocks.of_ticket(session, ticket):
            _clocks(session, company, ticket)
    head = update(Ticket).where(Ticket.owner == "").values(owner=company.organisation.head)
    session.execute(head, execution_options={"synchronize_session": False})
    return len(found)


def _clocks(session: Session, company: CompanyData, ticket: Ticket) -> None:
    """From its first word on, its customer's for the time that was told. What is late already is seen as late; nobody is
    called for it: there may be hundreds."""
    first, due, source = ticket.first_word_at, ticket.due_at, ticket.due_source
    rows = clocks.start(session, company, ticket, promises(company, matter_of(session, ticket, first), first), first)
    clocks.promise_until(session, company, ticket, due, source)
    if ticket.status == "resolved":
        clocks.done(session, company, ticket, clocks.WORK, clock.now())
    for row in rows:
        if row.met_at is None and row.due_at <= clock.now():
            row.breached_at, row.escalated = row.due_at, len(rule_of(company, ticket, row).escalate)
            plan(session, company, ticket, row)
