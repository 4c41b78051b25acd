"""Working days and hours by the State Council's calendar, with the company's own exceptions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import chinese_calendar

from kefu.clock import SHANGHAI, local
from kefu.company.data import CompanyData


def is_published(day: date, company: CompanyData) -> bool:
    """True when the holidays of that day are known (library or company file)."""
    if any(row.day == day for row in (*company.holidays.closed, *company.holidays.open)):
        return True
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


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


def add_working_days(start: datetime, days: int, company: CompanyData) -> datetime:
    """Close of business on the n-th working day after the day of `start` (aware; the first day does not count)."""
    day = local(start).date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, company)
    return datetime.combine(day, company.company.hours.close, tzinfo=SHANGHAI)


def next_working_window(start: datetime, company: CompanyData) -> tuple[datetime, datetime]:
    """The next stretch of working time from `start` on, at least an hour long: (from, to), aware."""
    hours, moment = company.company.hours, local(start)
    day = moment.date()
    while True:
        opens = datetime.combine(day, hours.open, tzinfo=SHANGHAI)
        closes = datetime.combine(day, hours.close, tzinfo=SHANGHAI)
        begins = max(opens, moment)
        if is_working_day(day, company) and closes - begins >= timedelta(hours=1):
            return begins, closes
        day += timedelta(days=1)
