"""The return visit after a ticket is done: who is asked, when, about what (company/surveys.yml)."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field, model_validator

from kefu.company.yaml_lines import Kind, Strict

Dimension = Literal["tangibles", "reliability", "responsiveness", "assurance", "empathy"]
DIMENSIONS: tuple[Dimension, ...] = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
BEST = 5  # of every score


class SurveyKind(Strict):
    """`delay_minutes` from done to asked; `call`: who does not answer is phoned; `once`: bound by `once_days`."""

    kind: Kind
    delay_minutes: int = Field(ge=0, le=30 * 24 * 60)
    call: bool
    once: bool


class Quiet(Strict):
    """Hours of the day, over midnight or not; `start` is in it, `end` is not."""

    start: time
    end: time


class DimensionWords(Strict):
    code: Dimension
    name: str = Field(min_length=1, max_length=10)
    words: str = Field(min_length=1, max_length=40)


class SurveyRules(Strict):
    """See the file for what each of them means."""

    kinds: list[SurveyKind]
    quiet: Quiet
    once_days: int = Field(ge=0, le=365)
    stale_hours: float = Field(gt=0, le=24 * 30)
    call_after_hours: float = Field(gt=0, le=24 * 30)
    open_days: int = Field(ge=1, le=90)
    late_days: int = Field(ge=1, le=365)
    closing: str = Field(min_length=1, max_length=60)
    unasked: str = Field(min_length=1, max_length=60)
    low: int = Field(ge=1, lt=BEST)
    unfixed_score: int = Field(ge=1, le=BEST)
    call_within_hours: float = Field(gt=0, le=24 * 30)
    buttons: list[str] = Field(min_length=1, max_length=5)
    per_survey: int = Field(ge=0, le=2)
    dimensions: list[DimensionWords]
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def whole(self) -> SurveyRules:
        """Every dimension once, every kind at most once, and time to answer before the ticket is closed."""
        if sorted(row.code for row in self.dimensions) != sorted(DIMENSIONS):
            raise ValueError(f"dimensions: each of {', '.join(DIMENSIONS)} once")
        if len({row.kind for row in self.kinds}) < len(self.kinds):
            raise ValueError("kinds: a kind stands there twice")
        if self.late_days < self.open_days or self.open_days * 24 <= self.call_after_hours:
            raise ValueError("call_after_hours < open_days (in hours) and open_days <= late_days")
        return self

    def of(self, kind: str) -> SurveyKind | None:
        """The rule of a kind of ticket; None when nobody is asked about it."""
        return next((row for row in self.kinds if row.kind == kind), None)

    def words(self, code: str) -> DimensionWords:
        """A dimension as customers hear it (every one is there: checked at load)."""
        return next(row for row in self.dimensions if row.code == code)

    def turn(self, number: int) -> list[str]:
        """The dimensions of the survey of that number: all have their turn, one after another."""
        first, count = number * self.per_survey, len(self.dimensions)
        return [self.dimensions[(first + step) % count].code for step in range(self.per_survey)]
