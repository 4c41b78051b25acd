"""Not understood: the two or three likeliest meanings to choose from, in the customer's words; then a way out.

Our own component (Rasa's two-stage fallback swallows the next valid answer inside a form); only used outside forms, a
form asks its own question again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import EventType

from actions import thread, words
from actions.dialogue import Dialogue
from kefu.clock import clock

FEWEST, MOST, LEAST_LIKELY = 2, 3, 0.05
OF_A_SERVICE = ("report_outage", "ask_bill", "ask_tariff")  # when nothing but "水" was said
NONE = "都不是"
PERSON, CALL, NOTE = "转人工", "请人给我回电话", "记下来，请同事答复"
WAYS_OUT = {PERSON: "request_human", CALL: "request_callback", NOTE: "other"}


def ask(talk: Dialogue) -> list[EventType]:
    """Offer what was probably meant; the second time in a row, the way out."""
    before: dict[str, Any] = talk.slot("misunderstood") or {}
    said = [*before.get("words", []), talk.heard.text]
    likely = _likeliest(talk)
    if before or len(likely) < FEWEST:
        return way_out(talk, said)
    return _offer(talk, likely, said)


def service_only(talk: Dialogue) -> list[EventType] | None:
    """ "水", "气的事": which of the usual wishes about it? None when more was said."""
    if talk.form or not words.BARE_SERVICE.match(talk.heard.plain):
        return None
    return _offer(talk, OF_A_SERVICE, [talk.heard.text])


def _offer(talk: Dialogue, likely: Sequence[str], said: list[str]) -> list[EventType]:
    titles = [str(talk.topic(topic).choice) for topic in likely]
    talk.set(misunderstood={"words": said, "choices": dict(zip(titles, likely, strict=True)), "at": _first(talk)})
    shown = [*titles, NONE]
    talk.say("utter_clarify", choices="\n".join(f"{number}. {title}" for number, title in enumerate(shown, 1)))
    talk.offer([{"title": title, "payload": title} for title in shown])
    return talk.events


def _first(talk: Dialogue) -> str:
    """When the first of the messages not understood came."""
    return str((talk.slot("misunderstood") or {}).get("at") or clock.now().isoformat())


def _likeliest(talk: Dialogue) -> list[str]:
    """Topics from the ranking, each choice once, the likely first."""
    found: list[str] = []
    for row in talk.heard.ranking:
        topic = talk.company.topics.get(row["name"])
        likely = row["confidence"] >= LEAST_LIKELY or len(found) < FEWEST
        if topic is not None and topic.choice and likely:
            found.append(row["name"])
    return found[:MOST]


def way_out(talk: Dialogue, said: list[str]) -> list[EventType]:
    """A person, a call, or a note; the customer may also just say it again."""
    talk.set(misunderstood={"words": said, "choices": WAYS_OUT, "at": _first(talk)})
    talk.say("utter_clarify_way_out")
    talk.offer([{"title": title, "payload": title} for title in WAYS_OUT])
    return talk.events


def chosen(talk: Dialogue) -> list[EventType] | None:
    """What follows from a choice just made; None when this message is none (it is read afresh)."""
    open_choice = talk.slot("misunderstood")
    if not open_choice or talk.form:
        return None
    choices, said = open_choice["choices"], open_choice["words"]
    plain = talk.heard.plain
    number = talk.heard.choice_number
    titles = [*choices, NONE]
    picked = titles[number - 1] if number and number <= len(titles) else None
    picked = picked or next((title for title in titles if talk.heard.text.strip() == title), None)
    if picked == NONE or words.NONE_OF_THEM.search(plain) or (talk.heard.no and len(plain) <= 4):
        return way_out(talk, said)
    if picked is None:
        return None
    talk.set(misunderstood=None)
    talk.said_at = open_choice.get("at")
    return thread.start(talk, choices[picked], said)
