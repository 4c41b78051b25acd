"""Words read as danger that are none: a general question ("煤气味跟臭鸡蛋味一样吗"), a hose that drips."""

from __future__ import annotations

import re
from collections.abc import Callable

from rasa_sdk.events import EventType

from actions import everyone, thread
from actions.dialogue import Dialogue
from kefu.intake.danger_words import says_slight
from kefu.nlu.normalise import normalise

# Other readings of words without a sign of danger, each None when it is none of its own (modules put theirs here).
INSTEAD: list[Callable[[Dialogue], list[EventType] | None]] = []
CHECK = "check:"  # slot `emergency_safe` while it is asked whether there is danger (actions/danger_check.py)
_COMPARES = re.compile(
    r"((跟|和|与|同|像)[^，。]{1,10}(一样|区别|不同|差别|相同)|(是|叫)(什么|啥)(样的?)?味|什么味(道)?[^，。]{0,3}[?？]?$|区别(在哪|是什么)|怎么(分辨|区分|辨别|判断))"
)
_HERE = re.compile(
    r"(闻到|闻着|我家|家里|屋里|厨房|楼道|楼下|小区|现在|刚才|好大|好重|好浓|很大|很重|很浓|一股|满屋|有股)"
)


def said_in_general(text: str) -> bool:
    """ "煤气味跟臭鸡蛋味是一样的吗": a question about danger, and no word of one here and now."""
    plain = normalise(text)
    return bool(_COMPARES.search(plain)) and not _HERE.search(plain)


def _in_general(talk: Dialogue, kind: str | None) -> list[EventType] | None:
    """Such a question is no alarm: it is asked whether it is so now. None when it is about a danger."""
    kind = kind or talk.heard.service
    service = talk.company.safety[kind].service if kind in talk.company.safety else None
    if talk.form or kind is None or service is None or not said_in_general(talk.heard.text):
        return None
    talk.set(emergency_safe=f"{CHECK}{kind}")
    talk.tell(f"danger_general_{service}", phone=talk.emergency_phone(service))
    return talk.events


def instead(talk: Dialogue, named: str | None) -> list[EventType] | None:
    """What is done with words read as danger that are none; None for danger. `named`: the lexicon's kind."""
    general = _in_general(talk, named)
    if general is not None:
        return general
    if named is None and not talk.company.danger_sign(talk.heard.text):
        other = next((events for read in INSTEAD if (events := read(talk)) is not None), None)
        if other is not None:
            return other
    slight = (
        not talk.company.danger_sign(talk.heard.text)
        and named is None
        and says_slight(talk.heard.plain)
        and not everyone.hurt(talk)
        and not everyone.on_fire(talk)
    )
    if not slight:
        return None
    if talk.form:
        return thread.in_form(talk, "report_facility")
    return thread.start(talk, "report_facility", [talk.heard.text])
