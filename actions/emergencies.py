"""Danger: what to do first, then where, then everything else."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import EventType

from actions import danger_ticket, duty, everyone, false_alarm, no_danger, photos, places, second_place, thread
from actions.collect import collect
from actions.details import alarm
from actions.dialogue import Dialogue, DialogueAction
from actions.taken import DECLINED
from kefu.intake import service as reports
from kefu.intake.danger_words import says_grows
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket

_CLAIMS = re.compile(r"(赔偿|索赔|赔我|赔钱|赔付|要赔|谁赔|理赔)")
OF_DANGER = ("fault_form", "emergency_form")


class Emergency(DialogueAction):
    """Instructions at once, an alert, and the ticket in the same turn as the place is known."""

    action_name = "action_emergency"

    def act(self, talk: Dialogue) -> list[EventType]:
        photos.to_ticket(talk)
        duty.given_back(talk)
        bad_flame = alarm(talk.slots, talk.heard, talk.form)
        ended = false_alarm.taken(talk)
        if ended is not None:
            return ended
        named = talk.heard.first("danger") or (bad_flame.danger if bad_flame else None)
        sign = named or talk.company.danger_sign(talk.heard.text)
        kind = talk.company.danger_named(sign, talk.heard.service, talk.heard.text)
        service = talk.company.safety[kind].service or talk.heard.service
        told = kind if sign or kind not in ("general", service) else None  # what danger, by the words themselves
        if talk.form == "emergency_form":
            return self._meanwhile(talk, told, service)
        known = reports.open_emergency_of(talk.session, talk.conversation_id)
        calm = None if known is not None or bad_flame else no_danger.instead(talk, named)
        if calm is not None:
            return calm
        if known is not None and self._same(talk, known, told, service):
            return once_more(talk, known, told, service)
        return report(talk, kind, service, known)

    def _same(self, talk: Dialogue, known: Ticket, kind: str | None, service: str | None) -> bool:
        """A further cry about the danger that has its ticket: no other kind, no other place is named."""
        elsewhere = talk.heard.address is not None and talk.heard.address.get("community") is not None
        return not elsewhere and (kind is None or kind == known.symptom or service in (None, known.service))

    def _meanwhile(self, talk: Dialogue, kind: str | None, service: str | None) -> list[EventType]:
        """More danger while danger is being reported: its own instructions once, all of it in the one ticket."""
        general = kind == "general" and (everyone.hurt(talk) or everyone.on_fire(talk))  # said by those words already
        if kind is not None and kind != talk.slot("emergency_kind") and not general:
            _instruct(talk, kind, service)
            reports.alert_danger(talk.session, talk.conversation_id, kind, service, None)
            return go_on_with_emergency(talk, instructed=True)
        return go_on_with_emergency(talk)


def once_more(talk: Dialogue, known: Ticket, kind: str | None, service: str | None) -> list[EventType]:
    """The danger that has its ticket, again: what to do once more, a word on the ticket, a person if none is there."""
    if kind is None and says_grows(talk.heard.plain):
        kind = known.symptom
    if kind is not None:
        _instruct(talk, kind, service)
    else:
        everyone.first(talk)
        everyone.advise(talk, known.symptom)
    everyone.noted(talk)
    tickets.supplement(talk.session, known, "customer", talk.heard.text)
    reports.alert_danger(talk.session, talk.conversation_id, "again", service, known.address)
    talk.say("utter_emergency_more", number=known.number, phone=talk.emergency_phone(service))
    duty.call(talk, known)
    return talk.go_on()


def report(talk: Dialogue, kind: str, service: str | None, known: Ticket | None = None) -> list[EventType]:
    """A new danger: instructions, an alert, then what the message says of it. `known`: another danger's ticket."""
    _instruct(talk, kind, service)
    place = talk.slot("fault_address") if talk.form == "fault_form" else None
    if talk.form:
        talk.pause()
    for wish in talk.heard.also:  # "漏气了，另外发票…": heard, for afterwards
        if wish["name"] in talk.company.topics and talk.topic(wish["name"]).form not in OF_DANGER:
            talk.later(wish["name"], [wish["text"]])
    talk.begin("emergency_form", [talk.heard.text], emergency_kind=kind, emergency_service=service)
    _set_known(talk, place, known)
    said = talk.heard.address or talk.slot("emergency_place") or {}
    reports.alert_danger(talk.session, talk.conversation_id, kind, service, said.get("text"))
    return go_on_with_emergency(talk, fresh=True, instructed=True)


