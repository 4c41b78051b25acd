"""Talks, as the report on containment counts them: one SQL query from raw rows to one row for each kind of ending.

A talk is a run of a customer's messages in one conversation without a silence of TALK_GAP between two of them: a
conversation may last for years. It belongs to the period in which it begins, and is over when TALK_GAP has passed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, exists, func, or_, select

from kefu.callbacks.models import Callback
from kefu.company.data import CompanyData
from kefu.conversations.models import Conversation, Inbox
from kefu.handoff.models import Handoff
from kefu.reports.parts import Period
from kefu.reports.sql import seconds
from kefu.tickets.models import Ticket, TicketEvent
from kefu.tickets.states import UNDONE

TALK_GAP = timedelta(hours=2)
SOON, LATER = timedelta(hours=24), timedelta(hours=72)
LONGEST = timedelta(hours=48)  # no talk goes on for longer: how far behind the period is looked
MACHINES = ("customer", "assistant", "system")
DISSATISFIED = ("complain", "request_human", "request_callback", "vent")  # whatever it is about: counted as a return
NO_MATTER = ("other",)


def endings(company: CompanyData, period: Period, now: int) -> Any:
    """Select (channel, ending, ripe, n). `now`: seconds. `ripe`: 1 when LATER has passed since its last message.

    Endings, the first that fits: see `ending` below. What looks finished is only `watched` before it is ripe.
    """
    matters = [name for name in company.topics if name not in NO_MATTER]
    said = _messages(period)
    talk, topic = _talks(said, period, matters), _topics(said, matters)
    person, partly = _handed_over(talk), or_(_called(talk), _ticketed(talk))
    back = {hours: _came_back(talk, topic, hours) for hours in (SOON, LATER)}
    ripe = case((talk.c.last + _s(LATER) <= now, 1), else_=0)
    ending = case(
        (talk.c.until > now, "open"),
        (person, "handed_over"),
        (partly, "partly"),
        (talk.c.known < talk.c.messages, "no_record"),
        (talk.c.matters == 0, "no_matter"),
        (talk.c.last_as == "misread", "misread"),
        (talk.c.last_as != "answered", "left"),
        (back[SOON], "back_soon"),
        (back[LATER], "back_later"),
        (ripe == 0, "watched"),
        else_="alone",
    )
    query = select(Conversation.channel, ending.label("ending"), ripe.label("ripe"), func.count().label("n"))
    query = query.join(talk, talk.c.conversation_id == Conversation.id)
    return query.group_by(Conversation.channel, ending, ripe)


# --- from messages to talks ----------------------------------------------------------------------------------------------
def _messages(period: Period) -> CTE:
    """Numbered by talk: a message after a silence begins another."""
    at = seconds(Inbox.received_at)
    before = func.lag(at).over(partition_by=Inbox.conversation_id, order_by=(Inbox.received_at, Inbox.id))
    near = and_(Inbox.received_at >= period.start - TALK_GAP, Inbox.received_at < period.end + LATER + LONGEST)
    heard = select(Inbox, at.label("at"), before.label("before")).where(near).cte("heard")
    begins = case((heard.c.before.is_(None), 1), (heard.c.at - heard.c.before > _s(TALK_GAP), 1), else_=0)
    number = func.sum(begins).over(partition_by=heard.c.conversation_id, order_by=(heard.c.received_at, heard.c.id))
    return select(heard, number.label("talk")).cte("messages")


def _talks(said: CTE, period: Period, matters: list[str]) -> CTE:
    """One row a talk of the period: when it began, its last message, how that was left, how many are known and matter."""
    backwards = func.row_number().over(
        partition_by=(said.c.conversation_id, said.c.talk), order_by=(said.c.received_at.desc(), said.c.id.desc())
    )
    rows = select(said, backwards.label("from_end")).subquery()
    failed = rows.c.status.in_(("failed", "aside"))
    left_as = case((failed, "misread"), else_=rows.c.left_as)
    first = func.min(rows.c.at)
    query = select(
        rows.c.conversation_id,
        rows.c.talk,
        first.label("first"),
        func.max(rows.c.at).label("last"),
        (func.max(rows.c.at) + _s(TALK_GAP)).label("until"),
        func.count().label("messages"),
        func.sum(case((or_(failed, rows.c.left_as.is_not(None)), 1), else_=0)).label("known"),
        func.sum(case((or_(failed, rows.c.intent.in_(matters)), 1), else_=0)).label("matters"),
        func.max(case((rows.c.from_end == 1, left_as))).label("last_as"),
    ).group_by(rows.c.conversation_id, rows.c.talk)
    return query.having(first >= int(period.start.timestamp()), first < int(period.end.timestamp())).cte("talks")


def _topics(said: CTE, matters: list[str]) -> CTE:
    """What was spoken of, and when: the first message of each matter, and of dissatisfaction, in every talk."""
    return (
        select(said.c.conversation_id, said.c.talk, said.c.intent, said.c.at)
        .where(said.c.intent.in_([*matters, *DISSATISFIED]))
        .cte("topics")
    )


def _s(span: timedelta) -> int:
    return int(span.total_seconds())


# --- what became of a talk -----------------------------------------------------------------------------------------------
def _during(talk: CTE, model: Any, moment: Any) -> list[ColumnElement[bool]]:
    at = seconds(moment)
    return [model.conversation_id == talk.c.conversation_id, at >= talk.c.first, at <= talk.c.until]


def _handed_over(talk: CTE) -> ColumnElement[bool]:
    return or_(exists().where(*_during(talk, Handoff, Handoff.opened_at)), talk.c.last_as == "owned")


def _called(talk: CTE) -> ColumnElement[bool]:
    return exists().where(*_during(talk, Callback, Callback.created_at))


def _ticketed(talk: CTE) -> ColumnElement[bool]:
    """A ticket that is not finished, or that a person has touched."""
    by_hand = exists().where(TicketEvent.ticket_id == Ticket.id, TicketEvent.actor.not_in(MACHINES))
    return exists().where(*_during(talk, Ticket, Ticket.created_at), or_(Ticket.status.in_(UNDONE), by_hand))


def _came_back(talk: CTE, topic: CTE, within: timedelta) -> ColumnElement[bool]:
    """A later talk of the same customer began to speak of the same matter, or was dissatisfied with any."""
    own, later = topic.alias(), topic.alias()
    same = exists().where(
        own.c.conversation_id == talk.c.conversation_id, own.c.talk == talk.c.talk, own.c.intent == later.c.intent
    )
    again = exists().where(
        later.c.conversation_id == talk.c.conversation_id,
        later.c.talk > talk.c.talk,
        later.c.at <= talk.c.last + _s(within),
        or_(later.c.intent.in_(DISSATISFIED), same.correlate(talk, later)),
    )
    return again.correlate(talk)
