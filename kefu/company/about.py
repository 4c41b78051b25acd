"""Who the company is: names, phones, hours."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kefu.company.yaml_lines import Service, Strict


class Hours(Strict):
    days: Literal["working_days"]
    open: time
    close: time

    @model_validator(mode="after")
    def an_hour_at_least(self) -> Hours:
        minutes = (self.close.hour - self.open.hour) * 60 + self.close.minute - self.open.minute
        if minutes < 60:
            raise ValueError("hours must close at least an hour after they open")
        return self


class Company(Strict):
    name: str
    city: str
    assistant: str
    services: list[Service]
    hotline: str = Field(pattern=r"^[\d-]{5,20}$")
    emergency_phones: dict[Service, Annotated[str, Field(pattern=r"^[\d-]{3,20}$")]]
    hours: Hours
    privacy_url: str

    def emergency_phone(self, service: str | None) -> str:
        """The number to call in danger; the hotline when the service has none of its own."""
        return self.emergency_phones.get(service, self.hotline)  # type: ignore[call-overload, no-any-return]
