"""Personal data goes when its time is over: every night, so many rows a transaction. What stays says nothing of anyone.

Source: company/retention.yml (个人信息保护法第19、47条: the shortest time needed, then deleted or made anonymous).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from kefu.accounts.models import Binding, IdentityCode, ProofAttempt
from kefu.alerts.models import Alert
from kefu.callbacks.models import Callback
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.retention import What
from kefu.conversations.models import Conversation
from kefu.engine.models import Dialogue
from kefu.exports.models import TicketExport
from kefu.handoff.models import Handoff
from kefu.incidents.models import Subscription, SupplyReport
from kefu.jobs.daily import daily
from kefu.jobs.models import Job
from kefu.jobs.service import schedule
from kefu.outbox.models import Notice, OutboxMessage
from kefu.sms.models import SmsMessage
from kefu.staff.models import StaffMessage
from kefu.tickets.models import Ticket, TicketEvent
from kefu.tickets.states import OPEN, OVER

log = structlog.get_logger("kefu.retention")
KIND = "retention"
AT_ONCE = 500
GONE = "（超过保存期限，内容已删除）"
_SILENT = {"synchronize_session": False}


@daily(KIND, time(3, 30))
def keep_no_longer(session: Session, company: CompanyData) -> None:
    """Delete or make anonymous what is over; when there is more of it, the rest follows in a transaction of its own."""
    now = clock.now()
    gone = {what: go(session, company.retention.limit(what, now)) for what, go in STEPS.items()}
    if any(gone.values()):
        log.info("kept no longer", **gone)
    if max(gone.values()) >= AT_ONCE:
        schedule(session, KIND, "more", now, KIND)


def _delete(session: Session, table: Any, over: ColumnElement[bool]) -> int:
    ids = list(session.scalars(select(table.id).where(over).limit(AT_ONCE)))
    if ids:
        session.execute(delete(table).where(table.id.in_(ids)), execution_options=_SILENT)
    return len(ids)


def _conversations(session: Session, limit: datetime) -> int:
    """With transcript, photos, what the dialogue remembers, and the accounts proved in it."""
    same = Conversation.id
    needed = or_(
        exists().where(Ticket.conversation_id == same, Ticket.status.in_(OPEN)),
        exists().where(Callback.conversation_id == same, Callback.status == "requested"),
        exists().where(Handoff.conversation_id == same, Handoff.status.in_(("waiting", "claimed"))),
        exists().where(Subscription.conversation_id == same, Subscription.status == "open"),
        exists().where(SupplyReport.conversation_id == same, SupplyReport.ended_at.is_(None)),
    )
    ids = list(session.scalars(select(same).where(Conversation.last_at < limit, ~needed).limit(AT_ONCE)))
    for table, key in (
        (Binding, Binding.conversation_id),
        (Subscription, Subscription.conversation_id),
        (Dialogue, Dialogue.conversation_id),
        (Conversation, Conversation.id),
    ):
        session.execute(delete(table).where(key.in_(ids)), execution_options=_SILENT)
    reports = update(SupplyReport).where(SupplyReport.conversation_id.in_(ids))
    session.execute(reports.values(words="", phone=None, account_number=None), execution_options=_SILENT)
    return len(ids)


def _tickets(session: Session, limit: datetime) -> int:
    """Kind, times and results stay for the figures; who it was, and what was said, does not."""
    over = Ticket.closed_at < limit, Ticket.status.in_(OVER), Ticket.description != GONE
    ids = list(session.scalars(select(Ticket.id).where(*over).limit(AT_ONCE)))
    blank: dict[str, Any] = dict.fromkeys(("phone", "contact_name", "account_number", "address", "demand", "staff"))
    blank |= {"description": GONE, "address_parts": {}, "resolution": {}, "conversation_id": None}
    session.execute(update(Ticket).where(Ticket.id.in_(ids)).values(**blank), execution_options=_SILENT)
    entries = update(TicketEvent).where(TicketEvent.ticket_id.in_(ids), TicketEvent.action != "status")
    session.execute(entries.values(note="", changes={}), execution_options=_SILENT)
    moves = update(TicketEvent).where(TicketEvent.ticket_id.in_(ids), TicketEvent.action == "status")
    session.execute(moves.values(note=""), execution_options=_SILENT)
    calls = update(Callback).where(Callback.ticket_id.in_(ids))
    session.execute(calls.values(phone="", reason="", conversation_id=None), execution_options=_SILENT)
    return len(ids)


def _messages(session: Session, limit: datetime) -> int:
    done = and_(OutboxMessage.created_at < limit, OutboxMessage.status != "waiting")
    empty = and_(Notice.created_at < limit, ~exists().where(OutboxMessage.notice_id == Notice.id))
    texts = and_(SmsMessage.created_at < limit, SmsMessage.status != "waiting")
    return max(
        _delete(session, OutboxMessage, done), _delete(session, Notice, empty), _delete(session, SmsMessage, texts)
    )


def _proofs(session: Session, limit: datetime) -> int:
    tries = _delete(session, ProofAttempt, ProofAttempt.at < limit)
    return max(tries, _delete(session, IdentityCode, IdentityCode.created_at < limit))


def _staff_messages(session: Session, limit: datetime) -> int:
    return _delete(session, StaffMessage, StaffMessage.created_at < limit)


def _jobs(session: Session, limit: datetime) -> int:
    jobs = _delete(session, Job, and_(Job.status.in_(("done", "cancelled")), Job.due_at < limit, Job.kind != KIND))
    told = _delete(session, TicketExport, and_(TicketExport.status == "sent", TicketExport.created_at < limit))
    return max(jobs, told, _delete(session, Alert, Alert.delivered_at < limit))


STEPS: dict[What, Callable[[Session, datetime], int]] = {
    "conversation": _conversations,
    "ticket": _tickets,
    "message": _messages,
    "proof": _proofs,
    "staff_message": _staff_messages,
    "job": _jobs,
}
