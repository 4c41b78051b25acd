"""When a customer is asked after a ticket is done: written as a job with the move that makes it done.

Rule: company/surveys.yml.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.company.surveys import Quiet
from kefu.jobs.service import schedule
from kefu.tickets.models import Ticket
from kefu.tickets.states import DONE

ASK, UNASKED = "survey", "unasked_close"  # kinds of jobs; their key is the ticket's number


def plan_survey(session: Session, company: CompanyData, ticket: Ticket, actor: str) -> None:
    """Have the customer asked about a ticket that is done now, if its kind is asked about and nobody verifies it first.

    What the customer called done (`actor` "customer") is not asked about again, nor what went on under another number:
    like a kind nobody is asked about it is closed when nobody has objected for a while.
    """
    rule = company.surveys.of(ticket.kind)
    own_word = actor == "customer" or ticket.merged_into is not None
    if ticket.status not in DONE or ticket.verifier is not None:
        return
    if rule is None or own_word:
        ends = clock.now() + timedelta(days=company.surveys.open_days)
        schedule(session, UNASKED, ticket.number, ends, subject(ticket))
        return
    due = awake(company.surveys.quiet, clock.now() + timedelta(minutes=rule.delay_minutes))
    schedule(session, ASK, ticket.number, due, subject(ticket))


def subject(ticket: Ticket) -> str:
    """Whose turn it is: what is done about a ticket is done in order, its time limits' jobs among it."""
    return f"ticket:{ticket.number}"


def awake(quiet: Quiet, moment: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in (aware, Shanghai hours)."""
    here = local(moment)
    over_midnight = quiet.start > quiet.end
    late = over_midnight and here.time() >= quiet.start
    inside = here.time() < quiet.end if over_midnight else quiet.start <= here.time() < quiet.end
    if not (late or inside):
        return moment
    ends = here.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=0, microsecond=0)
    return ends + timedelta(days=1) if late else ends
