"""What a customer may do with a ticket that is there."""

from __future__ import annotations

from pydantic import Field

from kefu.company.yaml_lines import Strict


class TicketRules(Strict):
    """`reopen_days`: how long after closing; `urge_minutes`: how long between two urgings that count."""

    reopen_days: int = Field(ge=0, le=365)
    urge_minutes: int = Field(ge=0, le=24 * 60)
    source: str = Field(min_length=1)
