"""What a time phrase means at a given moment: 明天下午三点以后 → from and to, aware, Asia/Shanghai.

A clock time is an instant (start = end). Stretches end at their last moment: a day ends at 23:59:59, 下午 at 17:30.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Dict, List, Literal, Optional, Tuple

from kefu.clock import SHANGHAI
from kefu.nlu.normalise import normalise
from kefu.nlu.values import time_words as w
from kefu.nlu.values.numerals import read_int
from kefu.nlu.values.time_days import Days, read_days
from kefu.nlu.values.time_stretch import Span, at, bare_stretch, just, stretch, whole_part
from kefu.nlu.values.times import find_times

# Part of the day: from and to in hours; over 24 is the next day.
_WINDOWS: Dict[str, Tuple[float, float]] = {
    "dawn": (0, 6),
    "morning": (6, 9),
    "forenoon": (8.5, 12),
    "noon": (11.5, 13.5),
    "afternoon": (13.5, 17.5),
    "dusk": (17, 19),
    "evening": (18, 22),
    "night": (22, 26),
}
_RANGE = re.compile(rf"(?P<first>.+?){w.TO}(?P<last>.+)")
_DASHED_DATE = re.compile(r"20\d\d-\d{1,2}-\d{1,2}")
_SUFFIX = re.compile(r"(?:[以之过]?(?P<side>[前后])|左右|前后)\Z")
_PARTS = tuple((name, re.compile(words)) for name, words in w.PARTS)
_COLON = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})")
_CLOCK = re.compile(
    rf"(?<!\d)(?P<hour>{w.HOUR})(?:[点时]|(?<=\A..)\Z|(?<=\A.)\Z)(?P<minute>半|一刻|三刻|[零〇一二三四五六七八九十\d]+)?(?P<more>多)?"
)
_WEEKDAY = re.compile(w.WEEKDAY)
_NO_HOUR = re.compile(rf"{w.WEEKDAY}|五一(?!点)|十一(?=\Z|[假长期放以之前后])")
_BARE_HOUR = re.compile(rf"(?<![\d周期拜.:]){w.HOUR}\Z")
_DAYS_AFTER = re.compile(rf"(?P<count>.{{1,2}})(?<!\A半)天(?:[以之]?后|过后)的? ?(?={w.PART})")
_BARE_DAY = re.compile(rf"{w.DAY_NUMBER}[号日]")
_TURN = re.compile(w.TURN)
_SPARE_BLANK = re.compile(r"(?<!\d) +| +(?!\d)")
_MONTHS = re.compile(r"(?P<near>上上|下下|上|下|这|本|当)个?月")


@dataclass(frozen=True)
class _Moment:
    """A phrase taken apart: the days it names, the part of the day, the clock time; each may be missing."""

    days: Optional[Days]
    part: Optional[str]
    clock: Optional[Tuple[int, int]]
    exact: bool = False  # 08:00 is on the 24 hour clock


def _read_part(text: str) -> Optional[str]:
    for name, pattern in _PARTS:
        if pattern.search(text):
            return name
    short = re.search(r"[早晚晨夜]", text)
    return w.SHORT_PARTS[short[0]] if short else None


def _minute(word: Optional[str]) -> int:
    fixed = {"": 0, "半": 30, "一刻": 15, "三刻": 45}
    word = word or ""
    if word in fixed:
        return fixed[word]
    digits = word.lstrip("零〇0")
    return read_int(digits) if digits else 0


def _hour(word: str) -> int:
    """An hour; of two neighbours (七八点, 九十点) the earlier."""
    return 9 if word == "九十" else read_int(word)


def _read_clock(text: str) -> Optional[Tuple[int, int]]:
    colon = _COLON.search(text)
    found = colon or _CLOCK.search(_NO_HOUR.sub(" ", text))
    if not found:
        return None
    hour = int(found["hour"]) if colon else _hour(found["hour"])
    minute = int(found["minute"]) if colon else _minute(found["minute"])
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueError(text)
    return hour, minute


def _take_apart(text: str, today: date, past: bool) -> _Moment:
    exact = bool(re.search(r"(?<!\d)0\d:\d\d", text))
    return _Moment(read_days(text, today, past), _read_part(text), _read_clock(text), exact)


def _hour_in_part(hour: int, part: str) -> int:
    """The hour on the 24 (or, after midnight, more) hour clock; ValueError when part and hour do not go together."""
    if part in ("dawn", "morning", "forenoon"):
        if hour > 12:
            raise ValueError(part)
        return 0 if part == "dawn" and hour == 12 else hour
    if hour > 12:
        return hour
    if part == "noon":
        return hour if hour >= 10 else hour + 12
    if part in ("afternoon", "dusk"):
        return 12 if hour == 12 else hour + 12
    return hour + 24 if hour < 5 else hour + 12


def _with_clock(day: date, moment: _Moment) -> List[Span]:
    """The instants a clock time may mean on a day: one with a part of the day, else morning and evening."""
    hour, minute = moment.clock or (0, 0)
    if moment.part:
        hours = [_hour_in_part(hour, moment.part)]
    elif 1 <= hour <= 12 and not moment.exact:
        hours = [hour, (hour + 12) % 24] if hour < 12 else [12, 24]
    else:
        hours = [hour]
    return [(t, t) for t in (at(day, h + minute / 60) for h in hours)]


def _on_day(day: date, moment: _Moment) -> List[Span]:
    if moment.clock:
        return _with_clock(day, moment)
    low, high = _WINDOWS[moment.part] if moment.part else (0, 24)
    end = at(day, high)
    return [(at(day, low), end if high != 24 else end - timedelta(seconds=1))]


def _fitting(spans: List[Span], now: datetime, past: bool) -> Optional[Span]:
    spans = sorted(spans)
    fits = [s for s in spans if (s[0] <= now if past else s[1] >= now)]
    return (fits[-1] if past else fits[0]) if fits else None


def _by_day(span: Span) -> bool:
    """Between seven in the morning and before seven in the evening."""
    return 7 <= span[0].hour < 19


def _on_named_days(days: Days, moment: _Moment, now: datetime, past: bool) -> Span:
    first, last = days
    if first != last:
        return _on_day(first, moment)[0][0], _on_day(last, moment)[-1][1]
    spans = _on_day(first, moment)
    if len(spans) == 1:
        return spans[0]
    if first == now.date():
        fits = _fitting(spans, now, past)
        if fits:
            return fits
    return next(filter(_by_day, spans), spans[0])


def _place(moment: _Moment, now: datetime, past: bool, today_only: bool) -> Optional[Span]:
    if moment.days:
        return _on_named_days(moment.days, moment, now, past)
    if not moment.part and not moment.clock:
        return None
    shifts = (0,) if today_only else (-1, 0, 1)
    spans = [s for n in shifts for s in _on_day(now.date() + timedelta(days=n), moment)]
    if moment.clock and not moment.part and not past and len(spans) > len(shifts):
        spans = [s for s in spans if 7 <= s[0].hour < 22]  # nobody makes an appointment for the night without saying so
    return _fitting(spans, now, past) or _fitting(spans, now, not past)


def _inherit(last: _Moment, first: _Moment) -> _Moment:
    """下午两点到四点: the end takes day and part of the day from the start where it has none."""
    same_day = last.days is None
    part = last.part or (first.part if same_day else None)
    return _Moment(first.days if same_day else last.days, part, last.clock)


def _range_end(text: str, first: _Moment, start: Span, now: datetime, past: bool) -> datetime:
    bare = _BARE_DAY.match(text)  # 3月5号到8号: the 8th after that 5th
    last = _inherit(_take_apart(text, start[0].date() if bare else now.date(), past and not bare), first)
    days = last.days or (start[0].date(), start[0].date())
    if days == first.days or first.days is None:
        options = [s[1] for s in _on_day(days[1], last)]
        end = next((t for t in options if t > start[0]), options[-1])
        return end if end > start[0] else end + timedelta(hours=12 if last.clock else 24)
    end = _on_day(days[1], last)[0][1]
    if end > start[0]:
        return end
    later = _take_apart(text, start[0].date(), False)
    return _on_day((later.days or days)[1], last)[0][1]


def _range(text: str, now: datetime, past: bool, today_only: bool) -> Optional[Span]:
    split = None if _DASHED_DATE.search(text) else _RANGE.fullmatch(_SUFFIX.sub("", text))
    if not split:
        return None
    until_now = re.fullmatch(w.NOW, split["last"])
    opening = split["first"]
    if "点" in split["last"] and _BARE_HOUR.search(opening):
        opening += "点"  # 下午2-4点
    first = _take_apart(opening, now.date(), past or bool(until_now))
    if first.clock and not first.part and not first.days and not until_now:
        return _clock_range(split["last"], first, now, past)
    start = _place(first, now, past or bool(until_now), today_only and not past)
    if not start:
        return None
    return start[0], now if until_now else _range_end(split["last"], first, start, now, past)


def _clock_range(text: str, first: _Moment, now: datetime, past: bool) -> Span:
    """九点到十一点: the nearest such stretch by day; a stretch still running counts."""
    spans = []
    for shift in (-1, 0, 1):
        day = now.date() + timedelta(days=shift)
        for start in filter(_by_day, _on_day(day, first)):
            spans.append((start[0], _range_end(text, _Moment((day, day), None, first.clock), start, now, past)))
    found = _fitting(spans, now, past)
    if not found:
        raise ValueError(text)
    return found


def _open_ended(span: Span, moment: _Moment, side: str, now: datetime) -> Span:
    """以后 runs to the end of that day (a week for whole days), 以前 from now to its beginning."""
    if side == "前":  # 年底前 in December still leaves the rest of it
        return (now, span[1]) if span[0] < now < span[1] else (min(now, span[0]), span[0])
    days = moment.days
    start = span[0]
    if days and days[0] != days[1]:
        start = at(days[1] + timedelta(days=1), 0)
    end_day = start.date() if moment.clock or moment.part else start.date() + timedelta(days=6)
    return start, at(end_day, 24) - timedelta(seconds=1)


def _single(text: str, now: datetime, past: bool, today_only: bool) -> Optional[Span]:
    suffix = _SUFFIX.search(text)
    side = suffix["side"] if suffix and len(text) > 2 else None
    core = text[: suffix.start()] if suffix and (side or not suffix["side"]) else text
    moment = _take_apart(core or text, now.date(), past)
    if side and moment.days and _TURN.search(core):  # 入冬以后 is from its first day on
        moment = replace(moment, days=(moment.days[0], moment.days[0]))
    span = _place(moment, now, past, today_only)
    return _open_ended(span, moment, side, now) if span and side else span


def _month(text: str, now: datetime) -> Optional[Span]:
    """上个月, 下个月: periods to the finder, but a time when somebody answers 什么时候 with it."""
    found = _MONTHS.search(text)
    if not found:
        return None
    step = {"上上": -2, "上": -1, "下": 1, "下下": 2}.get(found["near"], 0)
    index = now.year * 12 + now.month - 1 + step
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return at(date(index // 12, index % 12 + 1, 1), 0), at(following, 0) - timedelta(seconds=1)


def _resolve(span: str, whole: str, now: datetime, past: bool) -> Optional[Span]:
    after = _DAYS_AFTER.match(span)
    if after:
        day = now.date() + timedelta(days=read_int(after["count"]))
        return _place(replace(_take_apart(span[after.end() :], day, False), days=(day, day)), now, False, False)
    for reader in (just, whole_part, stretch):
        found = reader(span, now, past)
        if found:
            return found
    if re.match(w.DURATION, span):
        return None
    today_only = not past and bool(re.search(r"从|自打|[点时].{0,2}多", whole)) and not re.search(r"[以之]后", span)
    ranged = _range(span, now, past, today_only)
    return ranged or _single(span, now, past, today_only)


def resolve_time(text: str, now: datetime, prefer: Literal["past", "future"] = "future") -> Optional[Span]:
    """From and to of the first time in `text`; None when nothing is understood or the time cannot be (25点, 2月30号).

    `prefer` decides where the words leave it open (三点, 10号, 晚上): a report lies behind, an appointment ahead.
    """
    local = now.replace(tzinfo=SHANGHAI) if now.tzinfo is None else now.astimezone(SHANGHAI)
    plain = normalise(text).strip()
    times = find_times(plain)
    span = times[0].value["text"] if times else plain
    try:
        if not times:
            return just(plain, local, True) or bare_stretch(plain, local) or _month(plain, local)
        return _resolve(_SPARE_BLANK.sub("", span), plain, local, prefer == "past")
    except (ValueError, OverflowError):
        return None
