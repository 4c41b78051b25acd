"""Danger that has its ticket is not over: it grows, the customer wants to go back in, or thinks that it has stopped."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions import everyone
from actions.dialogue import Dialogue
from actions.emergencies import once_more, report
from actions.no_danger import said_in_general
from kefu.intake import service as reports
from kefu.intake.danger_words import says_grows
from kefu.nlu.danger import EMERGENCY
from kefu.tickets import service as tickets

_GO_BACK = re.compile(
    r"(能|可以|敢|要不要|什么时候|啥时).{0,8}(回去|回家|回屋|进屋|进去|进门|上楼|开灯|开火|做饭|开电|合闸|送电|用[电水气]|开阀|开窗|关窗)"
)


def grows(talk: Dialogue) -> list[EventType] | None:
    """ "烟越来越大了" after the report: instructions again, the ticket, an alert, a person."""
    grown = says_grows(talk.heard.plain)
    if talk.form or not (grown or (everyone.hurt(talk) and talk.slot("emergency_safe") != everyone.LAST)):
        return None
    known = reports.open_emergency_of(talk.session, talk.conversation_id)
    return None if known is None else once_more(talk, known, known.symptom if grown else None, known.service)


def signs(talk: Dialogue) -> list[EventType] | None:
    """ "被困电梯了": danger by the company's own words for it, whatever intent it was read as."""
    heard = talk.heard
    kind = None if heard.intent == EMERGENCY else talk.company.danger_sign(heard.text)
    if kind is None or talk.form == "emergency_form" or said_in_general(heard.text):
        return None
    known = reports.open_emergency_of(talk.session, talk.conversation_id)
    service = talk.company.safety[kind].service or heard.service
    if known is not None and kind == known.symptom:
        return once_more(talk, known, kind, service)
    return report(talk, kind, service, known)


def asked(talk: Dialogue) -> list[EventType] | None:
    """A short question or word about a danger that has its ticket: the written word for it, and a note on the ticket."""
    heard = talk.heard
    other = heard.intent in talk.company.topics and heard.intent != "ask_safety"
    written = any(talk.company.advice(kind, heard.text) for kind in talk.company.safety)
    if talk.form or other or heard.has_particulars or not written:
        return None
    known = reports.open_emergency_of(talk.session, talk.conversation_id)
    said = talk.company.advice(known.symptom, heard.text) if known is not None else []
    if known is None or not said:
        return None
    for text in said:
        talk.say_again(text)
    tickets.supplement(talk.session, known, "customer", heard.text)
    return talk.events


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
    """ "取消吧" after the report, in whatever words: it stands until somebody has looked; True if there is one."""
    known = reports.open_emergency_of(talk.session, talk.conversation_id)
    if known is not None:
        phone = talk.emergency_phone(known.service)
        talk.say("utter_cancelled_emergency", number=known.number, phone=phone)
    return known is not None
