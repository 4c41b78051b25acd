"""Read as danger, though no word of danger is said: an outage told with fright, or who lives in a home that is off.

The words decide, and only where the classifier alone saw danger and was not sure. In doubt it stays an emergency.
"""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions import no_danger, outage_questions, thread, vulnerable, words
from actions.dialogue import Dialogue

SURE_OF_DANGER = 0.8
# Any of these, and it is treated as danger.
_DANGER = re.compile(
    r"[漏味火烟烧焦糊麻炸烫晕伤触倒塌断喷涌淹爆臭冒响呛困血救死疼痛昏吐险危]|带电|电人|掉下|电着|打火|呼吸(困难|不)|喘不|没气了"
)


def merely_off(talk: Dialogue) -> list[EventType] | None:
    """Events of the outage it is; None: it is danger, or may be."""
    heard = talk.heard
    if talk.form or heard.first("danger") or heard.confidence >= SURE_OF_DANGER or _DANGER.search(heard.plain):
        return None
    named = vulnerable.heard(talk)
    if named is not None:
        return named
    if words.FOLLOWS_UP.match(heard.plain) and heard.service and (talk.slot("told_known") or talk.slot("last_topic")):
        return outage_questions.asked(talk, "ask_outage", [heard.text], heard.service)
    if words.OFF_NOW.search(heard.plain):
        return thread.start(talk, "report_outage", [heard.text])
    return None


no_danger.INSTEAD.append(merely_off)
