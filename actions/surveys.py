"""The answer to "is it fixed, and how was it": written down once, and acted on. Whatever else is said goes first."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import thread
from actions.dialogue import Dialogue
from actions.praise import tell_praised
from actions.survey_words import Read, read
from kefu.callbacks.models import Callback
from kefu.callbacks.slots import window
from kefu.clock import day_and_time
from kefu.nlu.danger import EMERGENCY
from kefu.surveys import service as surveys
from kefu.surveys.follow_up import Outcome, call_low, phone_of
from kefu.surveys.jobs import what_of
from kefu.surveys.models import Survey
from kefu.tickets.models import Ticket

# What an answer may be read as; any other topic, surely read, is a matter of its own.
ANSWERS = (
    "rate_service",
    "praise",
    "suggest",
    "ask_ticket",
    "urge_ticket",
    "supplement_ticket",
    "cancel_ticket",
    "other",
)
FAULTS = ("fault", "emergency")
CHOICES = ("misunderstood", "which_service", "offered_return")  # slots of a question that a bare figure may answer


def scored(talk: Dialogue) -> list[EventType] | None:
    """A score said outright is for the survey, whatever else was asked meanwhile."""
    return _taken(talk) if talk.heard.first("score") is not None else None


def answered(talk: Dialogue) -> list[EventType] | None:
    """Take the message as the answer to an open question; None when there is none or this is no answer."""
    return _taken(talk)


def _taken(talk: Dialogue) -> list[EventType] | None:
    if talk.form or talk.heard.intent == EMERGENCY:
        return None
    for survey, ticket in surveys.open_surveys(talk.session, talk.company, talk.conversation_id):
        stage = surveys.stage(talk.company, survey)
        said = _read(talk, stage) if stage else None
        if said is None or _of_something_else(talk, ticket, said):
            continue
        if said.outright or talk.heard.intent == "rate_service" or _asked_last(talk, survey, ticket, said):
            return _take(talk, survey, ticket, said)
    return _phone_given(talk)


def _read(talk: Dialogue, stage: str) -> Read | None:
    heard = talk.heard
    score = heard.first("score")
    return read(heard.plain, heard.text, stage, int(score) if score is not None else None)


# --- is it an answer? ----------------------------------------------------------------------------------------------------
def _of_something_else(talk: Dialogue, ticket: Ticket, said: Read) -> bool:
    """Another place or service, a new fault, another wish: the question stays open."""
    heard = talk.heard
    place = heard.address or {}
    named = place.get("community") or place.get("village") or place.get("road")
    if (named and named not in (ticket.address or "")) or heard.elsewhere:
        return True
    if said.score is None and heard.service is not None and ticket.service not in (None, heard.service):
        return True
    if said.fixed is False and heard.intent.startswith("report_") and said.score is None:
        return ticket.kind not in FAULTS
    return not said.outright and _other_wish(talk)


def _other_wish(talk: Dialogue) -> bool:
    heard = talk.heard
    sure = heard.confidence >= thread.SURE and heard.intent in talk.company.topics
    return sure and heard.intent not in ANSWERS and not heard.intent.startswith("report_")


def _wish_beside(talk: Dialogue) -> str | None:
    """Another wish in the same breath, to be taken up next."""
    if _other_wish(talk):
        return talk.heard.intent
    beside = (wish["name"] for wish in talk.heard.also)
    return next((name for name in beside if name in talk.company.topics and name not in ANSWERS), None)


def _asked_last(talk: Dialogue, survey: Survey, ticket: Ticket, said: Read) -> bool:
    """The customer has seen the question, and no other was asked since that the same words could answer."""
    seen = surveys.seen_at(talk.session, survey, ticket)
    stage = surveys.stage(talk.company, survey)
    if seen is None or stage is None:
        return False
    if _question(talk, survey, ticket, stage) in talk.last_said() or not talk.asked_since(seen):
        return True
    judges = (said.score or said.perception) is not None
    return judges and not any(talk.slot(name) for name in CHOICES)


def _phone_given(talk: Dialogue) -> list[EventType] | None:
    """The number that was asked for after a low score."""
    phone = talk.heard.phone
    if phone is None or talk.company.phrase("survey_low_phone") not in talk.last_said():
        return None
    known = surveys.low_without_call(talk.session, talk.company, talk.conversation_id)
    if known is None:
        return None
    _tell_call(talk, call_low(talk.session, talk.company, *known, phone))
    return talk.events


# --- what follows --------------------------------------------------------------------------------------------------------
def _take(talk: Dialogue, survey: Survey, ticket: Ticket, said: Read) -> list[EventType] | None:
    told = surveys.Said(
        talk.heard.text,
        fixed=said.fixed,
        score=said.score,
        comment=said.comment,
        expectation=said.expectation,
        perception=said.perception,
        stops=said.stops,
        praises=said.praises,
    )
    done = surveys.answer(talk.session, talk.company, survey, told)
    if said.stops:
        talk.tell("survey_stopped")
        return talk.events
    _tell(talk, survey, said, done)
    stage = surveys.stage(talk.company, survey)
    wish = None if said.fixed is False else _wish_beside(talk)
    if wish is not None:
        return thread.start(talk, wish, [talk.heard.text])
    if stage is None:
        return talk.events
    surveys.asked_again(survey)
    offered = ["好了", "还没好"] if stage == surveys.FIXED else None
    talk.say_again(
        _question(talk, survey, ticket, stage), [{"title": one, "payload": one} for one in offered] if offered else None
    )
    return talk.events


def _question(talk: Dialogue, survey: Survey, ticket: Ticket, stage: str) -> str:
    if stage in (surveys.FIRST, surveys.SCORE):
        return talk.company.phrase("survey_ask_score")
    if stage == surveys.FIXED:
        return talk.company.phrase("survey_ask_fixed", label=what_of(talk.company, ticket), number=ticket.number)
    return talk.company.phrase("survey_ask_dimension", text=talk.company.surveys.words(stage).words)


def _tell(talk: Dialogue, survey: Survey, said: Read, done: Outcome) -> None:
    """What was done about it, in the order in which it matters to the customer."""
    number = done.ticket.number
    if said.fixed is False:
        _tell_unfixed(talk, done)
    elif said.score is not None and not done.low:
        talk.tell("survey_thanks", score=said.score)
    elif not done.low:
        talk.tell("survey_noted")
    if done.closed:
        talk.tell("survey_closed", number=number)
    elif done.unverified:
        talk.tell("done_unverified", number=number)
    if done.praised is not None:
        tell_praised(talk, done.praised)
    elif done.passed_on:
        talk.tell("survey_passed_on")
    if done.low:
        talk.tell("survey_low", score=survey.score)
        _tell_call(talk, done.call, asked=phone_of(talk.session, done.ticket) is None)


def _tell_unfixed(talk: Dialogue, done: Outcome) -> None:
    ticket = done.ticket
    if done.reopened:
        talk.set(last_ticket=ticket.number)
        talk.tell("survey_reopened", number=ticket.number, due=day_and_time(ticket.due_at), source=ticket.due_source)
    else:
        talk.tell("survey_too_late" if done.too_late else "survey_urged", number=ticket.number)


def _tell_call(talk: Dialogue, call: Callback | None, asked: bool = False) -> None:
    if call is not None:
        talk.tell("survey_low_call", when=window(call))
    else:
        talk.tell("survey_low_phone" if asked else "survey_low_no_slot")
