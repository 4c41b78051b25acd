"""Beginning a fault report: with everything the first message says, and what we have on file."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import EventType

from actions import known, places, quality, thread, vulnerable
from actions.collect import collect
from actions.details import elsewhere, measured
from actions.dialogue import Dialogue
from actions.taken import SERVICE_NAMES, Collected
from kefu.tickets import service as tickets

_MANHOLE = re.compile(r"(井盖|窨井|井圈)")


@thread.taker("fault_form")
def start_fault(talk: Dialogue, intent: str, words: list[str], service: str | None) -> list[EventType]:
    """Begin a fault report, or point to the ticket this conversation already has for it."""
    if intent == "report_outage" and measured(talk.heard, service or talk.heard.service):
        intent = "report_quality"
    ticket = _same_ticket(talk, intent, service or talk.heard.service)
    if ticket is not None:
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)
        talk.say(
            "utter_fault_already", number=ticket.number, address=tickets.told_address(ticket), due=ticket.due_source
        )
        return talk.events
    if service is None and intent == "report_outage" and len(talk.heard.services) > 1:
        service, *others = talk.heard.services
        for other in others:  # 停水又停电: each its own crew, each its own ticket
            talk.later(intent, words, other)
    talk.begin("fault_form", words, fault_intent=intent, fault_service=service, **_of_the_last_fault(talk))
    own_words = talk.heard if talk.heard.text in words else None
    taken = collect("fault_form", {**talk.slots, "requested_slot": None}, own_words) if own_words else Collected()
    talk.set(**{k: v for k, v in taken.changes.items() if k not in ("misses", "words")})
    if own_words:
        places.settle_fault(talk, taken)
    _fill_from_account(talk)
    if talk.slot("fault_service") is None and intent == "report_facility" and _MANHOLE.search(" ".join(words)):
        talk.set(fault_service="water")  # nobody walking past knows whose it is; the water desk sends it on
    vulnerable.begin(talk, words)
    named = talk.slot("fault_service")
    told = _known_first(talk) if named else None
    if told is not None:
        return told
    if intent == "report_outage" and named:
        talk.say("utter_fault_begin_outage", service=SERVICE_NAMES[named])
    else:
        talk.say("utter_fault_begin")
    vulnerable.tell(talk)
    quality.say_first(talk)
    return talk.go_on()


def _known_first(talk: Dialogue) -> list[EventType] | None:
    """What is known of the place already; what the form asks first in this turn need not look again."""
    told = known.first(talk)
    if told is None and talk.slot("fault_address") and talk.slot("fault_intent") == "report_outage":
        talk.set(fault_detail="none")
    elif told is None and talk.slot("fault_address_draft"):
        talk.set(fault_known=True)
    return told


def _of_the_last_fault(talk: Dialogue) -> dict[str, Any]:
    """Place and time of a fault just registered hold for the next one named in the same breath."""
    kept = talk.slot("last_fault") or {}
    talk.set(last_fault=None)
    return kept


def _same_ticket(talk: Dialogue, intent: str, service: str | None) -> Any:
    """The open ticket of this conversation that the same words would only double."""
    for ticket in tickets.of_customer(talk.session, talk.conversation_id):
        same = ticket.category == intent and ticket.status in tickets.OPEN and service in (None, ticket.service)
        if same and talk.heard.address is None and not talk.heard.elsewhere:
            return ticket
    return None


def _fill_from_told(talk: Dialogue) -> None:
    """The place of an outage just told of: 怎么还没来电, 就我家没电."""
    place = known.place_told(talk, talk.slot("fault_service"))
    if place is not None and not talk.slot("fault_address") and not talk.slot("fault_address_draft"):
        precise = any(place.get(part) for part in ("building", "unit", "room", "detail"))
        talk.set(**{"fault_address" if precise else "fault_address_draft": place})


def _fill_from_account(talk: Dialogue) -> None:
    """A bound customer is not asked for what we have on file, unless the words point elsewhere."""
    _fill_from_told(talk)
    account = talk.account(talk.slot("fault_service"))
    if account is None:
        return
    if talk.slot("phone") is None and account.phone:
        talk.set(phone=account.phone)
    nothing_said = talk.slot("fault_address") is None and talk.slot("fault_address_draft") is None
    if nothing_said and not elsewhere(talk.heard):
        talk.set(fault_address={**account.address_parts, "text": account.address})
