"""What is delivered to a webhook after the commit: rows, looked at when woken and every few seconds, at least once.

A row carries the same id with every try, so the receiver can tell a repeat; after a restart what is due is taken up.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from datetime import timedelta

import requests
import structlog

from kefu.clock import clock
from kefu.db.session import Database

log = structlog.get_logger("kefu.courier")
RETRY_FIRST, RETRY_MOST = timedelta(seconds=5), timedelta(minutes=10)
WEBHOOK_TIMEOUT_S = 5
POLL_S = 5.0
SIGNATURE, TIMESTAMP = "X-Kefu-Signature", "X-Kefu-Timestamp"
# Answers that say "later"; any other 4xx says that trying again is of no use.
LATER = (408, 425, 429)


class Refused(Exception):
    """The receiver will never take it."""


class Courier:
    """One background task; `deliver_due` says what is due and delivers it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Something may be due; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Until cancelled. A failing database is said in the log and tried again."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()  # before looking: what is written meanwhile wakes us again
            try:
                if await asyncio.to_thread(self.deliver_due):
                    continue  # there may be more
            except Exception:
                log.exception("nothing could be delivered", courier=type(self).__name__, level=logging.ERROR)
            try:
                await asyncio.wait_for(self._wake.wait(), POLL_S)
            except TimeoutError:
                continue

    def deliver_due(self) -> int:
        """Deliver what is due, oldest first; returns how many were delivered (any: it is called again at once)."""
        raise NotImplementedError


def pause_after(attempts: int, most: timedelta = RETRY_MOST) -> timedelta:
    """How long to wait after so many tries: doubled each time, up to `most`."""
    return min(RETRY_FIRST * (1 << min(attempts, 10)), most)


def post(url: str, body: bytes, headers: dict[str, str]) -> str | None:
    """One try. None: taken (2xx). Otherwise why not, without the answer's text; raises Refused when it is for good."""
    headers = {"Content-Type": "application/json", **headers}
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=WEBHOOK_TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as problem:
        return type(problem).__name__
    if 400 <= answer.status_code < 500 and answer.status_code not in LATER:
        raise Refused(f"HTTP {answer.status_code}")
    return None if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256, in hex, of the timestamp, a dot and the body."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed(secret: str, body: bytes, row_id: int) -> dict[str, str]:
    """The headers by which a receiver knows that it is from us, how old it is, and that it had it before."""
    at = str(int(clock.real_now().timestamp()))
    return {"Idempotency-Key": str(row_id), TIMESTAMP: at, SIGNATURE: signature(secret, at, body)}