def _set_known(talk: Dialogue, place: dict[str, Any] | None, known: Ticket | None) -> None:
    """Place and phone as far as they are known before anything is asked."""
    account = talk.account(talk.slot("emergency_service"))
    if place is None and known is not None:  # a second danger, of another kind, where the first one is
        place = tickets.told_place(known)
        talk.set(emergency_detail=True)
    if place is None and account is not None:
        place = {**account.address_parts, "text": account.address}
    if account is not None and account.phone and talk.slot("phone") is None:
        talk.set(phone=account.phone)
    if place is not None:
        talk.set(emergency_place=place)


def _instruct(talk: Dialogue, kind: str, service: str | None) -> None:
    everyone.first(talk, kind)
    talk.say("utter_emergency", script=talk.company.safety_text(kind, service))
    everyone.advise(talk, kind)


def while_in_danger(talk: Dialogue) -> list[EventType]:
    """Whatever is said while danger is being reported: part of it, a question about it, or a wish for later."""
    heard, phone = talk.heard, talk.emergency_phone(talk.slot("emergency_service"))
    wish = heard.intent in talk.company.topics and talk.topic(heard.intent).form not in OF_DANGER
    ended = false_alarm.taken(talk)
    if ended is not None:
        return ended
    if duty.about_person(talk):
        return talk.go_on()
    if talk.slot("emergency_ticket") and _CLAIMS.search(heard.plain):
        return _to_claim(talk)
    if everyone.only_of_people(talk):
        return go_on_with_emergency(talk, of_people=True)
    if heard.intent == "request_human":
        duty.wanted(talk)
    elif (
        wish
        and not everyone.advice(talk)
        and heard.intent not in thread.ANSWERS_MISREAD
        and heard.confidence >= thread.SURE
        and (heard.connects or not (heard.asks or heard.has_values or heard.like_a_place))
    ):
        talk.later(heard.intent, [heard.text], heard.service)
        talk.say("utter_noted_for_later", label=talk.topic(heard.intent).label, current="险情")
        return talk.go_on()
    elif heard.asks and not heard.has_particulars and not everyone.advice(talk):
        talk.say("utter_emergency_question", phone=phone)
    return go_on_with_emergency(talk)


def _to_claim(talk: Dialogue) -> list[EventType]:
    """ "修好了，我要赔偿": the danger has its ticket; who wants to be paid is asked about that now."""
    said = [*(talk.slot("words") or []), talk.heard.text]
    danger_ticket.add_words(talk)
    duty.leave_report(talk)
    return thread.start(talk, "claim_damage", said)


def go_on_with_emergency(
    talk: Dialogue, fresh: bool = False, instructed: bool = False, of_people: bool = False
) -> list[EventType]:
    """Take what the message says; make the ticket as soon as there is a place; add to it afterwards.

    `fresh`: the first words, which answer no question; `of_people`: they answer only whether everyone is safe.
    """
    if not instructed:
        _worse(talk)
    everyone.noted(talk)
    if not fresh and second_place.taken(talk):
        duty.call(talk)
        return talk.go_on()
    slots = {**talk.slots, "requested_slot": None} if fresh or of_people else talk.slots
    before = talk.slot("emergency_place")
    taken = collect("emergency_form", slots, talk.heard)
    talk.set(**{name: value for name, value in taken.changes.items() if not (fresh and name == "misses")})
    if slots.get("requested_slot") == "phone" and talk.slot("phone") is None and _phone_asked_twice(talk):
        talk.set(phone=DECLINED)
    if taken.changes.get("emergency_place"):
        _settle(talk)
    place = talk.slot("emergency_place")
    if place is not None and talk.slot("emergency_ticket") is None:
        danger_ticket.make(talk)
        second_place.beside(talk)
    elif place is not None and (before is None or places.crew_text(place) != places.crew_text(before)):
        danger_ticket.update(talk, place)
    elif talk.slot("emergency_ticket") and not fresh:
        danger_ticket.add_words(talk)
    if place is not None or not fresh or everyone.hurt(talk) or talk.company.safety[_kind(talk)].person:
        duty.call(talk)
    return talk.go_on()


