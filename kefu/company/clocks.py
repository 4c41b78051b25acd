"""How the clocks of tickets are kept: when they may stand still, who is warned before they run out, who hears after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator, model_validator

from kefu.company.desk import Grade
from kefu.company.levels import Priority, Sentence, Target
from kefu.company.yaml_lines import Kind, Strict

ReasonName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,23}$")]
# What the incidents set themselves: a home's own ticket waits for the common cause.
INCIDENT = "incident"


class PauseReason(Strict):
    """Why a clock may stand still: `targets` that do, at most `days` natural days in all of one clock's life."""

    label: Sentence
    says: Sentence
    targets: list[Target] = Field(min_length=1)
    days: int = Field(ge=1, le=365)
    source: Sentence


class Before(Strict):
    """How long before the due time: minutes, or a share of the time from start to due."""

    minutes: int | None = Field(None, ge=1, le=60 * 24 * 30)
    share: float | None = Field(None, gt=0, lt=1)

    @model_validator(mode="after")
    def exactly_one(self) -> Before:
        if (self.minutes is None) == (self.share is None):
            raise ValueError("exactly one of minutes, share")
        return self

    def moment(self, start: datetime, due: datetime) -> datetime:
        """When that is for a clock from `start` to `due` (aware)."""
        return due - (
            timedelta(minutes=self.minutes) if self.minutes is not None else (due - start) * (self.share or 0)
        )


class Steps(Strict):
    """What happens around the due time of the clocks that fit; a missing key fits anything, the first row wins.

    `warn`: before it, to the person, the earliest first. `escalate`: minutes after it at which the person, the desk's
    head, the district's and the centre's hear of it. `day_and_night`: at any hour; else only while people work.
    """

    target: Target | None = None
    kind: Kind | None = None
    priority: Priority | None = None
    grade: Grade | None = None
    warn: list[Before] = Field([], max_length=5)
    escalate: list[Annotated[int, Field(ge=0)]] = Field(min_length=1, max_length=4)
    day_and_night: bool = False
    source: Sentence

    @field_validator("escalate")
    @classmethod
    def one_after_the_other(cls, given: list[int]) -> list[int]:
        if given != sorted(set(given)):
            raise ValueError("each step later than the one before")
        return given

    def fits(self, target: str, kind: str, priority: str, grade: str | None) -> bool:
        """Nothing the row asks for is otherwise."""
        pairs = ((self.target, target), (self.kind, kind), (self.priority, priority), (self.grade, grade))
        return all(own is None or own == asked for own, asked in pairs)

    @property
    def asks(self) -> tuple[str | None, ...]:
        return (self.target, self.kind, self.priority, self.grade)


class ClockRules(Strict):
    """`reasons`: by the name `waiting_for` gives. `early_minutes`: a warning due while nobody works comes so long before
    people last went home."""

    reasons: dict[ReasonName, PauseReason]
    early_minutes: int = Field(ge=0, le=240)
    steps: list[Steps] = Field(min_length=1)

    @model_validator(mode="after")
    def complete(self) -> ClockRules:
        if INCIDENT not in self.reasons:
            raise ValueError(f"reasons: {INCIDENT} is missing: tickets of an incident wait for it")
        if any(self.steps[-1].asks):
            raise ValueError("steps: the last row must fit everything (no target, kind, priority, grade)")
        for number, row in enumerate(self.steps):
            before = [other for other in self.steps[:number] if _covers(other, row)]
            if before:
                raise ValueError(f"steps: row {number + 1} is never reached")
        return self

    def steps_for(self, target: str, kind: str, priority: str, grade: str | None) -> Steps:
        """The first row that fits; the last one fits everything (checked at load)."""
        return next(row for row in self.steps if row.fits(target, kind, priority, grade))


def _covers(one: Steps, other: Steps) -> bool:
    return all(own is None or own == asked for own, asked in zip(one.asks, other.asks, strict=True))
