"""Is everyone safe? Asked with the first things needed in danger; who is hurt, and fire, come before all else.

Slot `emergency_safe`: ASKED, LAST (asked when all else was known), SAFE or HURT.
"""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.dialogue import Dialogue
from kefu.intake import service as reports
from kefu.intake.danger_words import says_fire, says_hurt, says_only_trapped, says_safe
from kefu.tickets import service as tickets

ASKED, LAST, SAFE, HURT = "asked", "asked_last", "safe", "hurt"
OPEN = (ASKED, LAST)
SHORT = 12  # characters
TOLD = {SAFE: "都安全", HURT: "有人受伤或不舒服"}
_OF_FIRE = re.compile(r"着火|起火")
_BARE_NO = re.compile(r"^(没有?|没的|无)[啊呀的了。.!！]*$")


_CHILD = re.compile(
    r"(我(今年|才)?[\d一二三四五六七八九十]{1,2}岁|我是小(孩|朋友|学生)|(爸妈|妈妈|爸爸|大人|爷爷|奶奶)都?(不在|上班|没回|出去))"
)


def hurt(talk: Dialogue) -> bool:
    return says_hurt(talk.heard.plain)


def on_fire(talk: Dialogue) -> bool:
    return says_fire(talk.heard.plain)


def first(talk: Dialogue, script: str | None = None) -> None:
    """ "Somebody is hurt": 120 before all else; "it burns": 119, unless the script told with it says so; a child alone."""
    if hurt(talk) and says_only_trapped(talk.heard.plain):
        if not (script and "消防" in talk.company.safety[script].phones):
            talk.tell("danger_trapped")
    elif hurt(talk):
        talk.tell("danger_hurt")
    elif on_fire(talk) and not (script and _OF_FIRE.search(talk.company.safety[script].title)):
        talk.tell("danger_fire")
    if _CHILD.search(talk.heard.plain):
        talk.tell("danger_child")


def advice(talk: Dialogue, kind: str | None = None) -> list[str]:
    """The short words written for what this message says or asks (company/danger_advice.yml)."""
    return talk.company.advice(kind or talk.slot("emergency_kind"), talk.heard.text)


def advise(talk: Dialogue, kind: str | None = None) -> None:
    for text in advice(talk, kind):
        talk.say_again(text)


def only_of_people(talk: Dialogue) -> bool:
    """The answer to whether everyone is safe, and to nothing else: "没有" is no refusal of a phone then."""
    heard, asked = talk.heard, talk.slot("emergency_safe") in OPEN
    said = _BARE_NO.match(heard.plain) or (says_safe(heard.plain) and len(heard.plain) <= SHORT)
    return bool(asked and said and not heard.has_particulars and not heard.like_a_place)


def noted(talk: Dialogue) -> None:
    """Take what this message says of the people; an alert once more when somebody is hurt."""
    before = talk.slot("emergency_safe")
    if hurt(talk):
        talk.set(emergency_safe=HURT)
        if before != HURT:
            place = (talk.slot("emergency_place") or {}).get("text")
            reports.alert_danger(talk.session, talk.conversation_id, "hurt", talk.slot("emergency_service"), place)
            _on_ticket(talk, HURT)
    elif before != HURT and (says_safe(talk.heard.plain) or (before in OPEN and _BARE_NO.match(talk.heard.plain))):
        talk.set(emergency_safe=SAFE)
        if before in OPEN:
            talk.tell("danger_all_safe")
        if before != SAFE:
            _on_ticket(talk, SAFE)


def _on_ticket(talk: Dialogue, state: str) -> None:
    ticket = reports.open_emergency_of(talk.session, talk.conversation_id)
    if ticket is not None:
        tickets.supplement(talk.session, ticket, "assistant", f"人员：{TOLD[state]}")


def line(talk: Dialogue) -> list[str]:
    """For the crew and the colleague: nothing as long as nothing is known."""
    told = TOLD.get(talk.slot("emergency_safe") or "")
    return [f"人员：{told}"] if told else []


def ask(talk: Dialogue, said_already: bool = False) -> None:
    """With the next thing needed, once. `said_already`: the next question itself asks."""
    if not to_ask(talk):
        return
    if not said_already:
        talk.tell("danger_ask_safe")
    talk.set(emergency_safe=ASKED)


def to_ask(talk: Dialogue) -> bool:
    """Neither asked nor told; nobody who may take his own life is asked whether all are well."""
    script = talk.company.safety[talk.company.danger_named(talk.slot("emergency_kind"), None)]
    return not script.person and talk.slot("emergency_safe") not in (*OPEN, SAFE, HURT)


def answered(talk: Dialogue) -> list[EventType] | None:
    """The answer to the question asked last of all; None when this message is none, or danger again."""
    if talk.slot("emergency_safe") != LAST or talk.form or talk.heard.intent == "report_emergency":
        return None
    noted(talk)
    state = talk.slot("emergency_safe")
    if state == LAST:
        talk.set(emergency_safe=None)
    if state == HURT:
        first(talk)
        advise(talk)
        talk.tell("danger_noted", phone=talk.emergency_phone(talk.heard.service))
    if state == LAST or talk.heard.has_particulars or (talk.slot("offered_return") and talk.heard.yes):
        return None
    ticket = reports.open_emergency_of(talk.session, talk.conversation_id)
    if ticket is not None:
        tickets.supplement(talk.session, ticket, "customer", talk.heard.text)
    return talk.events
