"""Praise, passed on: what the customer hears of it."""

from __future__ import annotations

from actions.dialogue import Dialogue
from kefu.surveys.praise import Praised


def tell_praised(talk: Dialogue, praised: Praised) -> None:
    """Whom praise has reached: those named, the person in charge, or their head alone."""
    if not praised.reached:
        talk.tell("praise_to_head")
    else:
        talk.tell("praise_to_named" if praised.named else "praise_to_owner")
