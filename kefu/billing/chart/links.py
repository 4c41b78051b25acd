"""Addresses of charts: whoever has one sees that chart for a day, and nothing else; to anybody else they say nothing.

The account stands in the address encrypted, not only signed: addresses lie in transcripts, histories and proxies' logs.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken

from kefu.clock import clock
from kefu.settings import Settings


def chart_path(settings: Settings, account_number: str, period: str, kind: Literal["svg", "png"]) -> str:
    """Where the chart of the thirteen months up to `period` is shown, as a path on this service."""
    return f"/charts/{new_token(settings, account_number, period)}.{kind}"


def new_token(settings: Settings, account_number: str, period: str) -> str:
    said = json.dumps([account_number, period]).encode()
    now = int(clock.real_now().timestamp())
    return _cipher(settings).encrypt_at_time(said, now).decode().rstrip("=")


def opened(settings: Settings, token: str) -> tuple[str, str] | None:
    """Account and period of a token; None when it was not made here, for this, within CHART_HOURS."""
    padded = token + "=" * (-len(token) % 4)
    try:
        said = _cipher(settings).decrypt_at_time(
            padded.encode(), int(settings.chart_hours * 3600), int(clock.real_now().timestamp())
        )
    except (InvalidToken, UnicodeEncodeError):
        return None
    account_number, period = json.loads(said)
    return account_number, period


def _cipher(settings: Settings) -> Fernet:
    """A key for this purpose only: a visitor's token opens no chart."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"chart\n{settings.secret_key}".encode()).digest()))
