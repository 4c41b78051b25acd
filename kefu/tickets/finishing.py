"""A ticket comes back as done (回单): with what was found, done and said, checked before it counts.

Source of what a reply must say: company/replies.yml.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.clock import clock, iso
from kefu.company.data import CompanyData
from kefu.feeding import FeedProblem, check_past
from kefu.staff.messages import tell_staff
from kefu.tickets.assigning import check_may_handle
from kefu.tickets.models import Ticket, TicketEvent
from kefu.tickets.routing import BY_HAND
from kefu.tickets.service import MOVES, NotAllowed, move

TIMES: tuple[Literal["contacted_at"], Literal["restored_at"]] = ("contacted_at", "restored_at")


def finish(session: Session, company: CompanyData, ticket: Ticket, actor: str, given: Mapping[str, Any]) -> None:
    """Take the reply and resolve the ticket; the owner and who sent it are told. `given`: the fields of replies.yml, times
    aware. Raises NotAllowed (not in a state to be done), FeedProblem naming everything that is missing or no answer."""
    check_may_handle(session, ticket, actor)
    if "resolved" not in MOVES[ticket.status]:
        raise NotAllowed(f"工单 {ticket.number} 是 {ticket.status}，不能回单")
    reply = {name: value for name, value in given.items() if value not in (None, "")}
    problems = [*company.replies.problems(ticket.kind, ticket.category, reply), *_wrong_times(company, ticket, reply)]
    if problems:
        raise FeedProblem("回单不合要求：" + "；".join(problems))
    told = {name: iso(value) if isinstance(value, datetime) else value for name, value in reply.items()}
    ticket.resolution = {**told, "by": actor, "at": iso(clock.now())}
    move(session, company, ticket, actor, "resolved", str(reply["result"]))
    for username in dict.fromkeys((ticket.owner, *_senders(session, ticket))):
        if username != actor:
            tell_staff(session, username, "ticket", f"工单 {ticket.number} 已回单", ticket.number)


def _wrong_times(company: CompanyData, ticket: Ticket, reply: Mapping[str, Any]) -> list[str]:
    """A contact that cannot have been: before the customer's first word, or not yet."""
    found = []
    for name in TIMES:
        at, label = reply.get(name), company.replies.labels[name]
        if at is None:
            continue
        try:
            check_past(label, at)
        except FeedProblem as problem:
            found.append(str(problem))
        if at < ticket.first_word_at.replace(second=0, microsecond=0):  # people write minutes
            found.append(f"{label} 早于客户第一次反映")
    return found


def _senders(session: Session, ticket: Ticket) -> list[str]:
    """Who handed it on last."""
    query = select(TicketEvent.actor).where(TicketEvent.ticket_id == ticket.id, TicketEvent.action.in_(BY_HAND))
    last = session.scalar(query.order_by(TicketEvent.id.desc()).limit(1))
    return [last] if last else []
