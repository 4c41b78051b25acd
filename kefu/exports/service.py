"""Tickets told to another system: a row for each entry of a history, posted after the commit, signed, in order, at least once.

docs/exports.md says what the receiver gets.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.courier import Courier, Refused, pause_after, post, signed
from kefu.db.session import Database
from kefu.exports.models import TicketExport
from kefu.settings import Settings

log = structlog.get_logger("kefu.exports")
TRIES = 20  # with the pauses of kefu/courier.py about two hours and a half
# What is told of one entry, within a session that only reads.
Show = Callable[[Session, CompanyData, TicketExport], dict[str, Any]]


def send_again(row: TicketExport) -> None:
    """A given-up row waits again, with all its tries."""
    row.status, row.attempts, row.problem, row.due_at = "waiting", 0, None, clock.real_now()


class ExportSender(Courier):
    """Posts what waits, oldest first; of one ticket nothing overtakes what was tried before it."""

    def __init__(self, database: Database, company: CompanyData, settings: Settings, show: Show) -> None:
        super().__init__(database)
        self._company = company
        self._url, self._secret, self._show = settings.ticket_webhook_url, settings.ticket_webhook_secret, show

    def deliver_due(self) -> int:
        """Returns how many were delivered."""
        if not self._url:
            return 0
        with self._database.read() as session:
            due = [
                (row.id, self._show(session, self._company, row))
                for row in session.scalars(_due(clock.real_now()).limit(50))
            ]
        sent = 0
        for row_id, told in due:
            taken = self._deliver(row_id, told)
            if taken is None:
                break  # nobody is there: the others keep their tries, and whoever stops us does not wait for fifty of them
            sent += taken
        return sent

    def _deliver(self, row_id: int, told: dict[str, Any]) -> bool | None:
        """Taken; or refused for good, or told by another process meanwhile; None: to be tried again."""
        body = json.dumps(told, ensure_ascii=False).encode()
        refused, problem = False, None
        try:
            problem = post(self._url, body, signed(self._secret, body, row_id))
        except Refused as never:
            refused, problem = True, str(never)
        with self._database.write() as session:
            row = session.get(TicketExport, row_id, with_for_update=True)
            if row is None or row.status != "waiting":
                return False
            row.attempts, row.problem = row.attempts + 1, problem
            if problem is None:
                row.status, row.sent_at = "sent", clock.real_now()
            elif refused or row.attempts >= TRIES:
                _give_up(session, row)
            else:
                row.due_at = clock.real_now() + pause_after(row.attempts)
                log.error("ticket not exported", export_id=row.id, problem=problem, attempts=row.attempts)
        return None if problem and not refused else problem is None


def _due(now: datetime) -> Select[TicketExport]:
    earlier = aliased(TicketExport)
    before = exists().where(
        earlier.ticket_id == TicketExport.ticket_id, earlier.status == "waiting", earlier.id < TicketExport.id
    )
    query = select(TicketExport).where(TicketExport.status == "waiting", TicketExport.due_at <= now, ~before)
    return query.order_by(TicketExport.id)


def _give_up(session: Session, row: TicketExport) -> None:
    """Onto the dead-letter list; one alert while the list is not empty, not one for each."""
    known = session.scalar(select(func.count()).where(TicketExport.status == "dead"))
    row.status = "dead"
    if not known:
        raise_alert(
            session, "export_dead", "工单推送失败，已停止重试：见 /api/exports?status=dead", problem=row.problem
        )
