"""What a customer may do with a ticket that is there, and what is written for a move that nobody gave a reason for."""

from __future__ import annotations

from pydantic import Field

from kefu.company.yaml_lines import Strict


class Reasons(Strict):
    """By the state a ticket goes to; `reopened`: taken up again after it was called done."""

    assigned: str = Field(min_length=1)
    in_progress: str = Field(min_length=1)
    waiting: str = Field(min_length=1)
    resolved: str = Field(min_length=1)
    closed: str = Field(min_length=1)
    cancelled: str = Field(min_length=1)
    reopened: str = Field(min_length=1)


class TicketRules(Strict):
    """`reopen_days`: how long after closing; `urge_minutes`: how long between two urgings that count."""

    reopen_days: int = Field(ge=0, le=365)
    urge_minutes: int = Field(ge=0, le=24 * 60)
    reasons: Reasons
    source: str = Field(min_length=1)

    def reason(self, after: str, again: bool) -> str:
        """Why a ticket went to a state, where nobody has said it; `again`: it had been called done."""
        return str(getattr(self.reasons, "reopened" if again else after))
