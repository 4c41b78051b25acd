"""A conversation given to a person: queued with a reason and a summary, taken, answered, given back.

Only in working hours; outside them a call back is offered instead (the dialogue does that). Danger has people day and night
and goes before everybody (docs/decisions/0009-a-person-beside-the-assistant.md).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.calendar import is_working_time
from kefu.company.data import CompanyData
from kefu.handoff.models import Handoff
from kefu.jobs.service import schedule
from kefu.nlu.normalise import normalise
from kefu.organisation.accused import accused
from kefu.tickets.models import Ticket
from kefu.tickets.states import OPEN

# What a customer may settle while waiting: giving it up, or how long still.
_LEAVES = re.compile(
    r"(^取消|^算了|不等了|不用等|不排了|不用人工|不要人工|不转了|不用转|(取消|退出)(排队|人工)|不找了|不用找)"
)
_ASKS_PLACE = re.compile(
    r"(排到|排第?几|第几位|还要(等|多久)|等多久|等多长|多久(能|才)?(到|轮|接)|轮到|前面还有|几个人|人工呢|^人工|真人|转人工|找人工)"
)
# While danger waits for its person the assistant still answers: only words about people mean the queue.
_LEAVES_PERSON = re.compile(
    r"(不等了|不排了|(不用|不要|别)(再)?(找|转|叫|等)?(人工|真人|客服|值班)|不转了|不用转|(取消|退出)(排队|人工))"
)
_ASKS_PERSON = re.compile(r"(排到|排第?几|第几位|轮到|(人工|真人|客服|同事|值班).{0,6}(呢|来|多久|在哪|怎么|什么时候))")
URGENT = "report_emergency"
WAITING_JOB = "handoff"  # looks after who waits: kefu/conversations/queue.py
FIRST_LOOK = timedelta(minutes=3)
ACTIVE = ("waiting", "claimed")
OWNERS = {"waiting": "queue", "claimed": "person"}


class NotYours(Exception):
    """This handoff is not in the state for that, or a colleague has it; the message says so in words for staff."""


def about_waiting(text: str) -> Literal["leave", "place"] | None:
    """What a message of a waiting customer wants of the queue; None: it is for the person who comes."""
    plain = normalise(text)
    if _LEAVES.search(plain):
        return "leave"
    return "place" if _ASKS_PLACE.search(plain) else None


def about_the_person(text: str) -> Literal["leave", "place"] | None:
    """The same of a customer in danger, with whom the assistant goes on talking until a person is there."""
    plain = normalise(text)
    if _LEAVES_PERSON.search(plain):
        return "leave"
    return "place" if _ASKS_PERSON.search(plain) else None


def on_duty(company: CompanyData, moment: datetime, skill: str | None = None) -> bool:
    """True while people answer: those with this skill if it is staffed day and night (desks.yml), else in the hours of

    company.yml on working days, breaks left out.
    """
    return company.day_and_night(skill) or is_working_time(moment, company)


def active_handoff(session: Session, conversation_id: str) -> Handoff | None:
    """The handoff this conversation is in now."""
    query = select(Handoff).where(Handoff.conversation_id == conversation_id, Handoff.status.in_(ACTIVE))
    return session.scalar(query.order_by(Handoff.id.desc()).limit(1))


def latest(session: Session, conversation_id: str) -> Handoff | None:
    """The newest handoff of this conversation, over or not."""
    query = select(Handoff).where(Handoff.conversation_id == conversation_id)
    return session.scalar(query.order_by(Handoff.id.desc()).limit(1))


def owner_of(session: Session, conversation_id: str) -> str:
    """Who speaks in this conversation: assistant, queue or person."""
    handoff = active_handoff(session, conversation_id)
    return OWNERS[handoff.status] if handoff is not None else "assistant"


def open_handoff(session: Session, conversation_id: str, reason: str, skill: str, summary: str) -> Handoff:
    """Queue a conversation for a person; a second wish keeps the place of the first. Staff are alerted.

    Danger (`reason` URGENT) makes a conversation that waits already an urgent one with this summary, and alerts again.
    """
    known = active_handoff(session, conversation_id)
    if known is not None and (reason != URGENT or known.reason == URGENT or known.status != "waiting"):
        return known
    if known is None:
        known = Handoff(conversation_id=conversation_id, status="waiting", opened_at=clock.now())
        session.add(known)
    known.reason, known.skill, known.summary = reason, skill, summary
    session.flush()
    text = "客户遇险，等人接手会话" if reason == URGENT else "客户请求人工，正在排队"
    raise_alert(session, "handoff", text, conversation_id, handoff=known.id, skill=skill)
    facts = {"conversation": conversation_id, "handoff": known.id}
    schedule(
        session, WAITING_JOB, str(known.id), clock.now() + FIRST_LOOK, f"conversation:{conversation_id}"[:80], **facts
    )
    return known


def place_in_queue(session: Session, handoff: Handoff) -> int:
    """1 is next. Counted over everybody who waits (people help out across skills); danger goes first."""
    before = Handoff.id < handoff.id
    urgent = Handoff.reason == URGENT
    ahead = urgent & before if handoff.reason == URGENT else urgent | before
    return (session.scalar(select(func.count()).where(Handoff.status == "waiting", ahead)) or 0) + 1


def claim(session: Session, handoff: Handoff, username: str) -> None:
    """A member of staff takes a waiting conversation. Raises NotYours: also when its customer complains of them."""
    if handoff.status == "claimed" and handoff.claimed_by == username:
        return
    if handoff.status != "waiting":
        taken = f"已由 {handoff.claimed_by} 接手" if handoff.status == "claimed" else "已经结束"
        raise NotYours(f"会话{taken}")
    if username in _complained_of(session, handoff.conversation_id):
        raise NotYours("这位客户投诉的是您本人，请由别人接手")
    handoff.status, handoff.claimed_by, handoff.claimed_at = "claimed", username, clock.now()


def _complained_of(session: Session, conversation_id: str) -> set[str]:
    """Whom open complaints of a conversation are about; not the anonymous ones: that would tell who complains."""
    query = select(Ticket).where(
        Ticket.conversation_id == conversation_id,
        Ticket.kind == "complaint",
        Ticket.anonymous.is_(False),
        Ticket.staff.is_not(None),
        Ticket.status.in_(OPEN),
    )
    return {username for ticket in session.scalars(query) for username in accused(session, ticket)}


def give_back(handoff: Handoff, username: str, note: str) -> None:
    """The assistant answers again; `note` tells what was settled. Raises NotYours."""
    _must_be(handoff, username)
    handoff.status, handoff.closed_at, handoff.note = "closed", clock.now(), note


def may_speak(handoff: Handoff, username: str) -> None:
    """Raises NotYours unless this member of staff has the conversation."""
    _must_be(handoff, username)


def _must_be(handoff: Handoff, username: str) -> None:
    if handoff.status != "claimed":
        raise NotYours("请先接手（claim）这个会话" if handoff.status == "waiting" else "会话已经结束")
    if handoff.claimed_by != username:
        raise NotYours(f"会话由 {handoff.claimed_by} 接手，不是您")


def leave(handoff: Handoff, status: str) -> None:
    """Out of the queue: `left` by the customer, or `expired` when the people have gone home."""
    handoff.status, handoff.closed_at = status, clock.now()
