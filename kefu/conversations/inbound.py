"""What every channel makes of what it receives, and what it gets back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kefu.attachments.pictures import Photo
from kefu.clock import clock


@dataclass(frozen=True)
class Inbound:
    """One customer message. `conversation_id` is "channel:sender"; `message_id` makes a repeat recognisable.

    `attachments`: photos that come with it, or the tokens of photos uploaded before; with nothing else to say, the text
    is PHOTO_WORDS.
    """

    conversation_id: str
    channel: str
    text: str
    message_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    received_at: datetime = field(default_factory=clock.now)
    attachments: tuple[Photo | str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What the customer is told. `recorded`: the words are in the database. `repeated`: these replies were given before."""

    replies: list[dict[str, Any]]
    recorded: bool = True
    repeated: bool = False
    done: bool = True
    failed: bool = False

    @property
    def kind(self) -> str:
        """One word for the counters."""
        if not self.recorded:
            return "unrecorded"
        return "failed" if self.failed else "repeated" if self.repeated else "answered"


def text_reply(text: str) -> dict[str, Any]:
    return {"text": text}
