"""The outbox is emptied here: in short transactions, so that chat is not kept waiting; into the transcript, or to the SMS.

What is written into a conversation is written under its lock and marked in the same transaction: nothing is lost or said
twice, whatever dies. Per conversation the order is that of the outbox's ids, with several processes too: whoever holds
the lock takes all that waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.conversations.models import Conversation, Utterance
from kefu.conversations.ownership import PULLED
from kefu.courier import Courier
from kefu.db.session import Database
from kefu.metrics import NOTICES
from kefu.outbox import notices
from kefu.outbox.models import Notice, OutboxMessage
from kefu.sms import service as sms

log = structlog.get_logger("kefu.outbox")
CHATS = ("rest", "web", "socketio")
BATCH = 100
PAUSE_S = 0.05  # between two batches, for those who chat: SQLite has one writer


class OutboxSender(Courier):
    """A batch of recipients worked out, a batch handed over, again and again until nothing is due."""

    def __init__(
        self, database: Database, company: CompanyData, wake_chat: Callable[[str], None], wake_sms: Callable[[], None]
    ) -> None:
        super().__init__(database)
        self._company, self._wake_chat, self._wake_sms = company, wake_chat, wake_sms
        self._after = dict.fromkeys(CHATS, 0)  # what was busy is passed over until the next walk through all

    def deliver_due(self) -> int:
        """One batch of each; returns how many recipients were worked out and messages handed over."""
        done = self._work_out() + sum(self._hand_chat(channel) for channel in CHATS) + self._hand_sms()
        if done:
            time.sleep(PAUSE_S)
        return done

    # --- who hears it ------------------------------------------------------------------------------------------------
    def _work_out(self) -> int:
        with self._database.read() as session:
            if session.scalar(select(Notice.id).where(Notice.done_at.is_(None)).limit(1)) is None:
                return 0
        with self._database.write() as session:
            notice = notices.next_notice(session)
            if notice is None:  # another process was faster
                return 0
            looked_at = notices.expand(session, self._company, notice, BATCH)
            if not looked_at:
                self._say_what_stays(session, notice)
            return looked_at or 1  # the next notice may be waiting

    def _say_what_stays(self, session: Session, notice: Notice) -> None:
        """No channel is built for these: they wait, and an operator knows."""
        query = select(OutboxMessage.channel, func.count()).where(
            OutboxMessage.notice_id == notice.id, OutboxMessage.channel.not_in((*CHATS, "sms"))
        )
        for channel, count in session.execute(query.group_by(OutboxMessage.channel)):
            text = f"{count} 条通知没有可用的渠道（{channel}），仍在等待"
            raise_alert(session, "notice_waiting", text, notice=notice.id, about=notice.about)

    # --- into conversations ------------------------------------------------------------------------------------------
    def _hand_chat(self, channel: str) -> int:
        waiting = OutboxMessage.channel == channel, OutboxMessage.status == "waiting"
        query = select(OutboxMessage.id, OutboxMessage.conversation_id)
        with self._database.read() as session:
            due = session.execute(
                query.where(*waiting, OutboxMessage.id > self._after[channel]).order_by(OutboxMessage.id).limit(BATCH)
            ).all()
        self._after[channel] = due[-1].id if due else 0
        if not due:
            return 0
        with self._database.write() as session:
            free = self._locked(session, sorted({row.conversation_id for row in due}))
            mine = select(OutboxMessage).where(*waiting, OutboxMessage.conversation_id.in_(free))
            messages = list(session.scalars(mine.order_by(OutboxMessage.id)))
            self._write(session, messages, channel)
        for conversation_id in {message.conversation_id for message in messages}:
            self._wake_chat(conversation_id)
        NOTICES.labels(channel).inc(len(messages))
        return len(messages)

    def _locked(self, session: Session, ids: list[str]) -> list[str]:
        """Those of the conversations that are free, locked, in the order of their ids. Messages to none fail."""
        locking = select(Conversation.id).where(Conversation.id.in_(ids)).order_by(Conversation.id)
        free = list(session.scalars(locking.with_for_update(skip_locked=True)))
        if len(free) < len(ids):
            known = set(session.scalars(select(Conversation.id).where(Conversation.id.in_(ids))))
            nobody = [one for one in ids if one not in known]
            lost = OutboxMessage.conversation_id.in_(nobody), OutboxMessage.channel != "sms"
            self._fail(session, lost, "no such conversation")
        return free

    def _write(self, session: Session, messages: list[OutboxMessage], channel: str) -> None:
        if not messages:
            return
        lines = [
            {
                "conversation_id": message.conversation_id,
                "inbox_id": None,
                "at": clock.now(),
                "speaker": "assistant",
                "text": message.text,
                "extras": {**({"buttons": message.buttons} if message.buttons else {}), "notice": message.id},
            }
            for message in messages
        ]
        session.execute(insert(Utterance), lines)
        self._handed(session, messages, shown=channel not in PULLED)

    def _handed(self, session: Session, messages: list[OutboxMessage], shown: bool) -> None:
        now = clock.real_now()
        handed = update(OutboxMessage).where(OutboxMessage.id.in_([message.id for message in messages]))
        session.execute(
            handed.values(status="handed", handed_at=now, shown_at=now if shown else None),
            execution_options={"synchronize_session": False},
        )

    # --- to phones ---------------------------------------------------------------------------------------------------
    def _hand_sms(self) -> int:
        waiting = OutboxMessage.channel == "sms", OutboxMessage.status == "waiting"
        with self._database.read() as session:
            if session.scalar(select(OutboxMessage.id).where(*waiting).limit(1)) is None:
                return 0
        with self._database.write() as session:
            if not sms.available():
                return self._fail(session, waiting, "no sms gateway")
            query = select(OutboxMessage).where(*waiting).order_by(OutboxMessage.id).limit(BATCH)
            messages = list(session.scalars(query.with_for_update(skip_locked=True)))
            until = clock.now() + timedelta(hours=self._company.notices.sms_hours)
            for one in messages:
                sms.queue(session, sms.mobile(one.phone), one.text, "notice", until, one.conversation_id)
            self._handed(session, messages, shown=True)
        self._wake_sms()
        NOTICES.labels("sms").inc(len(messages))
        return len(messages)

    def _fail(self, session: Session, which: tuple[object, ...], problem: str) -> int:
        """Given up for good, and an operator knows."""
        failing = update(OutboxMessage).where(*which, OutboxMessage.status == "waiting")  # type: ignore[arg-type]
        done = session.execute(
            failing.values(status="failed", problem=problem), execution_options={"synchronize_session": False}
        )
        count: int = done.rowcount  # type: ignore[attr-defined]
        if count:
            raise_alert(session, "notice_failed", f"{count} 条通知没能送出", problem=problem)
        return count
