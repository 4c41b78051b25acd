"""Personal data goes when its time is over: every night, so many rows a transaction. What stays says nothing of anyone.

Source: company/retention.yml (个人信息保护法第19、47条: the shortest time needed, then deleted or made anonymous).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from kefu.accounts.models import Binding, IdentityCode, ProofAttempt
from kefu.alerts.models import Alert
from kefu.attachments.models import Attachment
from kefu.callbacks.models import Callback, CallbackAttempt
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.company.retention import What
from kefu.conversations.models import Conversation, Inbox, Utterance
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
from kefu.surveys.models import Survey
from kefu.tickets.models import Ticket, TicketEvent
from kefu.tickets.states import OPEN, OVER

log = structlog.get_logger("kefu.retention")
KIND = "retention"
AT_ONCE = 500
GONE = "（超过保存期限，内容已删除）"
_SILENT = {"synchronize_session": False}
_NO_HOME = {"words": "", "phone": None, "account_number": None, "conversation_id": None, "vulnerable": None}


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


def _waits(conversation: Any) -> ColumnElement[bool]:
    """Somebody or something still waits in that conversation."""
    return or_(
        exists().where(Ticket.conversation_id == conversation, Ticket.status.in_(OPEN)),
        exists().where(Callback.conversation_id == conversation, Callback.status == "requested"),
        exists().where(Handoff.conversation_id == conversation, Handoff.status.in_(("waiting", "claimed"))),
        exists().where(Subscription.conversation_id == conversation, Subscription.status == "open"),
        exists().where(SupplyReport.conversation_id == conversation, SupplyReport.ended_at.is_(None)),
    )


def _conversations(session: Session, limit: datetime) -> int:
    """With transcript, photos, what the dialogue remembers, and the accounts proved in it; of who still writes, what is old."""
    old = select(Conversation.id).where(Conversation.last_at < limit, ~_waits(Conversation.id)).limit(AT_ONCE)
    ids = list(session.scalars(old.with_for_update(skip_locked=True)))  # who writes just now is no more over
    for table, key in (
        (Binding, Binding.conversation_id),
        (Subscription, Subscription.conversation_id),
        (Dialogue, Dialogue.conversation_id),
        (Conversation, Conversation.id),
    ):
        session.execute(delete(table).where(key.in_(ids)), execution_options=_SILENT)
    reports = update(SupplyReport).where(SupplyReport.conversation_id.in_(ids))
    session.execute(reports.values(**_NO_HOME), execution_options=_SILENT)
    parts: tuple[tuple[Any, Any], ...] = (
        (Attachment, Attachment.created_at), (Utterance, Utterance.at), (Inbox, Inbox.received_at),
    )  # fmt: skip
    lines = (_delete(session, table, and_(at < limit, ~_waits(table.conversation_id))) for table, at in parts)
    return max(len(ids), *lines)


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
    surveys = update(Survey).where(Survey.ticket_id.in_(ids))
    session.execute(surveys.values(comment="", conversation_id=None), execution_options=_SILENT)
    _blank_calls(session, session.scalars(select(Callback.id).where(Callback.ticket_id.in_(ids))).all())
    return max(len(ids), _calls_and_reports(session, limit))


def _calls_and_reports(session: Session, limit: datetime) -> int:
    """Those without a ticket, and homes without power long ago."""
    over = Callback.window_end < limit, Callback.status != "requested", Callback.phone != ""
    calls = session.scalars(select(Callback.id).where(*over, Callback.ticket_id.is_(None)).limit(AT_ONCE)).all()
    _blank_calls(session, calls)
    ended = select(SupplyReport.id).where(SupplyReport.ended_at < limit, SupplyReport.home != "").limit(AT_ONCE)
    reports = session.scalars(ended).all()
    gone = update(SupplyReport).where(SupplyReport.id.in_(reports)).values(**_NO_HOME, home="", address="")
    session.execute(gone, execution_options=_SILENT)
    return max(len(calls), len(reports))


def _blank_calls(session: Session, ids: Sequence[int]) -> None:
    calls = update(Callback).where(Callback.id.in_(ids)).values(phone="", reason="", conversation_id=None)
    session.execute(calls, execution_options=_SILENT)
    tries = update(CallbackAttempt).where(CallbackAttempt.callback_id.in_(ids)).values(note="")
    session.execute(tries, execution_options=_SILENT)


def _messages(session: Session, limit: datetime) -> int:
    done = and_(OutboxMessage.created_at < limit, OutboxMessage.status != "waiting")
    empty = and_(Notice.created_at < limit, ~exists().where(OutboxMessage.notice_id == Notice.id))
    texts = and_(SmsMessage.created_at < limit, SmsMessage.status != "waiting")
    wishes = and_(Subscription.created_at < limit, Subscription.status != "open")
    rows = ((OutboxMessage, done), (Notice, empty), (SmsMessage, texts), (Subscription, wishes))
    return max(_delete(session, table, over) for table, over in rows)


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
