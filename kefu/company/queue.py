"""Customers who wait for a person: how often somebody is called again."""

from __future__ import annotations

from pydantic import Field

from kefu.company.yaml_lines import Strict


class QueueRules(Strict):
    """Minutes between two looks at a waiting conversation: `urgent_minutes` in danger, `minutes` otherwise."""

    urgent_minutes: int = Field(ge=1, le=60)
    minutes: int = Field(ge=1, le=120)
    source: str = Field(min_length=1)
