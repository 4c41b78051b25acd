"""Which day or days a time phrase names: 大后天, 下周二, 10月2号, 月底, 国庆. Impossible dates raise ValueError."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Callable, List, Optional, Tuple

import chinese_calendar

from kefu.nlu.values import time_words as w
from kefu.nlu.values.numerals import read_int
from kefu.nlu.values.time_lunar import lunar_days, lunar_holiday, spring_festival

Days = Tuple[date, date]

_RELATIVE = (("大前", -3), ("大后", 3), ("前", -2), ("昨", -1), ("夜", -1), ("今", 0), ("明", 1), ("后", 2))
_NEAR = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}
_YEARS = {"去": -1, "前": -2, "今": 0, "本": 0, "明": 1, "后": 2}
_WEEKDAYS = {c: i for i, chars in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天末7")) for c in chars}
_EDGES = {
    "底": (25, 31),
    "末": (25, 31),
    "初": (1, 10),
    "上旬": (1, 10),
    "中": (11, 20),
    "中旬": (11, 20),
    "下旬": (21, 31),
}
# Holidays of the solar calendar: month, first and last day.
_SOLAR = {
    "国庆": (10, 1, 7),
    "十一": (10, 1, 7),
    "元旦": (1, 1, 1),
    "五一": (5, 1, 5),
    "劳动节": (5, 1, 5),
    "清明": (4, 4, 6),
}

# The turn of a season: from its solar term for about a month.
_TURNS = {"春": ((2, 4), (3, 31)), "夏": ((5, 5), (5, 31)), "秋": ((8, 7), (8, 31)), "冬": ((11, 7), (11, 30))}

_LUNAR = re.compile(w.LUNAR)
_TURN = re.compile(w.TURN)
_YEAR_AHEAD = re.compile(w.YEAR)
_FIRST_WORKDAY = re.compile(w.FIRST_WORKDAY)
_NEAR_MONTH = re.compile(rf"(?P<near>{w.NEAR})个?月")
_YEAR_PART = rf"(?:(?P<year>{w.YEAR})的?)?"
_MONTH_PART = rf"(?:(?P<month>{w.MONTH_NUMBER})月|(?P<near>{w.NEAR})个?月|(?P<current>当)月)"
_ISO = re.compile(r"(?P<y>20\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)")
_DATE = re.compile(rf"{_YEAR_PART}{_MONTH_PART}(?P<day>{w.DAY_NUMBER})[号日]")
_EDGE = re.compile(rf"{_YEAR_PART}(?:{_MONTH_PART}|月)(?P<edge>中旬|上旬|下旬|[底末初中])")
_YEAR_EDGE = re.compile(r"(?:(?P<year>[今明去前])年年?|年)(?P<edge>[底末初])")
_NEW_YEAR = re.compile(r"年(?P<side>[前后])")
_DAY_OF_MONTH = re.compile(rf"(?P<day>{w.DAY_NUMBER})[号日]")
_RELATIVE_DAY = re.compile(rf"(?P<word>{w.RELATIVE_DAY})")
_FEW_DAYS = re.compile(r"前(?:[两三几]|些)天")
_WEEKDAY = re.compile(rf"(?P<near>{w.NEAR})?一?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末1-7])")
_WEEK = re.compile(rf"(?P<near>{w.NEAR})一?个?(?:周|星期|礼拜)")
_HOLIDAY = re.compile(
    rf"{_YEAR_PART}(?P<name>国庆|元旦|五一|劳动节|十一(?=[假长期放以之前后]|\Z)|春节|过年|除夕|端午|中秋|清明)"
)


def _one(day: date) -> Days:
    return day, day


def _shift_month(day: date, months: int) -> date:
    """The first of the month that many months on."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _year(word: Optional[str], today: date) -> Optional[int]:
    if not word:
        return None
    if word[0] in _YEARS:
        return today.year + _YEARS[word[0]]
    return read_int(word.rstrip("年"))


def _choose(options: List[Days], today: date, past: bool) -> Days:
    """The nearest stretch on the wanted side of today (today counts on both); `options` in order of time."""
    fitting = [o for o in options if (o[0] <= today if past else o[1] >= today)]
    if not fitting:
        raise ValueError("no such day near")
    return fitting[-1] if past else fitting[0]


def _possible(make: Callable[[int], Days], steps: range) -> List[Days]:
    """The stretches that exist among those steps (there is no 31st of June)."""
    found = []
    for step in steps:
        try:
            found.append(make(step))
        except ValueError:
            continue
    return found


def _in_years(make: Callable[[int], Days], year: Optional[int], today: date, past: bool) -> Days:
    if year is not None:
        return make(year)
    return _choose(_possible(make, range(today.year - 4, today.year + 5)), today, past)


def _iso(text: str, today: date, past: bool) -> Optional[Days]:
    found = _ISO.search(text)
    return _one(date(int(found["y"]), int(found["m"]), int(found["d"]))) if found else None


def _dated(text: str, today: date, past: bool) -> Optional[Days]:
    found = _DATE.search(text)
    if not found:
        return None
    day = read_int(found["day"])
    near = found["near"] or found["current"]
    if near:
        return _one(_shift_month(today, _NEAR[near]).replace(day=day))
    month = read_int(found["month"])
    return _in_years(lambda year: _one(date(year, month, day)), _year(found["year"], today), today, past)


def _edge_of(first: date, edge: str) -> Days:
    start, end = _EDGES[edge]
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=start), first.replace(day=min(end, last))


