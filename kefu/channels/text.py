"""What every channel does to a text before it is a message, and to replies before they leave."""

from __future__ import annotations

import unicodedata
from typing import Any

from kefu.api.access import Services
from kefu.attachments.service import PHOTO_WORDS
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


def words_of(parts: Services, text: str, photo: bool = False) -> tuple[str, Outcome | None]:
    """The cleaned words of a message, or how they are turned away. A photo may come without a word."""
    given, limit = text.strip(), parts.settings.message_max_chars
    outcome = None if photo and not given else refused(given, limit, parts.company)
    cleaned = clean(given) if outcome is None else ""
    if outcome is None and photo and not cleaned:
        return PHOTO_WORDS, None
    return cleaned, outcome or refused(cleaned, limit, parts.company)


def shown(outcome: Outcome, sender: str) -> list[dict[str, Any]]:
    """Replies in Rasa's shape; what could not be recorded says so to machines too."""
    extra = {} if outcome.recorded else {"custom": {"recorded": False}}
    return [{"recipient_id": sender, **reply, **extra} for reply in outcome.replies]
