"""Alerts to the operator: written with what caused them, delivered after the commit, at least once, same id."""

from __future__ import annotations

import json
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert
from kefu.clock import clock, iso
from kefu.courier import Courier, Refused, pause_after, post
from kefu.db.session import Database

log = structlog.get_logger("kefu.alerts")


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


class AlertSender(Courier):
    """Posts each alert to the webhook, or logs it loudly. An alert is never given up."""

    def __init__(self, database: Database, webhook_url: str) -> None:
        super().__init__(database)
        self._url = webhook_url

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
                wait = pause_after(row.attempts)
                row.due_at = clock.real_now() + wait
                log.error("alert not delivered", alert_id=alert.id, problem=problem, next_try_s=wait.total_seconds())
        return problem is None

    def _log(self, alert: Alert) -> str | None:
        log.error("ALERT", **self._body(alert))
        return None

    def _post(self, alert: Alert) -> str | None:
        try:
            return post(self._url, json.dumps(self._body(alert)).encode(), {})
        except Refused as problem:  # a receiver put right later still hears of it
            return str(problem)

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
