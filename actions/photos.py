"""Photos: kept, acknowledged, handed to the ticket they belong to; never read. A person looks at them."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import thread, ticket_status
from actions.dialogue import Dialogue
from actions.request_answers import wants_photo
from kefu.attachments.service import OF_THE_MATTER, give_to_ticket
from kefu.clock import clock
from kefu.intake.service import open_emergency_of
from kefu.tickets import service as tickets
from kefu.tickets import telling
from kefu.tickets.models import Ticket


def received(talk: Dialogue) -> list[EventType] | None:
    """What follows from a photo alone. With words beside it: it is acknowledged, and the words decide (None)."""
    if not talk.heard.photos:
        return None
    ticket = to_ticket(talk)
    if not talk.heard.only_photo:
        talk.say("utter_photo_with_words")
        return None
    if talk.form:
        talk.say("utter_photo_in_form", label=talk.current_label())
        if talk.form == "request_form" and wants_photo(talk.slots):
            return thread.answered(talk, talk.collect())
        return talk.go_on()
    if ticket is not None:
        talk.say("utter_photo_to_ticket", number=ticket.number)
    else:
        talk.say("utter_photo_about_what")
    return talk.events


def to_ticket(talk: Dialogue) -> Ticket | None:
    """The ticket just spoken of, or just made, takes the photos of this message; one that is still being asked about takes them when made."""
    ticket = _just_made(talk) if talk.heard.photos else None
    if ticket is not None:
        give_to_ticket(talk.session, ticket.id, talk.conversation_id)
    return ticket


def _just_made(talk: Dialogue) -> Ticket | None:
    if talk.form == "emergency_form":
        return open_emergency_of(talk.session, talk.conversation_id)
    if talk.form:
        return None
    spoken_of = next((one for one in ticket_status.own(talk) if one.number == talk.slot("last_ticket")), None)
    if spoken_of is not None and any(spoken_of.number in text for text in talk.last_said()):
        return telling.kept(talk.session, spoken_of)
    ticket = tickets.latest_open(talk.session, talk.conversation_id)
    return ticket if ticket is not None and ticket.created_at > clock.now() - OF_THE_MATTER else None
