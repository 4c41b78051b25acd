"""What every channel does to a text before it is a message, and to replies before they leave."""

from __future__ import annotations

import unicodedata
from typing import Any

from kefu.company.data import CompanyData
from kefu.conversations.inbound import Outcome, text_reply


def clean(text: str) -> str:
    """Without control characters and broken surrogates (databases refuse them); line breaks stay."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in whole if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def refused(text: str, limit: int, company: CompanyData) -> Outcome | None:
    """A kind answer to what is no message: nothing in it, or far too long. Nothing is recorded."""
    if not text:
        return Outcome([text_reply(company.text("empty"))], recorded=False)
    if len(text) > limit:
        return Outcome([text_reply(company.text("too_long", limit=limit))], recorded=False)
    return None


def shown(outcome: Outcome, sender: str) -> list[dict[str, Any]]:
    """Replies in Rasa's shape; what could not be recorded says so to machines too."""
    extra = {} if outcome.recorded else {"custom": {"recorded": False}}
    return [{"recipient_id": sender, **reply, **extra} for reply in outcome.replies]
