"""Everything the assistant cannot settle itself yet: noted as a ticket, with a callback when the customer wants one."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import thread
from actions.collect import DECLINED
from actions.dialogue import Dialogue, DialogueAction
from actions.outages import shown_phone
from kefu.callbacks.models import Callback
from kefu.clock import local
from kefu.intake.service import first_word, note_enquiry
from kefu.nlu.values import find_values
from kefu.tickets.service import Report

CALLS = ("request_human", "request_callback")  # the promised call is the answer
WEEKDAYS = "一二三四五六日"


def window(callback: Callback) -> str:
    """ "11月23日（周一）8:30–17:30", in Shanghai time."""
    start, end = local(callback.window_start), local(callback.window_end)
    day = f"{start.month}月{start.day}日（周{WEEKDAYS[start.weekday()]}）"
    return f"{day}{start.hour}:{start:%M}–{end.hour}:{end:%M}"


class RegisterEnquiry(DialogueAction):
    action_name = "action_register_enquiry"

    def act(self, talk: Dialogue) -> list[EventType]:
        topic, contact = talk.slot("enquiry_topic"), talk.slot("enquiry_contact")
        row = talk.topic(topic)
        staff = _staff_of(talk)
        report = Report(
            kind=row.kind,
            category=topic,
            service=_service_of(talk),
            description="\n".join(talk.slot("words") or []),
            first_word_at=first_word(talk.slot("first_word_at")),
            phone=None if contact == DECLINED else contact,
            staff=staff,
            conversation_id=talk.conversation_id,
        )
        done = note_enquiry(talk.session, talk.company, report, row.label)
        assert done.promise is not None
        says, source = done.promise.says, done.promise.source
        number, promised = done.ticket.number, topic not in CALLS or done.callback is None
        response = "utter_enquiry_registered" if promised else "utter_call_registered"
        talk.say(response, number=number, label=row.label, says=says, source=source)
        if done.callback is not None:
            talk.say("utter_callback_promised", window=window(done.callback), phone=shown_phone(talk))
        else:
            talk.say("utter_no_callback")
        talk.clear("enquiry_form")
        talk.form = None
        talk.set(last_ticket=done.ticket.number)
        return thread.after(talk)


def _values(talk: Dialogue, entity: str) -> list[Any]:
    """Values of one kind in all that was noted, the latest message first, denied ones left out."""
    found: list[Any] = []
    for said in reversed(talk.slot("words") or []):
        for value in find_values(said):
            if value.entity == entity and "不是" not in said[max(0, value.start - 3) : value.start]:
                found.append(value.value)
    return found


def _service_of(talk: Dialogue) -> str | None:
    """The service named in what was noted, else that of the bound account."""
    account = talk.account()
    return next(iter(_values(talk, "service")), account.service if account is not None else None)


def _staff_of(talk: Dialogue) -> str | None:
    """Whom the words name: number and name as far as they were said."""
    parts = [str(part) for row in _values(talk, "staff") for part in (row.get("id"), row.get("name")) if part]
    return " ".join(dict.fromkeys(parts)) or None


class AskContact(DialogueAction):
    action_name = "action_ask_enquiry_form_enquiry_contact"

    def act(self, talk: Dialogue) -> list[EventType]:
        phone = talk.slot("phone")
        if phone and phone != DECLINED:
            talk.say("utter_ask_enquiry_contact_known", phone=shown_phone(talk))
        elif talk.slot("misses") and talk.heard.has_long_number:
            talk.say("utter_ask_phone_again")
        else:
            talk.say("utter_ask_enquiry_contact")
        return talk.events
