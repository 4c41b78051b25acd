"""A time limit as the company's files write it: minutes, hours, or working days."""

from __future__ import annotations

from pydantic import Field, model_validator

from kefu.company.yaml_lines import Strict


class Within(Strict):
    minutes: int | None = Field(None, ge=1)
    hours: int | None = Field(None, ge=1)
    working_days: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def exactly_one(self) -> Within:
        if sum(part is not None for part in (self.minutes, self.hours, self.working_days)) != 1:
            raise ValueError("exactly one of minutes, hours, working_days")
        return self
