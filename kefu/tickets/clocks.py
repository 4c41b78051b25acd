"""The clocks of tickets: started with them, met by what is done, standing still only for the rules' reasons.

The customer is told of one of them, the arrival or else the reply: `Ticket.due_at` and `due_source` are that clock's, kept
in step here and nowhere else. How long each runs: company/service_levels.yml; pauses: company/clock_rules.yml.
docs/service-levels.md walks through it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock, parse_local
from kefu.company.calendar import NotPublished, add_working_time, working_time
from kefu.company.data import CompanyData
from kefu.company.levels import Target
from kefu.company.promises import Promise, counted, promises, with_guess
from kefu.company.within import Within
from kefu.tickets.models import Ticket, TicketClock
from kefu.tickets.place import matter_of
from kefu.tickets.states import DONE
from kefu.tickets.watch import is_guess, pause_end, pause_left, plan

WORK: tuple[Target, ...] = ("contact", "arrival", "reply")  # what is done when the matter is resolved


# --- which there are -------------------------------------------------------------------------------------------------
def of_ticket(session: Session, ticket: Ticket) -> list[TicketClock]:
    """All clocks of a ticket, of all rounds, the oldest first."""
    return list(session.scalars(select(TicketClock).where(TicketClock.ticket_id == ticket.id).order_by(TicketClock.id)))


def open_of(session: Session, ticket: Ticket) -> list[TicketClock]:
    """The clocks that run or stand still."""
    return [row for row in of_ticket(session, ticket) if row.met_at is None and row.stopped_at is None]


def _customers(rows: Iterable[TicketClock]) -> TicketClock | None:
    """The clock the customer is told of: of the latest round, somebody comes, else an answer."""
    told = [row for row in rows if row.target in ("arrival", "reply")]
    return max(told, key=lambda row: (row.round, row.target == "arrival"), default=None)


def _changed(session: Session, company: CompanyData, ticket: Ticket, rows: Iterable[TicketClock]) -> None:
    """After any change: the ticket shows its customer's clock, and each changed one is looked at when it should be."""
    session.flush()
    session.expire(ticket, ["clocks"])
    told = _customers(of_ticket(session, ticket))
    if told is not None:
        ticket.due_at, ticket.due_source = told.due_at, told.sourced
    for row in rows:
        plan(session, company, ticket, row)


# --- started ---------------------------------------------------------------------------------------------------------
def start(
    session: Session, company: CompanyData, ticket: Ticket, made: dict[Target, Promise], since: datetime
) -> list[TicketClock]:
    """A clock for every target of `made` that has none running; those of a ticket opened again are a round of their own."""
    known = of_ticket(session, ticket)
    running = {row.target for row in known if row.met_at is None and row.stopped_at is None}
    number = max((row.round for row in known), default=-1) + 1
    new = [
        TicketClock(
            ticket_id=ticket.id, target=target, round=number, started_at=since, due_at=one.due_at, says=one.says,
            within=one.within.model_dump(exclude_none=True), pauses=[], source=one.source, guessed=one.guessed,
        )
        for target, one in made.items() if target not in running
    ]  # fmt: skip
    session.add_all(new)
    _changed(session, company, ticket, new)
    return new


def promise_until(
    session: Session, company: CompanyData, ticket: Ticket, due: datetime, says: str, source: str = ""
) -> None:
    """A time of its own was told to this customer (`due`, aware), whatever is published."""
    row = _customers(of_ticket(session, ticket))
    assert row is not None  # every ticket has one
    row.due_at, row.within, row.says, row.source, row.guessed = due, {}, says, source, None
    _changed(session, company, ticket, [row])


# --- met, stopped, started again -------------------------------------------------------------------------------------
def moved(session: Session, company: CompanyData, ticket: Ticket, was: str, at: datetime) -> None:
    """What a change of status at a moment (aware) does to the clocks; `was`: the status before."""
    rows = open_of(session, ticket)
    if was == "waiting":
        _resume(company, rows, at)
    if ticket.status == "cancelled":
        for row in rows:
            row.stopped_at = at
    elif ticket.status in DONE:
        _meet((row for row in rows if row.target in WORK or ticket.status == "closed"), at)
    elif ticket.status == "waiting":
        _pause(company, ticket, rows, at)
    _changed(session, company, ticket, rows)
    if was in DONE and ticket.status not in DONE:
        start(session, company, ticket, promises(company, matter_of(session, ticket, at), at), at)


def done(session: Session, company: CompanyData, ticket: Ticket, targets: Iterable[str], at: datetime) -> None:
    """What these clocks wait for has happened at a moment (aware)."""
    rows = [row for row in open_of(session, ticket) if row.target in targets]
    _resume(company, rows, at)
    _meet(rows, at)
    _changed(session, company, ticket, rows)


def contacted(session: Session, company: CompanyData, ticket: Ticket, at: datetime | None = None) -> None:
    """A colleague spoke with the customer about the ticket (`at`, aware; None: now). The first time counts."""
    done(session, company, ticket, ("contact",), at or clock.now())


