"""Texts to customers' phones: can they be sent here, which phones take them, and the row that will be delivered."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.settings import get_settings
from kefu.sms.models import SmsMessage

_MOBILE = re.compile(r"1[3-9]\d{9}")


def available() -> bool:
    """A gateway is named, or this is the demo, where texts are only shown to testers."""
    settings = get_settings()
    return settings.demo_mode or bool(settings.sms_webhook_url)


def mobile(phone: str | None) -> str | None:
    """The phone if it can take an SMS: a landline, or none, cannot."""
    return phone if phone and _MOBILE.fullmatch(phone) else None


def queue(
    session: Session, phone: str | None, text: str, purpose: str, expires_at: datetime, conversation_id: str | None
) -> SmsMessage:
    """Write a text that is to be delivered before `expires_at` (business time). Without a phone the row is void.

    A void row costs what a real one costs, so that nobody can tell from the time an answer takes whether there is a phone.
    """
    row = SmsMessage(
        phone=phone,
        text=text if phone else "",
        purpose=purpose,
        conversation_id=conversation_id,
        status="waiting" if phone else "void",
        created_at=clock.now(),
        expires_at=expires_at,
        due_at=clock.real_now(),
        attempts=0,
    )
    session.add(row)
    return row


def readable(phone: str | None) -> Select[SmsMessage]:
    """Texts that still hold (for the demo's testers): all, or those to one phone."""
    query = select(SmsMessage).where(SmsMessage.status == "waiting", SmsMessage.expires_at > clock.now())
    return query if phone is None else query.where(SmsMessage.phone == phone)
