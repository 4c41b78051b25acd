"""Times in Chinese text: 明天下午三点以后, 俩小时, 昨儿半夜, 10月2号上午九点到十一点."""

from __future__ import annotations

import re
from typing import List

from kefu.nlu.normalise import normalise
from kefu.nlu.values import time_words as w
from kefu.nlu.values.types import Value

_SHORT = r"[早晚晨夜](?![饭餐点些市班])"
_PART_AND_CLOCK = rf"(?:{w.PART}的? ?(?:{w.CLOCK})?|(?<!最)[早晚](?!一点){w.CLOCK})"
_MOMENT = (
    rf"(?:{w.DAY}(?:的|[那当]天(?={w.PART}))? ?(?:(?:{w.PART}|{_SHORT})的? ?)?(?:{w.CLOCK})?"
    rf"|(?<!一){_PART_AND_CLOCK}|{w.BARE_CLOCK})"
)
_LATER = rf"(?:{w.NOW}|(?:{w.DAY})?(?:{w.PART}|{_SHORT})?{w.CLOCK}|(?:{w.DAY})?{w.PART}|{w.DAY}(?:{_SHORT})?)"
_RANGE = rf"{_MOMENT}(?:{w.SUFFIX}|(?:{w.TO}{_LATER}))?(?:{w.SUFFIX})?"

# What looks like a time and is none; matched first, then thrown away.
_TRAPS = (
    rf"一天到晚|三天两头|[这那]期间|几个?(?:小时|钟头|分钟|天)[之以]?内?(?=能|才|可以|[给来]?修|恢复)|大?半天|(?:每|天天)(?:天|日|个?月|年|{w.WEEKDAY}|周|个?星期|逢)?(?:{w.DAY_NUMBER}[号日])?(?:的?(?:{w.PART}|[早晚]))?(?:{w.CLOCK})?"
    rf"|早晚|一时(?!半?刻)|[有差早晚快慢多少]一点(?!半|钟|多)|(?:{w.HOUR}|\d{1, 3})分之"
)
_STARTS = r"(?=[\d零〇一二两三四五六七八九十俩仨半几好再过大前昨今明后上下这本当周星礼月年国元腊入开小五劳春除端中清凌拂头正晌午傍深早晚夜刚方整每天有差快慢多少去])"
_TIME = re.compile(
    rf"{_STARTS}(?:(?P<trap>{_TRAPS})|(?P<time>{w.JUST}|{w.WHOLE_PART}|{w.FEW_DAYS_AGO}|{w.DAYS_AFTER}{w.PART}(?:{w.CLOCK})?|{w.DURATION}|{_RANGE}))"
)
_NOW_ONLY = re.compile(rf"\W*就?(?P<time>{w.NOW}|马上|立刻)(?:吧|就行|可以|来)?\W*\Z")
_TRIM = "的 "


def find_times(text: str) -> List[Value]:
    """All times, left to right; 现在 only where it is the whole message (it is a filler elsewhere)."""
    plain = normalise(text)
    alone = _NOW_ONLY.match(plain)
    matches = [alone] if alone else [m for m in _TIME.finditer(plain) if m["time"]]
    found = []
    for match in matches:
        start = match.start("time")
        end = start + len(match["time"].rstrip(_TRIM))
        found.append(Value("time", start, end, text[start:end], {"text": plain[start:end]}))
    return found
