"""Danger: what to do first, then where, then everything else."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import photos, places, thread
from actions.collect import collect
from actions.details import alarm
from actions.dialogue import Dialogue, DialogueAction
from actions.taken import DECLINED
from kefu.intake import service as reports
from kefu.intake.service import first_word
from kefu.nlu.danger import EMERGENCY
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report


class Emergency(DialogueAction):
    """Instructions at once, an alert, and the ticket in the same turn as the place is known."""

    action_name = "action_emergency"

    def act(self, talk: Dialogue) -> list[EventType]:
        bad_flame = alarm(talk.slots, talk.heard, talk.form)
        kind = talk.heard.first("danger") or (bad_flame.danger if bad_flame else None)
        script = talk.company.safety_script(kind, talk.heard.service)
        photos.to_ticket(talk)
        service = script.service or talk.heard.service
        if talk.form == "emergency_form":
            return self._meanwhile(talk, kind, service)
        known = reports.open_emergency_of(talk.session, talk.conversation_id)
        if known is not None and self._same(talk, known, kind, service):
            return self._more(talk, known, kind, service)
        talk.say("utter_emergency", script=talk.company.safety_text(kind, service))
        self._begin(talk, kind or service or "general", service, known)
        return go_on_with_emergency(talk, fresh=True)

    def _same(self, talk: Dialogue, known: Ticket, kind: str | None, service: str | None) -> bool:
        """A further cry about the danger that has its ticket: no other kind, no other place is named."""
        elsewhere = talk.heard.address is not None and talk.heard.address.get("community") is not None
        return not elsewhere and (kind is None or kind == known.symptom or service in (None, known.service))

    def _begin(self, talk: Dialogue, kind: str, service: str | None, known: Ticket | None) -> None:
        place = talk.slot("fault_address") if talk.form == "fault_form" else None
        if talk.form:
            talk.pause()
        talk.begin("emergency_form", [talk.heard.text], emergency_kind=kind, emergency_service=service)
        account = talk.account(service)
        if place is None and known is not None:  # a second danger, of another kind, where the first one is
            place = tickets.told_place(known)
            talk.set(emergency_detail=True)
        if place is None and account is not None:
            place = {**account.address_parts, "text": account.address}
        if account is not None and account.phone and talk.slot("phone") is None:
            talk.set(phone=account.phone)
        if place is not None:
            talk.set(emergency_place=place)
        said = talk.heard.address
        reports.alert_danger(talk.session, talk.conversation_id, kind, service, (said or place or {}).get("text"))

    def _meanwhile(self, talk: Dialogue, kind: str | None, service: str | None) -> list[EventType]:
        """More danger while danger is being reported: its own instructions once, all of it in the one ticket."""
        if kind is not None and kind != talk.slot("emergency_kind"):
            talk.say("utter_emergency", script=talk.company.safety_text(kind, service))
            reports.alert_danger(talk.session, talk.conversation_id, kind, service, None)
        return go_on_with_emergency(talk)

    def _more(self, talk: Dialogue, known: Ticket, kind: str | None, service: str | None) -> list[EventType]:
        if kind is not None:
            talk.say("utter_emergency", script=talk.company.safety_text(kind, service))
        tickets.supplement(talk.session, known, "customer", talk.heard.text)
        reports.alert_danger(talk.session, talk.conversation_id, "again", service, known.address)
        talk.say("utter_emergency_more", number=known.number, phone=talk.emergency_phone(service))
        return talk.go_on()


def while_in_danger(talk: Dialogue) -> list[EventType]:
    """Whatever is said while danger is being reported: part of it, a question about it, or a wish for later."""
    heard, phone = talk.heard, talk.emergency_phone(talk.slot("emergency_service"))
    of_danger = ("fault_form", "emergency_form")
    wish = heard.intent in talk.company.topics and talk.topic(heard.intent).form not in of_danger
    if heard.intent == "request_human":
        talk.say("utter_emergency_person", phone=phone)
    elif (
        wish
        and heard.confidence >= thread.SURE
        and (heard.connects or not (heard.asks or heard.has_values or heard.like_a_place))
    ):
        talk.later(heard.intent, [heard.text], heard.service)
        talk.say("utter_noted_for_later", label=talk.topic(heard.intent).label, current="险情")
        return talk.go_on()
    elif heard.asks and not heard.has_particulars:
        talk.say("utter_emergency_question", phone=phone)
    return go_on_with_emergency(talk)


def go_on_with_emergency(talk: Dialogue, fresh: bool = False) -> list[EventType]:
    """Take what the message says; make the ticket as soon as there is a place; add to it afterwards."""
    slots = {**talk.slots, "requested_slot": None} if fresh else talk.slots
    before = talk.slot("emergency_place")
    taken = collect("emergency_form", slots, talk.heard)
    talk.set(**{name: value for name, value in taken.changes.items() if not (fresh and name == "misses")})
    if taken.changes.get("emergency_place"):
        _settle(talk)
    place = talk.slot("emergency_place")
    if place is not None and talk.slot("emergency_ticket") is None:
        _make_ticket(talk)
    elif place is not None and (before is None or places.crew_text(place) != places.crew_text(before)):
        _update_ticket(talk, place)
    elif talk.slot("emergency_ticket") and not fresh:
        _add_words(talk)
    return talk.go_on()


def _settle(talk: Dialogue) -> None:
    """The company's own place. If two fit, the ticket is made all the same, with both; which one is asked after it."""
    place = places.settled(talk, talk.slot("emergency_place"), ask=True)
    talk.set(emergency_place=place)
    if "choices" in place:
        talk.set(emergency_detail=None)


