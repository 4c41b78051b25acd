"""Values taken back in the same breath: 13812345678，不对，13912345678; 不是明天是后天; 上个月，说错了，上上个月."""

from __future__ import annotations

import re
from typing import List

from kefu.nlu.normalise import normalise
from kefu.nlu.values.types import Value

# Places have their own rules (`address`): there a correction changes parts of what was said.
_CORRECTED = frozenset(("account_number", "phone", "ticket_number", "time", "period", "amount", "quantity"))
_WRONG = re.compile(
    r"(?:[来到吧的]|打的)?[\s,.、。!?…(]*(?:等等|等下|哎呀?|啊|呃|哦|噢|不|我|刚才|刚刚|是|\s|,){0,4}"
    r"(?:(?:说|打|写|弄|记|搞|讲|发|填|报|输)(?:反|错)了?|不对(?!劲|付|面)|[哦噢啊呃不]不+|错了|更正)"
    r"[\s,.、。!?…]*(?:[了啊哦]|应该|就?是|改成|改为|我?说的|打|这个|不对|号码|户号|电话|单号|\s|,){0,4}"
)
_DISPUTED = re.compile("的?不对")
_INSTEAD = re.compile(r"[\s,.、。;]{0,2}(?:而是|应该是|是|要)\s?")
_NOT = re.compile(r"(?<![是要])(?:不是|不要)\s?\Z")


def without_corrected(text: str, found: List[Value]) -> List[Value]:
    """`found` (by start) without what the customer takes back and says anew with a value of the same kind."""
    if len(found) < 2:
        return found
    plain = normalise(text)
    kept = []
    for value in found:
        later = _next_of_kind(found, value)
        if later is None or not _taken_back(plain, value, later):
            kept.append(value)
    return kept


def _next_of_kind(found: List[Value], value: Value) -> "Value | None":
    if value.entity not in _CORRECTED:
        return None
    return next((other for other in found if other.entity == value.entity and other.start >= value.end), None)


def _taken_back(plain: str, old: Value, new: Value) -> bool:
    if new.start - old.end > 24:
        return False
    if _WRONG.fullmatch(plain, old.end, new.start):
        # 上个月不对，这个月对 tells of two bills; 上个月，不对，这个月 of one
        disputed = old.entity == "period" and _DISPUTED.match(plain, old.end)
        return not disputed or "应该" in plain[old.end : new.start]
    before = plain[max(0, old.start - 4) : old.start]
    return bool(_NOT.search(before) and _INSTEAD.fullmatch(plain, old.end, new.start))
