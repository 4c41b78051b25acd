"""How long personal data is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from kefu.company.yaml_lines import Strict

SIX_MONTHS = 183  # 网络安全法第21条: network logs are kept six months at least
What = Literal["conversation", "ticket", "message", "proof", "staff_message", "job"]


class Kept(Strict):
    days: int = Field(ge=SIX_MONTHS, le=3650)
    source: str = Field(min_length=1)


class Retention(Strict):
    """One limit for each kind of data; what they mean stands in kefu/conversations/retention.py."""

    conversation: Kept
    ticket: Kept
    message: Kept
    proof: Kept
    staff_message: Kept
    job: Kept

    def limit(self, what: What, now: datetime) -> datetime:
        """What was last needed before then is to go."""
        kept: Kept = getattr(self, what)
        return now - timedelta(days=kept.days)