def _make_ticket(talk: Dialogue) -> None:
    place, phone = talk.slot("emergency_place"), talk.slot("phone")
    service = talk.slot("emergency_service")
    report = Report(
        kind="emergency",
        category=EMERGENCY,
        service=service,
        symptom=talk.slot("emergency_kind"),
        description="\n".join(talk.slot("words") or []),
        first_word_at=first_word(talk.slot("first_word_at")),
        address=places.crew_text(place),
        address_parts=place,
        phone=None if phone == DECLINED else phone,
        conversation_id=talk.conversation_id,
    )
    done = reports.report_emergency(talk.session, talk.company, report)
    assert done.promise is not None
    talk.set(emergency_ticket=done.ticket.number, last_ticket=done.ticket.number)
    talk.say(
        "utter_emergency_registered",
        number=done.ticket.number,
        address=place["text"],
        says=done.promise.says,
        source=done.promise.source,
        phone=talk.emergency_phone(service),
    )
    places.say_if_corrected(talk, place)


def _update_ticket(talk: Dialogue, place: dict[str, Any]) -> None:
    ticket = reports.open_emergency_of(talk.session, talk.conversation_id)
    if ticket is None:
        return
    tickets.correct(
        talk.session,
        ticket,
        "customer",
        talk.heard.text,
        address=places.crew_text(place),
        address_parts=place,
        phone=_phone(talk),
    )
    talk.say("utter_emergency_updated", number=ticket.number, address=place["text"])
    places.say_if_corrected(talk, place)


def _add_words(talk: Dialogue) -> None:
    ticket = reports.open_emergency_of(talk.session, talk.conversation_id)
    if ticket is None:
        return
    if not tickets.correct(talk.session, ticket, "customer", talk.heard.text, phone=_phone(talk)):
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)


def _phone(talk: Dialogue) -> str | None:
    phone = talk.slot("phone")
    return None if phone == DECLINED else phone


class AskPlace(DialogueAction):
    action_name = "action_ask_emergency_form_emergency_place"

    def act(self, talk: Dialogue) -> list[EventType]:
        talk.say("utter_ask_emergency_place_again" if talk.slot("misses") else "utter_ask_emergency_place")
        return talk.events


class AskDetail(DialogueAction):
    """The ticket stands at the address on file; danger is often round the corner from it."""

    action_name = "action_ask_emergency_form_emergency_detail"

    def act(self, talk: Dialogue) -> list[EventType]:
        if "choices" in talk.slot("emergency_place"):
            places.ask_which(talk, talk.slot("emergency_place"))
            return talk.events
        talk.say("utter_ask_emergency_detail", address=talk.slot("emergency_place")["text"])
        return talk.events


class AskEmergencyPhone(DialogueAction):
    action_name = "action_ask_emergency_form_phone"

    def act(self, talk: Dialogue) -> list[EventType]:
        again = talk.slot("misses") and talk.heard.has_long_number
        talk.say("utter_ask_phone_again" if again else "utter_ask_emergency_phone")
        return talk.events


class CloseEmergency(DialogueAction):
    action_name = "action_close_emergency"

    def act(self, talk: Dialogue) -> list[EventType]:
        phone = talk.emergency_phone(talk.slot("emergency_service"))
        talk.say("utter_emergency_closing", number=talk.slot("emergency_ticket"), phone=phone)
        if talk.slot("phone") == DECLINED:
            talk.set(phone=None)
        talk.clear("emergency_form")
        talk.form = None
        return thread.after(talk, ask_first=True)
