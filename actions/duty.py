"""The person on duty for danger, in this very conversation: called, told everything, taken back by the customer.

The assistant goes on until that person is there (docs/decisions/0009-a-person-beside-the-assistant.md).
"""

from __future__ import annotations

from datetime import datetime

from rasa_sdk.events import EventType

from actions import everyone, people, thread
from actions.dialogue import Dialogue
from actions.taken import DECLINED, SERVICE_NAMES
from kefu.clock import clock
from kefu.handoff import service as handoffs
from kefu.handoff.models import Handoff
from kefu.nlu.danger import EMERGENCY
from kefu.tickets.models import Ticket

BEFORE = "——此前——"


def waiting(talk: Dialogue) -> Handoff | None:
    """The handoff in which danger waits for its person."""
    handoff = handoffs.active_handoff(talk.session, talk.conversation_id)
    return handoff if handoff is not None and (handoff.status, handoff.reason) == ("waiting", EMERGENCY) else None


def call(talk: Dialogue, ticket: Ticket | None = None) -> None:
    """A person, if danger's desk is staffed now; told once. What is known is kept up to date while he is waited for."""
    handoff = waiting(talk)
    if handoff is not None:
        handoff.summary = _summary(talk, ticket, handoff.summary.partition(BEFORE)[2])
        return
    skill = talk.company.desk_for("emergency", talk.slot("emergency_service")).skill
    if not handoffs.on_duty(talk.company, clock.now(), skill):
        return
    known = handoffs.active_handoff(talk.session, talk.conversation_id)
    other = talk.slot("paused") or talk.slot("pending")
    before = known.summary if known is not None else people.summary(talk, None) if other else ""
    handoffs.open_handoff(talk.session, talk.conversation_id, EMERGENCY, skill, _summary(talk, ticket, before))
    talk.tell("danger_person_called", phone=talk.emergency_phone(talk.slot("emergency_service")))


def _summary(talk: Dialogue, ticket: Ticket | None, before: str) -> str:
    """What, where, phone, people, what was told, the words; below it what the conversation was about before."""
    kind, service = talk.slot("emergency_kind"), talk.slot("emergency_service")
    place, phone = (talk.slot("emergency_place") or {}).get("text"), talk.slot("phone")
    if ticket is not None and talk.form is None:
        kind, service, place, phone = ticket.symptom, ticket.service, ticket.address, ticket.phone
    script = talk.company.safety[talk.company.danger_named(kind, service)]
    number = ticket.number if ticket is not None else talk.slot("emergency_ticket")
    lines = [
        f"险情：{script.title}" + (f"（{SERVICE_NAMES[service]}）" if service else ""),
        f"地点：{place or '还不清楚，正在问'}",
        f"电话：{phone if phone and phone != DECLINED else '没有留'}",
        *everyone.line(talk),
        f"已告知：{'；'.join(script.steps)}；抢修电话 {talk.emergency_phone(service)}",
    ]
    lines += [f"工单：{number}"] if number else []
    lines += [f"客户说：{text}" for text in talk.heard_so_far(6)]
    return "\n".join([*lines, BEFORE, before.strip()] if before.strip() else lines)


def wanted(talk: Dialogue) -> None:
    """A person asked for in danger: the phone is the quickest; one is called into the talk if none was yet."""
    phone = talk.emergency_phone(talk.slot("emergency_service"))
    if waiting(talk) is not None:
        talk.tell("danger_person_waiting", phone=phone)
    else:
        talk.say("utter_emergency_person", phone=phone)
        call(talk)


def about_person(talk: Dialogue) -> bool:
    """ "不用人工了", "人工还没来吗" while danger waits for its person: answered, True. Nothing else is about the queue."""
    wanted = handoffs.about_the_person(talk.heard.text)
    handoff = waiting(talk) if wanted else None
    if handoff is None:
        return False
    phone = talk.emergency_phone(talk.slot("emergency_service") or talk.heard.service)
    if wanted == "leave":
        handoffs.leave(handoff, "left")
        talk.set(with_person=None)
        talk.tell("danger_person_left", phone=phone)
    else:
        talk.tell("danger_person_waiting", phone=phone)
    return True


def beside(talk: Dialogue) -> list[EventType] | None:
    """The same when the report is done and something else is talked about."""
    if talk.form == "emergency_form" or talk.slot("with_person") or not about_person(talk):
        return None
    return talk.go_on()


def given_back(talk: Dialogue) -> list[EventType] | None:
    """A person took this danger over and has given the talk back: the report is left, there is nothing more to ask.

    What was set aside for it is offered, unless the customer wants something (None: his words decide; see `talk.form`).
    """
    if talk.form != "emergency_form" or not _settled_by_person(talk):
        return None
    leave_report(talk)
    if talk.heard.intent in talk.company.topics or not (talk.slot("pending") or talk.slot("paused")):
        return None
    return thread.after(talk, ask_first=True)


def leave_report(talk: Dialogue) -> None:
    """End the report of danger without asking anything more."""
    talk.leave_form()
    talk.clear("emergency_form")
    if talk.slot("phone") == DECLINED:
        talk.set(phone=None)


def _settled_by_person(talk: Dialogue) -> bool:
    """Without a ticket the report goes on: nobody else would make one."""
    handoff = handoffs.latest(talk.session, talk.conversation_id)
    begun = datetime.fromisoformat(talk.slot("first_word_at") or clock.now().isoformat())
    if handoff is None or handoff.status != "closed" or handoff.closed_at is None or handoff.closed_at < begun:
        return False
    return talk.slot("emergency_ticket") is not None
