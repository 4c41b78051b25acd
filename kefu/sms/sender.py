"""Delivers waiting texts to the company's gateway, and blanks what has been delivered or has run out (docs/sms.md)."""

from __future__ import annotations

import json
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock, iso
from kefu.courier import Courier, Refused, pause_after, post, signed
from kefu.db.session import Database
from kefu.settings import Settings
from kefu.sms.models import SmsMessage

log = structlog.get_logger("kefu.sms")
RETRY_MOST = timedelta(seconds=30)  # a text is of use for minutes only


class SmsSender(Courier):
    """In demo mode nothing leaves: texts only run out."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__(database)
        self._url = "" if settings.demo_mode else settings.sms_webhook_url
        self._secret, self._demo = settings.sms_webhook_secret, settings.demo_mode

    def deliver_due(self) -> int:
        """Deliver what is due, oldest first; returns how many were delivered."""
        self._let_run_out()
        if not self._url:
            return 0
        with self._database.read() as session:
            query = select(SmsMessage).where(SmsMessage.status == "waiting", SmsMessage.due_at <= clock.real_now())
            due = list(session.scalars(query.order_by(SmsMessage.id).limit(50)))
        return sum(self._deliver(sms) for sms in due if sms.expires_at > clock.now())

    def _let_run_out(self) -> None:
        """Texts past their time: blank, and an alert for each that nobody could deliver."""
        over = SmsMessage.status == "waiting", SmsMessage.expires_at <= clock.now()
        with self._database.read() as session:
            if session.scalar(select(SmsMessage.id).where(*over).limit(1)) is None:
                return
        with self._database.write() as session:
            for row in session.scalars(select(SmsMessage).where(*over)):
                if self._demo:
                    row.status, row.text = "expired", ""
                else:
                    _give_up(session, row, "expired")

    def _deliver(self, sms: SmsMessage) -> bool:
        problem, refused = self._post(sms)
        with self._database.write() as session:
            row = session.get(SmsMessage, sms.id)
            if row is None or row.status != "waiting":
                return False
            row.attempts += 1
            if problem is None:
                row.status, row.delivered_at, row.text = "delivered", clock.real_now(), ""
            elif refused:
                _give_up(session, row, problem)
            else:
                wait = pause_after(row.attempts, RETRY_MOST)
                row.due_at = clock.real_now() + wait
                log.error("sms not delivered", sms_id=row.id, problem=problem, next_try_s=wait.total_seconds())
        return problem is None

    def _post(self, sms: SmsMessage) -> tuple[str | None, bool]:
        """Why it was not taken, if it was not; and whether for good."""
        body = _body(sms)
        try:
            return post(self._url, body, signed(self._secret, body, sms.id)), False
        except Refused as problem:
            return str(problem), True


def _body(sms: SmsMessage) -> bytes:
    told = {
        "id": sms.id,
        "phone": sms.phone,
        "text": sms.text,
        "purpose": sms.purpose,
        "created_at": iso(sms.created_at),
        "expires_at": iso(sms.expires_at),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _give_up(session: Session, row: SmsMessage, problem: str) -> None:
    row.status, row.text = "failed", ""
    raise_alert(session, "sms_failed", "一条短信没能发出", row.conversation_id, sms=row.id, problem=problem)
