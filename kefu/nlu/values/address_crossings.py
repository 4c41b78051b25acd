"""Crossings of two roads. All on normalised text."""

from __future__ import annotations

import re
from typing import Iterator

from kefu.nlu.values.address_parts import CJK, Part
from kefu.nlu.values.address_words import LEAD, STOP

_CROSS_END = re.compile(r"(?:的)?(?:交叉路口|交叉口|交口|路口|交汇处|交界处)")
_ROAD = CJK + r"{1,5}?(?:大道|大街|路|街|巷)"
_CROSS = re.compile(r"(?P<first>" + _ROAD + r")\s?(?P<rest>(?:与|和|跟|、)?\s?" + _ROAD + r")$")


def crossings(text: str) -> Iterator[Part]:
    """Two roads and a word for their crossing: the first road, and the rest as a detail."""
    for crossing in _CROSS_END.finditer(text):
        first = max(0, crossing.start() - 16)
        match = _CROSS.search(text[first : crossing.start()])
        if not match:
            continue
        end, rest = first + match.end("first"), first + match.start("rest")
        start = _past_stops(text, first + match.start(), end)
        if end - start > 1:
            yield Part("road", start, end, text[start:end])
            yield Part("detail", rest, crossing.end(), text[rest : crossing.end()].replace(" ", ""))


def _past_stops(text: str, start: int, end: int) -> int:
    """The start of a name that may have words before it (地址是建设路)."""
    for stop in STOP.finditer(text, max(0, start - 1), end):
        start = stop.end()
    lead = LEAD.match(text, start, end)
    while lead:
        start = lead.end()
        lead = LEAD.match(text, start, end)
    return start
