"""Reporting a fault: what is asked, how, and the ticket at the end."""

from __future__ import annotations

from datetime import datetime

from rasa_sdk.events import EventType

from actions import boundaries, known, places, promised, quality, thread, vulnerable, words
from actions.dialogue import Dialogue, DialogueAction
from actions.taken import DECLINED, SERVICE_NAMES
from actions.telling import WHAT, shown_phone
from kefu.clock import clock, day_name, local
from kefu.incidents import grouping, reports
from kefu.intake.service import first_word, report_fault
from kefu.tickets.service import Report


def what(talk: Dialogue) -> str:
    """The fault in two or three words."""
    return quality.label(talk) or WHAT[talk.slot("fault_intent")][talk.slot("fault_service")]


def shown_since(talk: Dialogue) -> str:
    """The customer's own words for the time, with the hour we make of them if an hour was said."""
    since = talk.slot("fault_since")
    if "at" not in since or not words.CLOCK_SAID.search(since["text"]):
        return str(since["text"])
    at = local(datetime.fromisoformat(since["at"]))
    day = "" if at.date() == local(clock.now()).date() else day_name(at)
    return f"{since['text']}（约{day}{at.hour}:{at:%M}）"


class RegisterFault(DialogueAction):
    action_name = "action_register_fault"

    def act(self, talk: Dialogue) -> list[EventType]:
        if talk.slot("fault_intent") == "report_outage":
            grouping.one_at_a_time(talk.session)  # always before a number is drawn: no two turns wait for each other
        told = known.meanwhile(talk)
        if told is not None:
            return told
        place, phone = talk.slot("fault_address"), talk.slot("phone")
        report = Report(
            kind="fault",
            category=talk.slot("fault_intent"),
            service=talk.slot("fault_service"),
            description="\n".join(
                [
                    *(talk.slot("words") or []),
                    f"开始时间：{shown_since(talk)}",
                    *quality.lines(talk),
                    *boundaries.for_staff(talk),
                ]
            ),
            first_word_at=first_word(talk.slot("first_word_at")),
            address=places.crew_text(place),
            address_parts=place,
            phone=None if phone == DECLINED else phone,
            conversation_id=talk.conversation_id,
            **quality.for_ticket(talk),
        )
        done = report_fault(talk.session, talk.company, report)
        reports.note_ticket(talk.session, talk.company, done.ticket)
        due = vulnerable.on_ticket(talk, done.ticket) or done.promise
        if done.already or due is None:
            talk.say(
                "utter_fault_already", number=done.ticket.number, address=place["text"], due=done.ticket.due_source
            )
        else:
            limit = due.with_restoration()
            talk.say(
                "utter_fault_registered",
                number=done.ticket.number,
                what=what(talk),
                address=place["text"],
                says=limit.says,
                source=limit.source,
            )
            promised.say_if_past(talk, done.ticket)
            talk.say("utter_fault_next" if phone != DECLINED else "utter_fault_no_phone")
            quality.say_registered(talk)
            vulnerable.ask_once(talk)
        again = {"fault_address": place, "fault_since": talk.slot("fault_since")}
        talk.clear("fault_form")
        talk.form = None
        waits = any(talk.topic(wish["topic"]).form == "fault_form" for wish in talk.slot("pending") or [])
        talk.set(last_fault=again if waits else None)
        talk.set(last_ticket=done.ticket.number, phone=None if phone == DECLINED else phone)
        return thread.after(talk)


class _Ask(DialogueAction):
    """Asks for one slot, unless the report has become part of an incident meanwhile; a second time in other words."""

    first, again = "", ""

    def act(self, talk: Dialogue) -> list[EventType]:
        told = known.meanwhile(talk)
        if told is not None:
            return told
        self.ask(talk)
        return talk.events

    def ask(self, talk: Dialogue) -> None:
        quality.say_noted(talk)
        talk.say(self.again if talk.slot("misses") else self.first)


class AskService(_Ask):
    action_name = "action_ask_fault_form_fault_service"
    first, again = "utter_ask_fault_service", "utter_ask_fault_service_again"


class AskAddress(_Ask):
    action_name = "action_ask_fault_form_fault_address"
    first, again = "utter_ask_fault_address", "utter_ask_fault_address_again"

    def act(self, talk: Dialogue) -> list[EventType]:
        draft, looked_up = talk.slot("fault_address_draft"), talk.slot("fault_known")
        if draft is None:
            return super().act(talk)
        talk.set(fault_known=None)
        told = None if looked_up else known.first(talk)
        if told is not None:
            return told
        if "choices" in draft:
            places.ask_which(talk, draft)
        else:
            talk.say("utter_ask_fault_address_more", address=draft["text"])
        return talk.events

    def ask(self, talk: Dialogue) -> None:
        super().ask(talk)
        quality.with_address(talk)


class AskDetail(DialogueAction):
    action_name = "action_ask_fault_form_fault_detail"

    def act(self, talk: Dialogue) -> list[EventType]:
        return known.first(talk) or quality.ask(talk)


class AskSince(_Ask):
    action_name = "action_ask_fault_form_fault_since"
    first, again = "utter_ask_fault_since", "utter_ask_fault_since_again"


class AskPhone(_Ask):
    action_name = "action_ask_fault_form_phone"

    def ask(self, talk: Dialogue) -> None:
        quality.say_noted(talk)
        if not talk.slot("misses"):
            talk.say("utter_ask_phone")
        else:
            talk.say("utter_ask_phone_again" if talk.heard.has_long_number else "utter_ask_phone_why")
        quality.with_phone(talk)


class AskConfirmed(_Ask):
    """Reads everything back once before it becomes a ticket."""

    action_name = "action_ask_fault_form_fault_confirmed"

    def ask(self, talk: Dialogue) -> None:
        if talk.slot("misses") and talk.heard.unknown:
            talk.tell("fault_confirm_unknown", ["对", "不对，要改"])
            return
        boundaries.say_before_ticket(talk)
        places.say_if_corrected(talk, talk.slot("fault_address"))
        quality.say_judgement(talk)
        talk.say(
            "utter_ask_fault_confirmed",
            what=f"{SERVICE_NAMES[talk.slot('fault_service')]}（{quality.told(talk) or what(talk)}）",
            address=talk.slot("fault_address")["text"],
            since=shown_since(talk),
            phone=shown_phone(talk),
        )
