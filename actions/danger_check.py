"""A danger that is over or denied ("昨天漏气已经修好了，想问安检"): the wish is served, and whether it is really over is asked.

Slot `emergency_safe` holds CHECK and the kind of danger while that question is open, CHECKED once it has been asked.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rasa_sdk.events import EventType

from actions.dialogue import Dialogue
from actions.emergencies import report
from actions.no_danger import CHECK
from kefu.intake import service as reports
from kefu.nlu.danger import EMERGENCY, DangerLexicon
from kefu.nlu.normalise import normalise
from kefu.settings import ROOT

CHECKED = "checked"
# Said of a danger of the last days, or of none: not "会不会漏气", "去年漏气那次", which ask or tell of long ago.
_OVER = re.compile(
    r"(昨|前天|前几天|前两天|上周|上礼拜|刚才|早上|上午|下午|那天|修好|处理好|处理完|弄好|解决了|修过|关了|没味了|不漏了)"
)
_NONE = re.compile(r"(没有?|没闻到|没闻着|不是|并没|倒是没|无)[^，。！!；;]{0,4}(味|漏|泄|冒|火|烟|爆|电着|触电)")
_ASKS_IN_GENERAL = re.compile(
    r"(会不会|怎么预防|如何防|怎么防|避免|万一|如果|要是|假如|以防|知识|讲座|去年|前年|上个月|是不是[^，。]{0,8}爆)"
)
_STILL = re.compile(
    r"(还(有|在|是|漏|冒|响)|又(有|漏|冒|响|闻)|仍|有(一?点|些)?(味|漏|火花|烟|焦|怪味|晕|难受)|^(有|有的|有点|有一点|有啊)[啊呀的了。.]*$|好像有|漏着|冒着)"
)
_GONE = re.compile(
    r"(没有?(了|味|漏|事|异味|冒|再|闻)|^没有?[啊呀的。.了]*$|都?没有|没(啥|什么)?(味|事)|不漏|不冒|不响|好了|修好|正常|真没|没问题|^(嗯|对|是|是的|对的|好的)[，,。啊呀 ]*$)"
)
MOST = 80  # characters; a longer story is about something else


@lru_cache(maxsize=1)
def _lexicon() -> DangerLexicon:
    return DangerLexicon.from_file(ROOT / "data" / "lexicon" / "danger.yml")


@lru_cache(maxsize=1)
def _signs() -> list[tuple[str, re.Pattern[str]]]:
    kinds = _lexicon().source["kinds"].items()
    return [(kind, re.compile(sign)) for kind, row in kinds for sign in row["signs"]]


def answered(talk: Dialogue) -> list[EventType] | None:
    """The answer to the open question: danger after all, or a word of relief; None when the words go on elsewhere."""
    open_check = str(talk.slot("emergency_safe") or "")
    if not open_check.startswith(CHECK):
        return None
    kind, heard = open_check.removeprefix(CHECK), talk.heard
    talk.set(emergency_safe=CHECKED)
    if heard.intent == EMERGENCY:
        return None
    if _STILL.search(heard.plain) and not _GONE.search(heard.plain):
        return report(talk, kind, talk.company.safety[kind].service)
    if not _GONE.search(heard.plain):
        return None
    talk.tell("danger_check_gone", phone=talk.emergency_phone(talk.company.safety[kind].service))
    more = heard.has_particulars or heard.intent in talk.company.topics or (talk.form and talk.would_answer())
    return None if more else talk.go_on()


def ask(talk: Dialogue) -> None:
    """Once in a talk, before the wish is served."""
    heard = talk.heard
    if talk.slot("emergency_safe") == CHECKED or heard.intent == EMERGENCY or len(heard.plain) > MOST:
        return
    kind = _told_as_over(heard.text)
    if kind is None or reports.open_emergency_of(talk.session, talk.conversation_id) is not None:
        return
    service = talk.company.safety[kind].service
    if service is None:
        return
    talk.set(emergency_safe=f"{CHECK}{kind}")
    talk.tell(f"danger_check_{service}", phone=talk.emergency_phone(service))


def _told_as_over(text: str) -> str | None:
    """The kind of a danger that these words call past or absent."""
    plain, words = normalise(text), _lexicon()
    if words.hyperbole(text) or re.search(words.source["mild"], plain) or _ASKS_IN_GENERAL.search(plain):
        return None
    kind = next((kind for kind, sign in _signs() if sign.search(plain)), None)
    gas = words.source["kinds"].get(kind, {}).get("service") == "gas"  # the nose gets used to gas: asked even if denied
    return kind if _OVER.search(plain) or (gas and _NONE.search(plain)) else None
