"""Telling people about an incident: how long a question stays open, what the offered answers are (company/notices.yml)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from kefu.company.yaml_lines import Service, Strict


class SupplyWords(Strict):
    """What being without a service is called, and the two answers offered to "is yours back?"."""

    without: str = Field(min_length=1, max_length=10)
    back: str = Field(min_length=1, max_length=10)
    not_back: str = Field(min_length=1, max_length=10)


TicketNews = Literal["arrived", "waiting", "late"]


class NoticeRules(Strict):
    """`question_hours`: "is yours back?" can be answered so long. `sms_hours`: after that a text is of no use.
    `planned_reminder_hours`: told once more so long before a planned interruption.
    `tickets`: what customers are told of their own ticket by themselves."""

    question_hours: float = Field(gt=0, le=168)
    sms_hours: float = Field(gt=0, le=72)
    planned_reminder_hours: float = Field(gt=0, le=168)
    tickets: list[TicketNews]
    services: dict[Service, SupplyWords]

    def words(self, service: str) -> SupplyWords:
        """The words of a service (every one is there: checked at load)."""
        return self.services[service]  # type: ignore[index]

    @field_validator("services")
    @classmethod
    def every_service(cls, given: dict[Service, SupplyWords]) -> dict[Service, SupplyWords]:
        missing = {"electricity", "water", "gas", "heat"} - set(given)
        if missing:
            raise ValueError(f"services: {', '.join(sorted(missing))} missing")
        return given