def spoken_with(session: Session, company: CompanyData, conversation_id: str) -> None:
    """A colleague spoke with the customer in a conversation: that is contact for all its tickets that wait for it."""
    waits = (TicketClock.target == "contact", TicketClock.met_at.is_(None), TicketClock.stopped_at.is_(None))
    query = select(Ticket).join(TicketClock).where(Ticket.conversation_id == conversation_id, *waits).with_for_update()
    for ticket in session.scalars(query).unique():
        contacted(session, company, ticket)


def _meet(rows: Iterable[TicketClock], at: datetime) -> None:
    """What was done in time is no breach, even if we hear of it late."""
    for row in rows:
        row.met_at = max(at, row.started_at)
        row.breached_at = row.due_at if row.met_at > row.due_at else None


# --- standing still --------------------------------------------------------------------------------------------------
def urgent(ticket: Ticket) -> bool:
    """Its clocks never stand still."""
    return "emergency" in (ticket.kind, ticket.priority)


def waits_for(session: Session, company: CompanyData, ticket: Ticket, at: datetime) -> None:
    """`ticket.waiting_for` is another than before: counted anew from a moment on (aware)."""
    rows = open_of(session, ticket)
    _resume(company, rows, at)
    if ticket.status == "waiting":
        _pause(company, ticket, rows, at)
    _changed(session, company, ticket, rows)


def _pause(company: CompanyData, ticket: Ticket, rows: Iterable[TicketClock], at: datetime) -> None:
    """Only for a reason the rules know for that clock, with days left; what is late already stays late."""
    reason = ticket.waiting_for or ""
    for row in rows:
        if not urgent(ticket) and row.started_at <= at < row.due_at and pause_left(company, row, reason):
            row.paused_at, row.pause_reason = at, reason


def _resume(company: CompanyData, rows: Iterable[TicketClock], at: datetime) -> None:
    for row in rows:
        if row.paused_at is not None:
            end = min(max(at, row.paused_at), pause_end(company, row))
            stood = {"reason": row.pause_reason, "from": row.paused_at.isoformat(), "to": end.isoformat()}
            row.pauses = [*row.pauses, stood]
            row.due_at, guessed = _after(company, row, row.due_at, row.paused_at, end)
            row.guessed = row.guessed or guessed
            row.paused_at = row.pause_reason = None


def _after(
    company: CompanyData, row: TicketClock, due: datetime, start: datetime, end: datetime
) -> tuple[datetime, int | None]:
    """The due time after a pause: as much later as the pause took, in the time by which the clock is counted."""
    if not row.within or not Within(**row.within).in_working_time:
        return (due + (end - start) if start < due else due), None
    left = working_time(start, due, company)
    if not left:
        return due, None
    try:
        return max(due, add_working_time(end, left, company)), None
    except NotPublished as problem:
        return max(due, add_working_time(end, left, company, guess=True)), problem.year


def run_on(session: Session, company: CompanyData, ticket: Ticket, row: TicketClock) -> None:
    """A pause that has taken as long as it may is over, whatever the ticket waits for."""
    _resume(company, [row], clock.now())
    _changed(session, company, ticket, [row])


# --- counted anew ----------------------------------------------------------------------------------------------------
def recount(session: Session, company: CompanyData, ticket: Ticket) -> bool:
    """The running clocks at the ticket's present place, priority and grade, from its first word on: never later than they
    were told. True when the customer's is earlier now."""
    rows, before = open_of(session, ticket), ticket.due_at
    if urgent(ticket):
        _resume(company, rows, clock.now())
    matter = matter_of(session, ticket, ticket.first_word_at)
    for row in rows:
        if row.round == 0:
            row.started_at = min(row.started_at, ticket.first_word_at)
        own = replace(matter, at=row.started_at)
        made = promises(company, own, row.started_at).get(row.target)  # type: ignore[call-overload]
        if made is not None:
            _earlier(company, row, made)
    _changed(session, company, ticket, rows)
    return ticket.due_at < before


def _earlier(company: CompanyData, row: TicketClock, made: Promise) -> None:
    due = made.due_at
    limit = TicketClock(target=row.target, within=made.within.model_dump(exclude_none=True))
    for stood in row.pauses:
        due, _ = _after(company, limit, due, parse_local(stood["from"]), parse_local(stood["to"]))
    if due < row.due_at:
        row.due_at, row.within, row.guessed = due, limit.within, made.guessed
        row.says, row.source = made.says, made.source


def settle_year(session: Session, company: CompanyData, ticket: Ticket, row: TicketClock) -> bool:
    """The year this clock had to guess is published: counted again, never later. True when it was waiting for that."""
    if row.guessed is None or is_guess(company, row.guessed):
        return False
    row.source = row.source.replace(with_guess("", row.guessed), "")
    row.guessed = None
    if row.within:
        within = Within(**row.within)
        due, guessed = counted(company, within, row.started_at)
        _earlier(company, row, Promise(due, row.says, row.source, within, guessed=guessed))
    _changed(session, company, ticket, [row])
    return True
