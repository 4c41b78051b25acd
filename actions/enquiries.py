"""Everything the assistant cannot settle itself yet: noted as a ticket, with a callback when the customer wants one."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import bills, thread, words
from actions.dialogue import Dialogue, DialogueAction
from actions.praise import tell_praised
from actions.taken import DECLINED
from actions.telling import shown_phone
from kefu.callbacks.slots import window
from kefu.intake.service import first_word, note_enquiry
from kefu.nlu.values import find_values
from kefu.surveys.praise import named_in, pass_on
from kefu.tickets.service import Report


class RegisterEnquiry(DialogueAction):
    action_name = "action_register_enquiry"

    def act(self, talk: Dialogue) -> list[EventType]:
        topic, contact = talk.slot("enquiry_topic"), talk.slot("enquiry_contact")
        row = talk.topic(topic)
        if talk.slot("enquiry_optional") and contact == DECLINED and not words.REGISTER.search(talk.heard.plain):
            return self._only_asked(talk)
        staff = staff_of(talk)
        report = Report(
            kind=row.kind,
            category=topic,
            service=service_of(talk),
            description=_description(talk, row.kind),
            first_word_at=first_word(talk.slot("first_word_at")),
            phone=None if contact == DECLINED else contact,
            staff=staff,
            conversation_id=talk.conversation_id,
        )
        done = note_enquiry(talk.session, talk.company, report, row.label)
        assert done.promise is not None
        says, source = done.promise.says, done.promise.source
        if topic == "praise" and named_in(talk.session, report.description) is not None:
            tell_praised(talk, pass_on(talk.session, talk.company, done.ticket, report.description))
        talk.say("utter_enquiry_registered", number=done.ticket.number, label=row.label, says=says, source=source)
        if done.callback is not None:
            talk.say("utter_callback_promised", window=window(done.callback), phone=shown_phone(talk))
        else:
            talk.say("utter_no_callback")
        talk.clear("enquiry_form")
        talk.form = None
        talk.set(last_ticket=done.ticket.number)
        return thread.after(talk)

    def _only_asked(self, talk: Dialogue) -> list[EventType]:
        talk.say("utter_enquiry_only_asked")
        talk.clear("enquiry_form")
        talk.form = None
        if talk.slot("phone") == DECLINED:
            talk.set(phone=None)
        return thread.after(talk)


def _description(talk: Dialogue, kind: str) -> str:
    """The customer's words; for a dispute also the readings it is about, so that nobody has to ask for them."""
    said = talk.slot("words") or []
    books = bills.readings_of(talk, bills.own_account(talk, said)) if kind == "dispute" else ""
    return "\n".join([*said, f"账上：{books}"] if books else said)


def _values(talk: Dialogue, entity: str) -> list[Any]:
    """Values of one kind in all that was noted, the latest message first, denied ones left out."""
    found: list[Any] = []
    for said in reversed(talk.slot("words") or []):
        for value in find_values(said):
            if value.entity == entity and "不是" not in said[max(0, value.start - 3) : value.start]:
                found.append(value.value)
    return found


def service_of(talk: Dialogue) -> str | None:
    """The service named in what was noted, else that of the bound account."""
    account = talk.account()
    return next(iter(_values(talk, "service")), account.service if account is not None else None)


def staff_of(talk: Dialogue) -> str | None:
    """Whom the words name: number and name as far as they were said."""
    parts = [str(part) for row in _values(talk, "staff") for part in (row.get("id"), row.get("name")) if part]
    return " ".join(dict.fromkeys(parts)) or None


class AskContact(DialogueAction):
    action_name = "action_ask_enquiry_form_enquiry_contact"

    def act(self, talk: Dialogue) -> list[EventType]:
        phone, label = talk.slot("phone"), talk.topic(talk.slot("enquiry_topic")).label
        first, known = "utter_ask_enquiry_contact", "utter_ask_enquiry_contact_known"
        if talk.slot("enquiry_optional") and not (talk.heard.yes and talk.slot("misses")):
            first, known = "utter_ask_enquiry_contact_optional", "utter_ask_enquiry_contact_optional_known"
        if phone and phone != DECLINED:
            talk.say(known, phone=shown_phone(talk), label=label)
        elif talk.slot("misses") and talk.heard.has_long_number:
            talk.say("utter_ask_phone_again")
        else:
            talk.say(first, label=label)
        return talk.events
