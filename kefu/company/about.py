"""Who the company is: names, phones, hours."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kefu.company.opening import Hours
from kefu.company.yaml_lines import Service, Strict


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
