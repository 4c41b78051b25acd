"""Stretches of time: 刚才, 一上午, 半小时后, 三天前, 停了俩小时: from now on or back from now."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Optional, Tuple

from kefu.clock import SHANGHAI
from kefu.nlu.values import time_words as w
from kefu.nlu.values.numerals import read_number

Span = Tuple[datetime, datetime]

_WHOLE = {
    "上午": (8.5, 12),
    "早上": (6, 9),
    "下午": (13.5, 17.5),
    "晚": (-6, 6),
    "夜": (-6, 6),
    "宿": (-6, 6),
    "天": (0, 24),
}
_UNITS = {
    "小时": timedelta(hours=1),
    "钟头": timedelta(hours=1),
    "分钟": timedelta(minutes=1),
    "刻钟": timedelta(minutes=15),
    "天": timedelta(days=1),
    "宿": timedelta(days=1),
    "晚上": timedelta(days=1),
    "夜": timedelta(days=1),
    "周": timedelta(days=7),
    "星期": timedelta(days=7),
    "礼拜": timedelta(days=7),
    "月": timedelta(days=30),
    "年": timedelta(days=365),
}

_UNIT = rf"{'|'.join(unit for unit in _UNITS if unit not in '月年')}|(?<=[个半])月|年(?=[以之]?[前后]|[了多]|\Z)"
_AMOUNT = re.compile(
    r"(?P<ahead>再?过|再等)?(?!半[夜天宿晚])(?P<count>[\d.]+|好几|[零一二两俩三仨四五六七八九十几]+|半)"
    rf"[来多]?个?(?P<half>半)?[多来]?(?P<unit>{_UNIT})(?P<tail>半|多)?(?P<side>[以之]?[前后内])?"
)
_WHOLE_PART = re.compile(rf"{w.WHOLE_PART}")


def at(day: date, hours: float) -> datetime:
    midnight = datetime.combine(day, time(), tzinfo=SHANGHAI)
    return midnight + timedelta(hours=hours)


def just(text: str, now: datetime, past: bool) -> Optional[Span]:
    if re.search(w.JUST, text) or text == "刚":
        return now - timedelta(minutes=10), now
    return (now, now) if re.fullmatch(rf"{w.NOW}|马上|立刻", text) else None


def whole_part(text: str, now: datetime, past: bool) -> Optional[Span]:
    """一上午, 一宿: today's (or last night's) stretch, as far as it is over."""
    found = _WHOLE_PART.match(text)
    if not found:
        return None
    low, high = next(window for word, window in _WHOLE.items() if word in found[0])
    start, end = at(now.date(), low), min(at(now.date(), high), now)
    return (start, end) if start <= end else (start, at(now.date(), high))


def _length(found: "re.Match[str]") -> Optional[timedelta]:
    count = read_number(found["count"].replace("俩半", "俩"))
    if found["count"] == "好几" or count is None:
        return None
    number = float(count[0]) + (0.5 if found["half"] or found["tail"] == "半" else 0)
    return _UNITS[found["unit"]] * number


def stretch(text: str, now: datetime, past: bool) -> Optional[Span]:
    """半小时后, 三天前, 两小时内; a bare stretch (停了俩小时) counts back from now."""
    found = _AMOUNT.match(text)
    length = _length(found) if found else None
    if found is None or length is None:
        return None
    side = (found["side"] or "")[-1:]
    if side == "内":
        return now, now + length
    moment = now + length if side == "后" or found["ahead"] else now - length
    return moment, moment


def bare_stretch(text: str, now: datetime) -> Optional[Span]:
    """一周, 两个月: too vague to be found in a sentence, but it is what is left of 一周没暖气了."""
    return stretch(text, now, True) if _AMOUNT.fullmatch(text.rstrip("了")) else None
