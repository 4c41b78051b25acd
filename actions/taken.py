"""What collecting works with: slots in, changes out, and what is the same in every form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from actions import words
from actions.heard import Heard

DECLINED = "declined"
MISSES_BEFORE_TAKING_WORDS = 2
SERVICE_NAMES = {"electricity": "电", "water": "水", "gas": "燃气", "heat": "暖气"}

Slots = dict[str, Any]


@dataclass
class Collected:
    """`changes`: slots to set. `answered`: what was asked for is there now. `corrected`: replaced values, for telling.

    `waits`: the customer is looking for it; not counted as a miss.
    """

    changes: Slots = field(default_factory=dict)
    answered: bool = False
    corrected: list[str] = field(default_factory=list)
    waits: bool = False


def tired(slots: Slots) -> bool:
    """The same thing has been asked often enough."""
    return (slots.get("misses") or 0) + 1 >= MISSES_BEFORE_TAKING_WORDS


def said_phone(slots: Slots, heard: Heard, asked: bool) -> str | None:
    """A phone; a local one without area code only when it was asked for before."""
    local = words.LOCAL_PHONE.match(heard.plain) if asked and tired(slots) else None
    return heard.phone or (local[1] if local else None)
