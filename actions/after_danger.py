"""Danger that has its ticket is not over: it grows, the customer wants to go back in, or thinks that it has stopped."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.dialogue import Dialogue
from actions.emergencies import once_more
from kefu.intake import service as reports
from kefu.intake.danger_words import says_grows

_GO_BACK = re.compile(
    r"(能|可以|敢|要不要|什么时候|啥时).{0,8}(回去|回家|回屋|进屋|进去|进门|上楼|开灯|开火|做饭|开电|合闸|送电|用[电水气]|开阀|开窗|关窗)"
)


def grows(talk: Dialogue) -> list[EventType] | None:
    """ "烟越来越大了" after the report: instructions again, the ticket, an alert, a person."""
    if talk.form or not says_grows(talk.heard.plain):
        return None
    known = reports.open_emergency_of(talk.session, talk.conversation_id)
    return None if known is None else once_more(talk, known, known.symptom, known.service)


def may_i(talk: Dialogue) -> list[EventType] | None:
    """ "那我能回去了吗": nobody but the people on the spot can say that."""
    if talk.form or not _GO_BACK.search(talk.heard.plain):
        return None
    known = reports.open_emergency_of(talk.session, talk.conversation_id)
    if known is None:
        return None
    talk.tell("danger_not_yet", phone=talk.emergency_phone(known.service))
    return talk.events


def stands(talk: Dialogue) -> bool:
    """ "取消吧", "没事了" after the report: it stands until somebody has looked; True if that was said."""
    known = reports.open_emergency_of(talk.session, talk.conversation_id)
    if known is not None:
        phone = talk.emergency_phone(known.service)
        talk.say("utter_cancelled_emergency", number=known.number, phone=phone)
    return known is not None
