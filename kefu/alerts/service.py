"""Alerts to the operator: written with what caused them, delivered after the commit, at least once, same id."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import requests
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert
from kefu.clock import clock, iso
from kefu.db.session import Database

log = structlog.get_logger("kefu.alerts")
RETRY_FIRST, RETRY_MOST = timedelta(seconds=5), timedelta(minutes=10)
WEBHOOK_TIMEOUT_S = 5
POLL_S = 5.0


def raise_alert(session: Session, kind: str, text: str, conversation_id: str | None = None, **facts: Any) -> Alert:
    """Write an alert row; the sender picks it up after the commit. `text` holds no personal data."""
    now = clock.real_now()
    alert = Alert(
        kind=kind, text=text, conversation_id=conversation_id, facts=facts, created_at=now, due_at=now, attempts=0
    )
    session.add(alert)
    return alert


def shout(kind: str, text: str, conversation_id: str | None = None) -> None:
    """The alert of last resort, when no row can be written: a loud log line."""
    log.error("ALERT", kind=kind, text=text, conversation_id=conversation_id)


class AlertSender:
    """Looks at due rows when woken, and every few seconds; posts each to the webhook, or logs it loudly."""

    def __init__(self, database: Database, webhook_url: str) -> None:
        self._database, self._url = database, webhook_url
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
            try:
                await asyncio.to_thread(self.deliver_due)
            except Exception:
                log.exception("alerts could not be delivered", level=logging.ERROR)
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), POLL_S)
            except TimeoutError:
                continue

    def deliver_due(self) -> int:
        """Deliver what is due, oldest first; returns how many were delivered."""
        with self._database.read() as session:
            query = select(Alert).where(Alert.delivered_at.is_(None), Alert.due_at <= clock.real_now())
            due = list(session.scalars(query.order_by(Alert.id).limit(50)))
        return sum(self._deliver(alert) for alert in due)

    def _deliver(self, alert: Alert) -> bool:
        problem = self._post(alert) if self._url else self._log(alert)
        with self._database.write() as session:
            row = session.get(Alert, alert.id)
            if row is None:
                return False
            row.attempts += 1
            if problem is None:
                row.delivered_at = clock.real_now()
            else:
                wait = min(RETRY_FIRST * 2 ** min(row.attempts, 10), RETRY_MOST)
                row.due_at = clock.real_now() + wait
                log.error("alert not delivered", alert_id=alert.id, problem=problem, next_try_s=wait.total_seconds())
        return problem is None

    def _log(self, alert: Alert) -> str | None:
        log.error("ALERT", **self._body(alert))
        return None

    def _post(self, alert: Alert) -> str | None:
        try:
            answer = requests.post(self._url, json=self._body(alert), timeout=WEBHOOK_TIMEOUT_S)
        except requests.RequestException as problem:
            return type(problem).__name__
        return None if answer.ok else f"HTTP {answer.status_code}"

    @staticmethod
    def _body(alert: Alert) -> dict[str, Any]:
        return {
            "id": alert.id,
            "kind": alert.kind,
            "text": alert.text,
            "conversation_id": alert.conversation_id,
            "facts": alert.facts,
            "at": iso(alert.created_at),
        }
