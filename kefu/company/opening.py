"""When people work: the hours of a working day, and the days that differ from the calendar library."""

from __future__ import annotations

from datetime import date, time
from typing import Literal

from pydantic import Field, model_validator

from kefu.company.yaml_lines import Strict


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


class Break(Strict):
    """A part of every working day in which nobody works (local time)."""

    start: time
    end: time


class Hours(Strict):
    """`breaks`: in order, inside the hours; work goes on before the first and after the last."""

    days: Literal["working_days"]
    open: time
    close: time
    breaks: list[Break] = []

    @model_validator(mode="after")
    def an_hour_at_least(self) -> Hours:
        edges = [self.open, *(edge for one in self.breaks for edge in (one.start, one.end)), self.close]
        if self.breaks and any(first >= then for first, then in zip(edges, edges[1:], strict=False)):
            raise ValueError("breaks must be in order and inside the hours, with work before, between and after them")
        if all(_minutes(end) - _minutes(start) < 60 for start, end in self.stretches):
            raise ValueError("hours must close at least an hour after they open, breaks left out")
        return self

    @property
    def stretches(self) -> list[tuple[time, time]]:
        """The stretches of work of one day, in order: (from, until before)."""
        starts = [self.open, *(one.end for one in self.breaks)]
        return list(zip(starts, [*(one.start for one in self.breaks), self.close], strict=True))


class DayOff(Strict):
    day: date
    why: str


class Holidays(Strict):
    """`published`: years whose notice stands here in full; every day of them not named is as in any week."""

    closed: list[DayOff]
    open: list[DayOff]
    published: list[int] = Field([], max_length=50)
