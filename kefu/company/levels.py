"""Time limits: by when somebody gets in touch, comes, answers, closes, or has it running again; the first row that fits
wins, target by target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from kefu.clock import local
from kefu.company.desk import Grade
from kefu.company.within import Within
from kefu.company.yaml_lines import DataProblem, Kind, Service, Strict, load_rows

AreaClass = Literal["urban", "rural", "remote"]
Priority = Literal["low", "normal", "high", "emergency"]
Sentence = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
MonthDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
# What a ticket is clocked for, in the order in which it comes.
Target = Literal["contact", "arrival", "reply", "closing"]
TARGETS: tuple[Target, ...] = ("contact", "arrival", "reply", "closing")
ALWAYS: tuple[Target, ...] = ("reply", "closing")  # a matter without a time for these would have none at all
# What a row may ask for; a row without one of them fits anything.
KEYS = ("kind", "service", "category", "area_class", "priority", "grade", "customer_class")
EVERY = (*KEYS, "hours", "season")


@dataclass(frozen=True)
class Matter:
    """What a limit is looked up for. `at`: the customer's first word (aware); None: no row that depends on it fits."""

    kind: str
    service: str | None = None
    area_class: str | None = None
    category: str | None = None
    priority: str | None = None
    at: datetime | None = None
    grade: str | None = None
    customer_class: str | None = None


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
    """`what`: somebody gets in touch, arrives, answers, has closed the matter, or supply is restored (`counted` from the
    report, from the crew's arrival, or from when the cause is gone). `average`: what it usually takes, which nobody has
    promised."""

    what: Literal["contact", "arrival", "reply", "closing", "restoration"] = "reply"
    kind: Kind | None = None
    service: Service | None = None
    category: str | None = None
    area_class: AreaClass | None = None
    priority: Priority | None = None
    grade: Grade | None = None
    customer_class: Literal["resident", "business", "public"] | None = None
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
        if self.what == "restoration" and self.within.in_working_time:
            raise ValueError("restoration is counted in minutes or hours")
        if self.grade is not None and self.kind not in (None, "complaint"):
            raise ValueError("only a complaint has a grade")
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
        purpose = (self.what, self.average) == (other.what, other.average)
        return purpose and all(getattr(self, key) in (None, getattr(other, key)) for key in EVERY)

    @property
    def fits_all(self) -> bool:
        """It asks for nothing."""
        return all(getattr(self, key) is None for key in EVERY)


def load_levels(folder: Path, categories: set[str] | None) -> list[ServiceLevel]:
    """The rows of `service_levels.yml`. `categories`: the topics there are (None: not checked).

    Raises DataProblem naming file, line and reason.
    """
    path = folder / "service_levels.yml"
    rows: list[tuple[str, ServiceLevel]] = load_rows(path, ServiceLevel)
    problems = []
    for number, (place, row) in enumerate(rows):
        before = next((where for where, other in rows[:number] if other.covers(row)), None)
        if before is not None:
            problems.append(f"{place}: never reached: {before.rpartition(':')[2]} fits first")
        if categories is not None and row.category is not None and row.category not in categories:
            problems.append(f"{place}: category: no topic {row.category} in topics.yml")
    for target in ALWAYS:
        place, last = next(((where, row) for where, row in reversed(rows) if row.what == target), (f"{path}:1", None))
        if last is None or not last.fits_all:
            problems.append(f"{place}: the last row of {target} must fit everything (no kind, service, area_class, …)")
    if problems:
        raise DataProblem(problems)
    return [row for _, row in rows]


def levels_of(rows: list[ServiceLevel], matter: Matter) -> dict[Target, ServiceLevel]:
    """What holds for a matter, target by target. Where somebody comes, that is the answer: no reply beside an arrival."""
    found: dict[Target, ServiceLevel] = {}
    for target in TARGETS:
        row = next((row for row in rows if row.what == target and row.fits(matter)), None)
        if row is not None and not (target == "reply" and "arrival" in found):
            found[target] = row
    return found
