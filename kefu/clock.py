"""The one clock. Nothing else in Kefu asks what time it is.

Business time (tickets, promises, the demo city) follows `clock.now()` and can be moved in demo mode.
Real time (tokens, rate limits, lock time-outs) is `clock.real_now()` and never moves.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc  # noqa: UP017 (the NLU components also run on a stock Rasa with Python 3.10)
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """Real time plus an offset that only demo mode changes."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def real_now(self) -> datetime:
        """Aware UTC, never moved: for tokens and rate limits."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """Aware UTC business time."""
        return self.real_now() + self._offset

    def today(self) -> datetime:
        """Midnight in Shanghai of the current business day, aware."""
        return local(self.now()).replace(hour=0, minute=0, second=0, microsecond=0)

    def set(self, now: datetime | None) -> None:
        """Move business time to `now` (aware; a clock that then runs on); None gives real time back."""
        if now is None:
            self._offset = timedelta(0)
            return
        if now.tzinfo is None:
            raise ValueError("the clock takes aware times only")
        self._offset = now - self.real_now()


clock = Clock()


def local(moment: datetime) -> datetime:
    """The same instant in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI)


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with +08:00 to the second, as the contract shows times."""
    return None if moment is None else local(moment).isoformat(timespec="seconds")


def parse_local(text: str) -> datetime:
    """Read ISO 8601; a time without offset is Shanghai time. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def day_name(day: date) -> str:
    """ "11月5日"; of a moment its day (make it `local` before)."""
    return f"{day.month}月{day.day}日"


def day_and_time(moment: datetime) -> str:
    """ "11月5日14:30": for words that may be read on another day."""
    return f"{day_name(local(moment))}{local(moment):%H:%M}"


def weekday_and_time(moment: datetime) -> str:
    """ "11月5日（周四）14:30": a promise said back, so that nobody mistakes the day."""
    here = local(moment)
    return f"{day_name(here)}（周{'一二三四五六日'[here.weekday()]}）{here:%H:%M}"
