"""The ticket of a danger: made as soon as there is a place, put right and added to afterwards."""

from __future__ import annotations

from typing import Any

from actions import everyone, places
from actions.dialogue import Dialogue
from actions.taken import DECLINED
from kefu.intake import service as reports
from kefu.intake.service import first_word
from kefu.nlu.danger import EMERGENCY
from kefu.tickets import service as tickets
from kefu.tickets.due import recount
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report


def make(talk: Dialogue) -> None:
    """The ticket of what is being reported, at the place just learnt."""
    place = talk.slot("emergency_place")
    done = _open(talk, place)
    assert done.promise is not None
    talk.set(emergency_ticket=done.ticket.number, last_ticket=done.ticket.number)
    talk.say(
        "utter_emergency_registered",
        number=done.ticket.number,
        address=place["text"],
        says=done.promise.says,
        source=done.promise.source,
        phone=talk.emergency_phone(talk.slot("emergency_service")),
    )
    places.say_if_corrected(talk, place)


def another(talk: Dialogue, place: dict[str, Any]) -> None:
    """The same danger at a second place: a ticket of its own, told."""
    done = _open(talk, place)
    talk.tell("danger_second_place", number=done.ticket.number, address=place["text"])


def _open(talk: Dialogue, place: dict[str, Any]) -> reports.Registered:
    said = talk.slot("words") or []
    report = Report(
        kind="emergency",
        category=EMERGENCY,
        service=talk.slot("emergency_service"),
        symptom=talk.slot("emergency_kind"),
        description="\n".join([*said, *everyone.line(talk)]),
        first_word_at=first_word(talk.slot("first_word_at")),
        address=places.crew_text(place),
        address_parts=place,
        phone=_phone(talk),
        conversation_id=talk.conversation_id,
    )
    return reports.report_emergency(talk.session, talk.company, report)


def update(talk: Dialogue, place: dict[str, Any]) -> None:
    """Another place than the ticket has: put right, its published time counted for the new place, and said."""
    ticket = of_report(talk)
    if ticket is None:
        return
    tickets.correct(
        talk.session,
        talk.company,
        ticket,
        "customer",
        talk.heard.text,
        address=places.crew_text(place),
        address_parts=place,
        phone=_phone(talk),
        symptom=talk.slot("emergency_kind"),
    )
    recount(talk.session, talk.company, ticket, "assistant", "地点更正，时限按新地点重算")
    talk.say("utter_emergency_updated", number=ticket.number, address=place["text"])
    places.say_if_corrected(talk, place)


def add_words(talk: Dialogue) -> None:
    """What else is said while the ticket stands."""
    ticket = of_report(talk)
    if ticket is None:
        return
    fields = {"phone": _phone(talk), "symptom": talk.slot("emergency_kind")}
    if not tickets.correct(talk.session, talk.company, ticket, "customer", talk.heard.text, **fields):
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)


def of_report(talk: Dialogue) -> Ticket | None:
    """The open ticket of the danger being reported (a second place's is another), else this talk's open emergency."""
    number = talk.slot("emergency_ticket")
    own = tickets.by_number(talk.session, number) if number else None
    if own is not None and own.status in tickets.OPEN:
        return own
    return reports.open_emergency_of(talk.session, talk.conversation_id)


def _phone(talk: Dialogue) -> str | None:
    phone = talk.slot("phone")
    return None if phone == DECLINED else phone
