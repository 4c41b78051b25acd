"""Which days billing periods end on.

Every account's last bill is named after the month before today, the one before after the month before that, and so
on; most end with the month. A reading is taken on a period's last day and the bill issued the day after.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

DUE_DAYS = 15
MONTHS = 24
YEARLY = ("water", "gas")  # tiers run over the calendar year


@dataclass(frozen=True)
class Period:
    """`back` counts from the last period, which is 1. Both days belong to the period."""

    back: int
    name: str
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def year(self) -> int:
        return int(self.name[:4])

    @property
    def month(self) -> int:
        return int(self.name[5:])

    @property
    def issued(self) -> date:
        return self.end + timedelta(days=1)


def periods(service: str, schedule: str, today: date) -> list[Period]:
    """Oldest first: 24 of them, and for yearly tiers as many more as reach back to a January."""
    count = MONTHS
    if service in YEARLY:
        count += _back(today, MONTHS).month - 1
    ends = _ends(schedule, today, count + 1)
    return [
        Period(back, f"{_back(today, back):%Y-%m}", ends[back] + timedelta(days=1), ends[back - 1])
        for back in range(count, 0, -1)
    ]


def _ends(schedule: str, today: date, count: int) -> list[date]:
    """The last days of periods, newest first."""
    usual = [_back(today, back) for back in range(1, count + 1)]
    newest = usual[0]
    if schedule == "equal":  # two periods of 30 days
        return [newest, newest - timedelta(days=30), newest - timedelta(days=60), *usual[3:]]
    if schedule == "long":  # 45 days after one of 30
        anchor = newest - timedelta(days=75)
        return [newest, newest - timedelta(days=45), *(_shift(anchor, back) for back in range(count - 2))]
    if schedule == "overdue":  # past the due date, whatever the day of the month
        newest = min(newest, today - timedelta(days=21))
    elif schedule == "settled":  # long enough ago for a correction and its payment
        newest = min(newest, today - timedelta(days=9))
    elif schedule == "fresh":  # issued by yesterday, and not yet due
        newest = min(newest, today - timedelta(days=2))
        if (today - newest).days > 13:
            newest = today - timedelta(days=13)
    else:
        return usual
    return usual if newest == usual[0] else [_shift(newest, back) for back in range(count)]


def _back(today: date, months: int) -> date:
    """The last day of the month so many months ago."""
    first = _shift(today.replace(day=1), months)
    return first.replace(day=monthrange(first.year, first.month)[1])


def _shift(day: date, months: int) -> date:
    """The same day so many months ago, or that month's last."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
