"""What a customer's words say of a relief wished: into how many parts, for how many days, until when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from kefu.billing.periods import months_on
from kefu.billing.relief import Wish
from kefu.clock import clock, local
from kefu.company.relief import WishKind
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values, resolve_time
from kefu.nlu.values.numerals import NUMBER, read_number

_PARTS = re.compile(
    rf"(?:分(?:成|为|作)?\s*(?P<split>{NUMBER})\s*(?:期|次|个月|月|批|笔|回|份))|(?P<bare>{NUMBER})\s*期"
)
_SPAN = re.compile(rf"(?P<count>{NUMBER})\s*(?P<unit>天|个?星期|个?礼拜|周|个月)")
_NEXT_MONTH = re.compile(r"下个?月(?!初|中|底|末|上旬|下旬|\d|[一二三四五六七八九十]+[号日])")
_DAYS = {"天": 1, "星期": 7, "礼拜": 7, "周": 7, "月": 30}
MOST_PARTS, MOST_DAYS = 60, 366


def wish_of(kind: WishKind, said: Iterable[str]) -> Wish:
    """The wish with the numbers and the day last said for it; what was not said is None."""
    parts: int | None = None
    days: int | None = None
    until: date | None = None
    for text in said:
        if kind == "postpone":
            days, until = _later(text) or (days, until)
        elif kind in ("instalments", "hardship"):
            parts = _parts(text) or parts
    return Wish(kind, parts=parts, days=days, first_on=until)


def _parts(text: str) -> int | None:
    found = _PARTS.search(normalise(text))
    number = _whole(found["split"] or found["bare"], MOST_PARTS) if found else None
    return number if number is not None and number > 1 else None


def _later(text: str) -> tuple[int | None, date | None] | None:
    """Days, or the last day on which it would be paid; a month alone means its end."""
    plain, today = normalise(text), local(clock.now()).date()
    span = _SPAN.search(plain)
    if span and (half := span["count"] == "半"):
        return (15, None) if half and span["unit"] == "个月" else None
    if span and (count := _whole(span["count"], MOST_DAYS)):
        return min(count * _DAYS[span["unit"].lstrip("个")], MOST_DAYS), None
    for value in find_values(text):
        when = resolve_time(value.text, clock.now(), prefer="future") if value.entity == "time" else None
        if when is not None and today < local(when[1]).date() <= today + timedelta(MOST_DAYS):
            return None, local(when[1]).date()
    if _NEXT_MONTH.search(plain):
        return None, months_on(today.replace(day=1), 2) - timedelta(1)
    return None


def _whole(text: str, most: int) -> int | None:
    read = read_number(text)
    return int(read[0]) if read is not None and read[0] == int(read[0]) and 0 < read[0] <= most else None
