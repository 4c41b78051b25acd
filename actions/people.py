"""A person: queued with everything said so far; outside working hours a call back instead."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import calls, thread
from actions.dialogue import Dialogue
from actions.enquiries import service_of
from actions.taken import DECLINED, SERVICE_NAMES
from actions.telling import WHAT
from kefu.clock import clock
from kefu.handoff import service as handoffs
from kefu.handoff.models import Handoff
from kefu.privacy.masking import mask_phone
from kefu.tickets import service as tickets
from kefu.tickets import telling

KNOWN_SLOTS = {
    "fault_address": "地址",
    "fault_since": "开始时间",
    "complaint_demand": "诉求",
    "callback_reason": "回电原因",
}


@thread.taker("person")
def take_up(talk: Dialogue, topic: str, said: list[str], service: str | None) -> list[EventType]:
    """Queue for a person while people are on duty; else offer a time for a call."""
    waits = handoffs.active_handoff(talk.session, talk.conversation_id) is not None  # danger called one, at any hour
    if waits or handoffs.on_duty(talk.company, clock.now()):
        return to_a_person(talk, topic, service or talk.heard.service)
    hours = talk.company.company.hours
    talk.say("utter_people_gone", hours=f"{hours.open:%H:%M}–{hours.close:%H:%M}", hotline=talk.company.company.hotline)
    return calls.begin(talk, said)


def to_a_person(talk: Dialogue, reason: str, service: str | None) -> list[EventType]:
    """Open the handoff and tell the place in the queue. From now on the assistant is silent (conversations/service.py)."""
    known = handoffs.active_handoff(talk.session, talk.conversation_id)
    if known is not None:
        return tell_place(talk, known)
    waiting = (talk.slot("pending") or [{}])[0].get("topic")
    kind = talk.topic(waiting).kind if waiting else None
    service = service or _last_service(talk)
    skill = talk.company.desk_for(kind, service).skill
    handoff = handoffs.open_handoff(talk.session, talk.conversation_id, reason, skill, summary(talk, service))
    talk.set(with_person=True)
    talk.say("utter_handoff_opened", place=handoffs.place_in_queue(talk.session, handoff))
    return talk.events


def _last_service(talk: Dialogue) -> str | None:
    paused = talk.slot("paused") or {}
    return paused.get("fault_service") or service_of(talk)


def tell_place(talk: Dialogue, handoff: Handoff) -> list[EventType]:
    if handoff.status == "claimed":
        return talk.events
    talk.say("utter_handoff_waiting", place=handoffs.place_in_queue(talk.session, handoff))
    return talk.events


def summary(talk: Dialogue, service: str | None) -> str:
    """What a colleague needs before the first word: what is wished, what is known, what was being done, the last words."""
    lines = [f"业务：{SERVICE_NAMES[service]}" if service else "业务：未说明"]
    paused = talk.slot("paused") or {}
    if paused:
        what = WHAT.get(paused.get("fault_intent") or "", {}).get(paused.get("fault_service") or "", "报修")
        lines.append(f"正在办：{what}（未登记）")
    unproved = talk.slot("identity_for")
    if unproved:
        label, said = talk.topic(unproved["topic"]).label, "；".join(unproved["words"])
        lines.append(f"想办：{label}（身份没有核对上）：{said}")
    waiting = [talk.topic(wish["topic"]).label for wish in talk.slot("pending") or []]
    lines += [f"待办：{'、'.join(waiting)}"] if waiting else []
    for name, label in KNOWN_SLOTS.items():
        value = paused.get(name) or talk.slot(name)
        if value:
            lines.append(f"{label}：{value['text'] if isinstance(value, dict) else value}")
    phone = talk.slot("phone")
    lines += [f"电话：{mask_phone(phone)}"] if phone and phone != DECLINED else []
    lines += [f"户号：尾号{number[-4:]}（已核对身份）" for number in talk.account_numbers]
    own = tickets.of_customer(talk.session, talk.conversation_id, talk.account_numbers)
    for ticket in [one for one in own if not one.anonymous][:5]:  # of those nobody learns whose they are
        lines.append(
            f"工单：{ticket.number} {talk.topic(ticket.category).label}，{telling.state(talk.company, ticket)}"
        )
    heard = dict.fromkeys([*(paused.get("words") or []), *talk.heard_so_far(8)])  # the first words may be folded away
    lines += [f"客户说：{text}" for text in heard]
    return "\n".join(lines)


def while_waiting(talk: Dialogue) -> list[EventType] | None:
    """What may be said in the queue: giving up, or how long still. None when no person is waited for."""
    if not talk.slot("with_person") or talk.form:
        return None
    handoff = handoffs.active_handoff(talk.session, talk.conversation_id)
    wanted = handoffs.about_waiting(talk.heard.text)
    if handoff is None or handoff.status != "waiting":
        talk.set(with_person=None)
        return None
    if wanted == "leave":
        handoffs.leave(handoff, "left")
        talk.set(with_person=None)
        talk.say("utter_handoff_left")
        return thread.after(talk, ask_first=True)
    return tell_place(talk, handoff)
