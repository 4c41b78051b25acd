"""A time limit as the company's files write it: minutes or hours, by the clock or of work, or working days."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, model_validator

from kefu.company.yaml_lines import Strict


class Within(Strict):
    """Exactly one of them. `working_…` go by the hours of company.yml on working days."""

    minutes: int | None = Field(None, ge=1)
    hours: int | None = Field(None, ge=1)
    working_minutes: int | None = Field(None, ge=1)
    working_hours: int | None = Field(None, ge=1)
    working_days: int | None = Field(None, ge=1, le=250)

    @model_validator(mode="after")
    def exactly_one(self) -> Within:
        if sum(part is not None for part in self.model_dump().values()) != 1:
            raise ValueError("exactly one of minutes, hours, working_minutes, working_hours, working_days")
        return self

    @property
    def in_working_time(self) -> bool:
        """Nights, weekends and holidays do not count."""
        return self.minutes is None and self.hours is None

    @property
    def span(self) -> timedelta:
        """The limit in minutes or hours; nothing for working days."""
        minutes = (self.minutes or 0) + (self.working_minutes or 0)
        return timedelta(minutes=minutes, hours=(self.hours or 0) + (self.working_hours or 0))
