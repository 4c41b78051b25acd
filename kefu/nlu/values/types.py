"""One value found in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Value:
    """`start` and `end` are offsets in the raw text; `value` is normalised and can be written as JSON."""

    entity: str
    start: int
    end: int
    text: str
    value: Any
