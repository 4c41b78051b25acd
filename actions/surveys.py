"""The answer to "how was it": a score written down once, and acted on when it is a bad one."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import words
from actions.dialogue import Dialogue
from kefu.surveys import service as surveys

VERDICTS = ((words.BAD, 2), (words.GOOD, 5))


def answered(talk: Dialogue) -> list[EventType] | None:
    """Take the message as the answer to the open question; None when there is none or this is no answer."""
    survey = surveys.open_survey(talk.session, talk.conversation_id) if talk.form is None else None
    if survey is None:
        return None
    score = _score(talk)
    if score is None:
        return None
    unsolved = bool(words.UNSOLVED.search(talk.heard.plain))
    ticket = surveys.answer(talk.session, talk.company, survey, score, talk.heard.text, unsolved)
    if score <= surveys.LOW or unsolved:
        talk.set(last_ticket=ticket.number)
        talk.say("utter_survey_bad", number=ticket.number, score=score)
    else:
        talk.say("utter_survey_good", score=score)
    return talk.events


def _score(talk: Dialogue) -> int | None:
    """1 to 5 as said, or by the words of a verdict; what is not fixed is a 1."""
    said = talk.heard.first("score")
    if said is not None:
        return max(1, min(5, int(said)))
    if talk.heard.plain in ("1", "2", "3", "4", "5"):
        return int(talk.heard.plain)
    if words.UNSOLVED.search(talk.heard.plain):
        return 1
    if talk.heard.asks:
        return None
    return next((score for pattern, score in VERDICTS if pattern.search(talk.heard.plain)), None)