def _kind(talk: Dialogue) -> str:
    return talk.company.danger_named(talk.slot("emergency_kind"), talk.slot("emergency_service"))


def _phone_asked_twice(talk: Dialogue) -> bool:
    """Once, and once more; who still speaks of something else has other cares: the ticket stands."""
    return talk.company.phrase("danger_ask_phone_again") in talk.last_said()


def _worse(talk: Dialogue) -> None:
    """ "着火了", "在厨房里", in the middle: closer instructions than those given, and 120 or 119 before all else."""
    kind, service = talk.slot("emergency_kind"), talk.slot("emergency_service")
    closer = talk.company.danger_named(kind, service, talk.heard.text)
    if closer == kind:
        everyone.first(talk)
        everyone.advise(talk)
        return
    _instruct(talk, closer, service)
    talk.set(emergency_kind=closer)
    reports.alert_danger(talk.session, talk.conversation_id, closer, service, None)


def _settle(talk: Dialogue) -> None:
    """The company's own place. If two fit, the ticket is made all the same, with both; which one is asked after it."""
    place = places.settled(talk, talk.slot("emergency_place"), ask=True)
    talk.set(emergency_place=place)
    if "choices" in place:
        talk.set(emergency_detail=None)


class AskPlace(DialogueAction):
    action_name = "action_ask_emergency_form_emergency_place"

    def act(self, talk: Dialogue) -> list[EventType]:
        if talk.company.safety[_kind(talk)].person:
            talk.tell("danger_ask_place_person")
        elif talk.slot("misses") or talk.slot("requested_slot") == "emergency_place":
            everyone.ask(talk)
            talk.say("utter_ask_emergency_place_again")
        elif everyone.to_ask(talk):
            everyone.ask(talk, said_already=True)
            talk.say("utter_ask_emergency_place")
        else:
            talk.tell("danger_ask_place")
        if second_place.several(talk):
            talk.tell("danger_two_places")
        return talk.events


class AskDetail(DialogueAction):
    """The ticket stands at the address on file; danger is often round the corner from it."""

    action_name = "action_ask_emergency_form_emergency_detail"

    def act(self, talk: Dialogue) -> list[EventType]:
        if "choices" in talk.slot("emergency_place"):
            places.ask_which(talk, talk.slot("emergency_place"))
            return talk.events
        everyone.ask(talk)
        talk.say("utter_ask_emergency_detail", address=talk.slot("emergency_place")["text"])
        return talk.events


class AskEmergencyPhone(DialogueAction):
    action_name = "action_ask_emergency_form_phone"

    def act(self, talk: Dialogue) -> list[EventType]:
        everyone.ask(talk)
        if talk.slot("misses") and talk.heard.has_long_number:
            talk.say("utter_ask_phone_again")
        elif talk.slot("requested_slot") == "phone":
            talk.tell("danger_ask_phone_again")
        else:
            talk.say("utter_ask_emergency_phone")
        return talk.events


class CloseEmergency(DialogueAction):
    action_name = "action_close_emergency"

    def act(self, talk: Dialogue) -> list[EventType]:
        phone = talk.emergency_phone(talk.slot("emergency_service"))
        talk.say("utter_emergency_closing", number=talk.slot("emergency_ticket"), phone=phone)
        if talk.slot("phone") == DECLINED:
            talk.set(phone=None)
        people = talk.slot("emergency_safe")
        talk.clear("emergency_form")
        talk.form = None
        if people is None:
            everyone.ask(talk)
        talk.set(emergency_safe=people if people in everyone.TOLD else everyone.LAST)
        if talk.slot("with_person") and duty.waiting(talk):  # asked for before the danger: now the assistant is silent
            talk.tell("danger_person_waiting", phone=phone)
        return thread.after(talk, ask_first=True)