def _month_edge(text: str, today: date, past: bool) -> Optional[Days]:
    found = _EDGE.search(text)
    if not found:
        return None
    near = found["near"] or found["current"]
    if near:
        return _edge_of(_shift_month(today, _NEAR[near]), found["edge"])
    if found["month"]:
        month = read_int(found["month"])
        return _in_years(
            lambda year: _edge_of(date(year, month, 1), found["edge"]), _year(found["year"], today), today, past
        )
    return _choose([_edge_of(_shift_month(today, step), found["edge"]) for step in (-1, 0, 1)], today, past)


def _year_edge(text: str, today: date, past: bool) -> Optional[Days]:
    found = _YEAR_EDGE.search(text)
    if not found:
        return None
    month = 1 if found["edge"] == "初" else 12
    return _in_years(
        lambda year: (date(year, month, 1), date(year, month, 31)), _year(found["year"], today), today, past
    )


def _around_new_year(text: str, today: date, past: bool) -> Optional[Days]:
    """年前: from today to the eve of Spring Festival. 年后: the two weeks after its seven days."""
    found = _NEW_YEAR.search(text)
    if not found:
        return None
    spring = spring_festival(today.year) if spring_festival(today.year) >= today else spring_festival(today.year + 1)
    if found["side"] == "前":
        return today, spring - timedelta(days=1)
    return spring + timedelta(days=7), spring + timedelta(days=20)


def _day_of_month(text: str, today: date, past: bool) -> Optional[Days]:
    found = _DAY_OF_MONTH.search(text)
    if not found:
        return None
    day = read_int(found["day"])
    options = _possible(lambda step: _one(_shift_month(today, step).replace(day=day)), range(-2, 3))
    return _choose(options, today, past)


def _relative(text: str, today: date, past: bool) -> Optional[Days]:
    few = _FEW_DAYS.search(text)
    if few:
        return today - timedelta(days=3), today - timedelta(days=2)
    found = _RELATIVE_DAY.search(text)
    if not found:
        return None
    if found["word"].startswith("明后"):
        return today + timedelta(days=1), today + timedelta(days=2)
    shift = next(days for word, days in _RELATIVE if found["word"].startswith(word))
    return _one(today + timedelta(days=shift))


def _weekday(text: str, today: date, past: bool) -> Optional[Days]:
    found = _WEEKDAY.search(text)
    monday = today - timedelta(days=today.weekday())
    if not found:
        week = _WEEK.search(text)
        first = monday + timedelta(weeks=_NEAR[week["near"]]) if week else monday
        return (first, first + timedelta(days=6)) if week else None
    weekend = found["day"] == "末"
    first = monday + timedelta(days=_WEEKDAYS[found["day"]] - weekend)
    stretch = (first, first + timedelta(days=int(weekend)))
    if found["near"]:
        weeks = timedelta(weeks=_NEAR[found["near"]])
        return stretch[0] + weeks, stretch[1] + weeks
    options = [(stretch[0] + timedelta(weeks=n), stretch[1] + timedelta(weeks=n)) for n in (-1, 0, 1)]
    return _choose(options, today, past)


def _holiday_in(name: str, year: int) -> Days:
    if name in _SOLAR:
        month, first, last = _SOLAR[name]
        return date(year, month, first), date(year, month, last)
    return lunar_holiday(name, year)


def _holiday(text: str, today: date, past: bool) -> Optional[Days]:
    found = _HOLIDAY.search(text)
    if not found:
        return None
    return _in_years(lambda year: _holiday_in(found["name"], year), _year(found["year"], today), today, past)


def _lunar(text: str, today: date, past: bool) -> Optional[Days]:
    found = _LUNAR.search(text)
    if not found:
        return None
    said = _YEAR_AHEAD.match(found[0])
    year = _year(said[0] if said else None, today)
    word = found[0][said.end() if said else 0 :].lstrip("的")
    if year is not None and word.startswith("腊月"):
        year += 1  # the last month of a lunar year falls in the next year's January or February
    return _in_years(lambda year: lunar_days(word, year), year, today, past)


def _turn(text: str, today: date, past: bool) -> Optional[Days]:
    """开春, 入冬: from the beginning of the season for a month or so."""
    found = _TURN.search(text)
    if not found:
        return None
    first, last = _TURNS[found[0][-1]]
    said = _YEAR_AHEAD.match(found[0])
    year = _year(said[0] if said else None, today)
    return _in_years(lambda year: (date(year, *first), date(year, *last)), year, today, past)


def _is_workday(day: date) -> bool:
    """By the State Council's calendar; where it is not published yet, Monday to Friday but not on holidays."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        holidays = (_holiday_in(name, day.year) for name in (*_SOLAR, "春节"))
        return day.weekday() < 5 and not any(first <= day <= last for first, last in holidays)


def _first_workday(text: str, today: date, past: bool) -> Optional[Days]:
    """国庆后第一个工作日, 下周头一个工作日, 下个月第一个工作日."""
    found = _FIRST_WORKDAY.search(text)
    if not found:
        return None
    month = _NEAR_MONTH.match(text)
    if month:
        day = _shift_month(today, _NEAR[month["near"]])
    else:
        days = read_days(text[: found.start()], today, past)
        if days is None:
            return None
        day = days[1] + timedelta(days=1) if "后" in found[0] or "结束" in found[0] else days[0]
    while not _is_workday(day):
        day += timedelta(days=1)
    return _one(day)


_READERS = (
    _first_workday,
    _lunar,
    _turn,
    _iso,
    _dated,
    _month_edge,
    _year_edge,
    _relative,
    _day_of_month,
    _weekday,
    _holiday,
    _around_new_year,
)


def read_days(text: str, today: date, past: bool) -> Optional[Days]:
    """First and last day named in a phrase; None when it names no day, ValueError when the day is impossible."""
    for reader in _READERS:
        days = reader(text, today, past)
        if days:
            return days
    return None
