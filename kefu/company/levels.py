"""Published time limits: by when somebody comes, answers, or has it running again; the first row that fits wins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, model_validator

from kefu.clock import local
from kefu.company.within import Within
from kefu.company.yaml_lines import DataProblem, Kind, Service, Strict, load_rows

AreaClass = Literal["urban", "rural", "remote"]
Priority = Literal["low", "normal", "high", "emergency"]
Sentence = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
MonthDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
# What a row may ask for; a row without one of them fits anything.
KEYS = ("kind", "service", "category", "area_class", "priority")


@dataclass(frozen=True)
class Matter:
    """What a limit is looked up for. `at`: the customer's first word (aware); None: no row that depends on it fits."""

    kind: str
    service: str | None = None
    area_class: str | None = None
    category: str | None = None
    priority: str | None = None
    at: datetime | None = None


class Hours(Strict):
    """A part of the day in local time, from `start` until before `end`; may go over midnight."""

    start: time
    end: time

    def hold(self, at: datetime) -> bool:
        now = local(at).time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


class Season(Strict):
    """Days of any year as MM-DD, both of them in it; may go over New Year."""

    first: MonthDay
    last: MonthDay

    @model_validator(mode="after")
    def days_there_are(self) -> Season:
        for day in (self.first, self.last):
            date.fromisoformat(f"2028-{day}")  # a leap year
        return self

    def holds(self, at: datetime) -> bool:
        now = f"{local(at):%m-%d}"
        if self.first <= self.last:
            return self.first <= now <= self.last
        return now >= self.first or now <= self.last


class ServiceLevel(Strict):
    """`what`: somebody arrives, an answer comes, or supply is restored (`counted` from the report, from the crew's
    arrival, or from when the cause is gone). `average`: what it usually takes, which nobody has promised."""

    what: Literal["arrival", "restoration", "reply"] = "reply"
    kind: Kind | None = None
    service: Service | None = None
    category: str | None = None
    area_class: AreaClass | None = None
    priority: Priority | None = None
    hours: Hours | None = None
    season: Season | None = None
    within: Within
    counted: Literal["report", "arrival", "cause_gone"] = "report"
    average: bool = False
    says: Sentence
    source: Sentence

    @model_validator(mode="after")
    def no_average_is_a_promise(self) -> ServiceLevel:
        if self.what != "restoration" and (self.average or self.counted != "report"):
            raise ValueError("average and counted belong to restoration: all else is a promise from the report on")
        if self.average and "平均" not in self.says:
            raise ValueError("an average says so: 平均")
        if self.what == "restoration" and self.within.working_days is not None:
            raise ValueError("restoration is counted in minutes or hours")
        return self

    def fits(self, matter: Matter) -> bool:
        """Nothing the row asks for is otherwise."""
        if any(getattr(self, key) not in (None, getattr(matter, key)) for key in KEYS):
            return False
        if self.hours is None and self.season is None:
            return True
        return matter.at is not None and all(
            (self.hours is None or self.hours.hold(matter.at), self.season is None or self.season.holds(matter.at))
        )

    def covers(self, other: ServiceLevel) -> bool:
        """Whatever the other row fits, this one fits too, for the same purpose."""
        purpose = (self.what == "restoration", self.average) == (other.what == "restoration", other.average)
        every = (*KEYS, "hours", "season")
        return purpose and all(getattr(self, key) in (None, getattr(other, key)) for key in every)


def load_levels(folder: Path, categories: set[str] | None) -> list[ServiceLevel]:
    """The rows of `service_levels.yml`. `categories`: the topics there are (None: not checked).

    Raises DataProblem naming file, line and reason.
    """
    rows: list[tuple[str, ServiceLevel]] = load_rows(folder / "service_levels.yml", ServiceLevel)
    problems = []
    for number, (place, row) in enumerate(rows):
        before = next((where for where, other in rows[:number] if other.covers(row)), None)
        if before is not None:
            problems.append(f"{place}: never reached: {before.rpartition(':')[2]} fits first")
        if categories is not None and row.category is not None and row.category not in categories:
            problems.append(f"{place}: category: no topic {row.category} in topics.yml")
    place, last = rows[-1]
    asks: list[Any] = [getattr(last, key) for key in (*KEYS, "hours", "season")]
    if last.what == "restoration" or any(one is not None for one in asks):
        problems.append(f"{place}: the last row must fit everything (no kind, service, area_class, …)")
    if problems:
        raise DataProblem(problems)
    return [row for _, row in rows]
