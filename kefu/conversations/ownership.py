"""Who answers a message: the assistant, or nobody because a person has the conversation or is waited for.

Silent but for safety: danger is answered whoever owns the conversation. While it is only queued the assistant takes the
whole report (nobody else would); once a person has it, the instructions go out and that person is alerted. Who waits because
of danger, and not because he asked for a person, goes on with the assistant until the person is there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.conversations.inbound import text_reply
from kefu.conversations.models import Conversation, Utterance
from kefu.conversations.queue import let_go
from kefu.engine.engine import Understanding
from kefu.engine.turn import Turn
from kefu.handoff import service as handoffs
from kefu.intake.danger_words import says_fire, says_hurt
from kefu.intake.service import open_emergency_of
from kefu.nlu.normalise import normalise
from kefu.outbox import notices
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

PULLED = ("rest",)  # channels that fetch nothing by themselves: what was said meanwhile comes with the next answer


def assistant_answers(conversation: Conversation, text: str, understanding: Understanding) -> bool:
    """False: the words are kept for the person, and the assistant says nothing but safety."""
    if conversation.owner == "assistant":
        return True
    if conversation.owner == "queue":
        return understanding.danger is not None or handoffs.about_waiting(text) is not None
    return False


def owner_after(session: Session, turn: Turn) -> str:
    """Who owns the conversation after the assistant's turn; a running report of danger stays with the assistant."""
    tracker = turn.tracker
    if tracker is not None and (tracker.active_loop_name == "emergency_form" or not tracker.get_slot("with_person")):
        return "assistant"
    return handoffs.owner_of(session, turn.conversation_id)


def home_time(session: Session, company: CompanyData, conversation: Conversation) -> list[dict[str, Any]]:
    """Nobody came before the people went home: the assistant takes over again and says so. Danger's people stay."""
    if conversation.owner != "queue" or handoffs.on_duty(company, clock.now()):
        return []
    handoff = handoffs.active_handoff(session, conversation.id)
    if handoff is not None and handoffs.on_duty(company, clock.now(), handoff.skill):
        return []
    let_go(session, conversation, handoff)
    return [text_reply(company.text("people_gone"))]


def safety_while_owned(
    session: Session, company: CompanyData, conversation: Conversation, understanding: Understanding
) -> list[dict[str, Any]]:
    """Danger told to a person's conversation: instructions at once, an alert for that person, a word on the ticket."""
    plain = normalise(understanding.text)
    kind = understanding.danger or company.danger_sign(understanding.text) or understanding.danger
    ticket = open_emergency_of(session, conversation.id)
    worse = says_hurt(plain) or says_fire(plain)
    if ticket is not None and (kind is not None or worse or _particulars(understanding)):
        phone = next((str(e["value"]) for e in understanding.parse["entities"] if e["entity"] == "phone"), None)
        if not tickets.correct(session, company, ticket, "customer", understanding.text, phone=ticket.phone or phone):
            tickets.supplement(session, ticket, "customer", understanding.text)
    if kind is None and not (worse and ticket is not None):
        return []
    handoff = handoffs.active_handoff(session, conversation.id)
    whose = handoff.claimed_by if handoff is not None else None
    raise_alert(session, "emergency", "人工会话中客户报告险情，请立即处理", conversation.id, claimed_by=whose)
    return [text_reply(text) for text in _safety(company, ticket, kind, understanding)]


def _safety(company: CompanyData, ticket: Ticket | None, kind: str | None, understanding: Understanding) -> list[str]:
    """The script of this danger; after a ticket's own script only what is new: 120, 119, the short word for it."""
    text, plain = understanding.text, normalise(understanding.text)
    closer = company.danger_named(kind, understanding.service, text)
    if ticket is None or (closer != ticket.symptom and company.safety[closer].service and not says_hurt(plain)):
        return [company.safety_text(kind, understanding.service, text)]
    new = ["danger_hurt"] if says_hurt(plain) else ["danger_fire"] if says_fire(plain) else []
    said = [company.phrase(name) for name in new] + company.advice(ticket.symptom, text)
    return said or [company.safety_text(ticket.symptom, ticket.service, text)]


def _particulars(understanding: Understanding) -> bool:
    return any(e["entity"] in ("address", "phone") for e in understanding.parse["entities"])


def said_meanwhile(session: Session, conversation: Conversation) -> list[Utterance]:
    """For channels that pull: what a person or a notice has said and no answer has brought yet; given out once."""
    if conversation.channel not in PULLED:
        return []
    query = select(Utterance).where(
        Utterance.conversation_id == conversation.id, Utterance.inbox_id.is_(None), Utterance.id > conversation.pulled
    )
    said = [one for one in session.scalars(query.order_by(Utterance.id)) if one.speaker == "agent" or _is_notice(one)]
    if said:
        conversation.pulled = said[-1].id
    return said


def brought(session: Session, said: list[Utterance]) -> list[dict[str, Any]]:
    """These lines as replies; the notices among them have reached the customer now."""
    ids = [line.extras["notice"] for line in said if _is_notice(line)]
    notices.mark_shown(session, ids)
    stale = notices.outdated(session, ids) if len(ids) > 1 else set()
    return [_as_reply(line) for line in said if line.extras.get("notice") not in stale]


def not_twice(replies: list[dict[str, Any]], waiting: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The replies, less what a notice says word for word in the same answer."""
    told = {line["text"] for line in waiting}
    return [reply for reply in replies if reply.get("text") not in told]


def _is_notice(line: Utterance) -> bool:
    return line.speaker == "assistant" and "notice" in line.extras


def _as_reply(line: Utterance) -> dict[str, Any]:
    extras = dict(line.extras)
    buttons = extras.pop("buttons", None)
    reply = {"text": line.text, "custom": {"speaker": line.speaker, **extras}}
    return {**reply, "buttons": buttons} if buttons else reply
