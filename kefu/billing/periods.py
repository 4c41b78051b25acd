"""Months: "2026-10" as it is told, months on and back, and those a customer names (上个月, 7月份, 二季度, 去年冬天)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from kefu.nlu.values import find_values

SEASONS = {
    "spring": (3, 4, 5),
    "summer": (6, 7, 8),
    "autumn": (9, 10, 11),
    "winter": (12, 13, 14),
    "heating": (11, 12, 13, 14, 15),
}


def spoken(period: str) -> str:
    """ "2026年11月" for "2026-11"."""
    return f"{int(period[:4])}年{int(period[5:])}月"


def months_on(day: date, months: int) -> date:
    """The same day of a later (or earlier) month; its last day where there is no such day."""
    year, place = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, place + 1, min(day.day, monthrange(year, place + 1)[1]))


def named(month: int) -> str:
    """ "2026-10", from months since the year 0."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def months_named(text: str, today: date) -> list[str]:
    """Every month named in a text, in order; a bare month is the latest such month that has begun."""
    found: list[str] = []
    for value in find_values(text):
        if value.entity == "period":
            found += [m for m in _months(value.value, today) if m not in found]
    return found


def _months(period: dict[str, Any], today: date) -> list[str]:
    kind, offset = period.get("kind"), period.get("offset")
    now = today.year * 12 + today.month - 1
    if kind == "month" and "month" not in period:
        return [named(now + int(offset or 0))]
    if kind == "months" and "month" not in period:
        return [named(now - back) for back in range(1, int(period.get("months") or 3) + 1)]
    if kind == "quarter" and "quarter" not in period:
        first = (now // 3 + int(offset or 0)) * 3
        return [named(first + n) for n in range(3)]
    year = period.get("year") or (today.year + offset if offset is not None else None)
    return _within_year(period, year, today)


def _within_year(period: dict[str, Any], year: int | None, today: date) -> list[str]:
    """A month, quarter, half, season or year; without a year the latest one that has begun."""
    numbers = _numbers(period)
    if not numbers:
        return []
    if year is None:
        year = today.year if date(today.year, (numbers[0] - 1) % 12 + 1, 1) <= today else today.year - 1
    return [named(year * 12 + number - 1) for number in numbers]


def _numbers(period: dict[str, Any]) -> list[int]:
    kind = period.get("kind")
    if kind in ("month", "months"):
        first = int(period["month"])
        last = int(period.get("to_month") or first)
        return list(range(first, (last if last >= first else last + 12) + 1))
    if kind == "quarter":
        return [3 * int(period["quarter"]) - n for n in (2, 1, 0)]
    if kind == "half":
        return list(range(1, 7)) if period["half"] == 1 else list(range(7, 13))
    if kind == "season":
        return list(SEASONS.get(str(period.get("season")), ()))
    return list(range(1, 13)) if kind == "year" else []
