"""Working days and hours by the State Council's calendar, with the company's own exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import chinese_calendar

from kefu.clock import SHANGHAI, local
from kefu.company.data import CompanyData

NOTHING = timedelta(0)


class NotPublished(Exception):
    """Nobody has published the holidays of `year` yet: what is counted in working time cannot be told for certain."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year}年放假安排尚未公布")
        self.year = year


# --- days ------------------------------------------------------------------------------------------------------------
def is_published(day: date, company: CompanyData) -> bool:
    """True when the holidays of that day are known (library or company file)."""
    if day.year in company.holidays.published:
        return True
    if any(row.day == day for row in (*company.holidays.closed, *company.holidays.open)):
        return True
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def unpublished_years(company: CompanyData, first: date, last: date) -> list[int]:
    """The years between two days of which some day's holidays are not known yet."""
    ends = {year: date(year, 12, 31) for year in range(first.year, last.year + 1)}
    return [year for year, end in ends.items() if not is_published(min(end, last), company)]


def is_working_day(day: date, company: CompanyData) -> bool:
    """Make-up Saturdays count, public holidays do not (State Council notices, through the chinesecalendar library).

    The company's file wins. For a year nobody has published yet: Monday to Friday; `is_published` tells.
    """
    if any(row.day == day for row in company.holidays.closed):
        return False
    if any(row.day == day for row in company.holidays.open):
        return True
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def day_off_name(day: date, company: CompanyData) -> str | None:
    """What a day off is called (国庆节, 周末, the company's own reason); None for a working day."""
    if is_working_day(day, company):
        return None
    own = next((row.why for row in company.holidays.closed if row.day == day), None)
    if own is not None:
        return own
    try:
        holiday = chinese_calendar.get_holiday_detail(day)[1]
    except NotImplementedError:
        holiday = None
    known = next((row for row in chinese_calendar.Holiday if row.value == holiday), None)
    return f"{known.chinese}假期" if known is not None else "周末"


# --- hours -----------------------------------------------------------------------------------------------------------
def stretches_of(day: date, company: CompanyData) -> list[tuple[datetime, datetime]]:
    """The stretches of work of a day (aware, breaks left out); none on a day off."""
    if not is_working_day(day, company):
        return []
    at = [(datetime.combine(day, start), datetime.combine(day, end)) for start, end in company.company.hours.stretches]
    return [(start.replace(tzinfo=SHANGHAI), end.replace(tzinfo=SHANGHAI)) for start, end in at]


def is_working_time(moment: datetime, company: CompanyData) -> bool:
    """People are at work at that moment (aware): working day, hours, no break."""
    return any(start <= moment < end for start, end in stretches_of(local(moment).date(), company))


def _stretches_from(moment: datetime, company: CompanyData) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of work that end after a moment, the first of them cut to begin there."""
    day = local(moment).date()
    while True:
        for start, end in stretches_of(day, company):
            if end > moment:
                yield max(start, local(moment)), end
        day += timedelta(days=1)


def next_working_time(moment: datetime, company: CompanyData) -> datetime:
    """The moment itself if people are at work then, else when they next begin (aware)."""
    return next(_stretches_from(moment, company))[0]


def last_working_end(moment: datetime, company: CompanyData) -> datetime:
    """When people last stopped working before a moment at which nobody works (aware)."""
    day = local(moment).date()
    while True:
        ends = [end for _, end in stretches_of(day, company) if end <= moment]
        if ends:
            return ends[-1]
        day -= timedelta(days=1)


def next_working_window(start: datetime, company: CompanyData) -> tuple[datetime, datetime]:
    """The next stretch of working time from `start` on, at least an hour long: (from, to), aware."""
    return next((a, b) for a, b in _stretches_from(start, company) if b - a >= timedelta(hours=1))


# --- counting in working time ----------------------------------------------------------------------------------------
def check_published(first: datetime, last: datetime, company: CompanyData) -> None:
    """Raises NotPublished when a day from that of `first` to that of `last` is not known yet."""
    day, end = local(first).date(), local(last).date()
    while day <= end:
        if not is_published(day, company):
            raise NotPublished(day.year)
        day += timedelta(days=1)


def add_working_days(start: datetime, days: int, company: CompanyData, *, guess: bool = False) -> datetime:
    """Close of business on the n-th working day after the day of `start` (aware; the first day does not count).

    Raises NotPublished when a year on the way is not published; `guess`: counts Monday to Friday then.
    """
    day = local(start).date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, company)
    end = datetime.combine(day, company.company.hours.close, tzinfo=SHANGHAI)
    if not guess:
        check_published(start, end, company)
    return end


def add_working_time(start: datetime, span: timedelta, company: CompanyData, *, guess: bool = False) -> datetime:
    """The moment at which `span` of working time has passed since `start` (aware); `start` itself for none.

    Raises NotPublished when a year on the way is not published; `guess`: counts Monday to Friday then.
    """
    end = local(start)
    for begins, ends in _stretches_from(start, company) if span > NOTHING else ():
        end = min(ends, begins + span)
        span -= end - begins
        if span <= NOTHING:
            break
    if not guess:
        check_published(start, end, company)
    return end


def working_time(first: datetime, last: datetime, company: CompanyData) -> timedelta:
    """How much working time lies between two moments (aware); none when the second is not later."""
    total, day = NOTHING, local(first).date()
    while day <= local(last).date():
        for start, end in stretches_of(day, company):
            total += max(NOTHING, min(end, last) - max(start, first))
        day += timedelta(days=1)
    return total
