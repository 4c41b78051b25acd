"""The way of a message: accepted once, turned into replies and rows in one transaction, or not at all.

docs/life-of-a-message.md walks through this file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from kefu.alerts.service import raise_alert, shout
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.conversations.inbound import Inbound, Outcome, text_reply
from kefu.conversations.locks import ConversationLocks
from kefu.conversations.models import Conversation, Inbox, Utterance
from kefu.db.session import Database, insert_once
from kefu.engine.engine import Engine, Understanding
from kefu.engine.turn import Turn
from kefu.metrics import MESSAGES, TURN_SECONDS

log = structlog.get_logger("kefu.conversations")
UNREACHABLE = (OperationalError, InterfaceError, PoolTimeout)
INBOX_POLL_S = 2.0
AWAY_FOR, IMPATIENT_S = timedelta(seconds=10), 0.2


class Conversations:
    """Takes messages from channels. One per process; its coroutines run on the serving loop."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        company: CompanyData,
        turn_workers: int,
        inbox_attempts: int,
        after_commit: Callable[[], None],
    ) -> None:
        self._database, self._engine, self._company = database, engine, company
        self._attempts, self._after_commit = inbox_attempts, after_commit
        self._locks = ConversationLocks()
        self._accepted = asyncio.Event()
        self._away_at: datetime | None = None
        workers = 1 if database.is_sqlite else turn_workers
        self._turns = ThreadPoolExecutor(workers, thread_name_prefix="turn")
        self._understanding = ThreadPoolExecutor(1, thread_name_prefix="nlu")

    # --- entrances ---------------------------------------------------------------------------------------------------
    async def receive(self, inbound: Inbound) -> Outcome:
        """One message in, the replies out, everything written; never raises for what a customer can cause."""
        loop = asyncio.get_running_loop()
        with TURN_SECONDS.labels(inbound.channel).time():
            understanding = await loop.run_in_executor(self._understanding, self._engine.understand, inbound.text)
            async with self._locks.held(inbound.conversation_id):
                outcome = await loop.run_in_executor(self._turns, self._answer, inbound, understanding)
        MESSAGES.labels(inbound.channel, outcome.kind).inc()
        self._after_commit()
        return outcome

    async def accept(self, inbound: Inbound) -> Outcome:
        """Write the message down and return at once; the turn follows. For channels that must acknowledge early."""
        loop = asyncio.get_running_loop()
        async with self._locks.held(inbound.conversation_id):
            outcome = await loop.run_in_executor(self._turns, self._accept, inbound)
        self._accepted.set()
        return outcome

    async def work_inbox(self) -> None:
        """Until cancelled: answer what was accepted and not finished, oldest first; after a crash too."""
        while True:
            try:
                for inbound in await asyncio.to_thread(self._unfinished):
                    await self.receive(inbound)
            except UNREACHABLE as problem:
                log.error("inbox cannot be read", problem=type(problem).__name__)
            self._accepted.clear()
            try:
                await asyncio.wait_for(self._accepted.wait(), INBOX_POLL_S)
            except TimeoutError:
                continue

    async def alone(self, work: Callable[[Session], None]) -> None:
        """Run `work` in one transaction in a turn's place, and forget every dialogue in memory (demo reset)."""

        def run() -> None:
            with self._database.write() as session:
                work(session)
            self._engine.store.cache.clear()

        await asyncio.get_running_loop().run_in_executor(self._turns, run)

    @property
    def model(self) -> str:
        """File name of the model that answers."""
        return self._engine.model

    def close(self) -> None:
        self._understanding.shutdown(wait=True, cancel_futures=True)
        self._turns.shutdown(wait=True, cancel_futures=True)

    # --- in a worker thread ------------------------------------------------------------------------------------------
    def _accept(self, inbound: Inbound) -> Outcome:
        try:
            with self._database.write() as session:
                conversation = _conversation(session, inbound)
                row = _inbox(session, inbound)
                if row is None:
                    _take_in(session, conversation, inbound, "accepted")
                    return Outcome([], done=False)
                return Outcome(row.replies, repeated=True, done=row.status != "accepted")
        except UNREACHABLE as problem:
            return self._unrecorded(inbound, self._engine.understand(inbound.text), problem)

    def _unfinished(self) -> list[Inbound]:
        with self._database.read() as session:
            query = select(Inbox, Conversation.channel).join(Conversation).where(Inbox.status == "accepted")
            return [
                Inbound(row.conversation_id, channel, row.text, row.message_id, row.received_at)
                for row, channel in session.execute(query.order_by(Inbox.id))
            ]

    def _answer(self, inbound: Inbound, understanding: Understanding) -> Outcome:
        try:
            return self._turn(inbound, understanding)
        except UNREACHABLE as problem:
            return self._unrecorded(inbound, understanding, problem)
        except Exception as problem:  # whatever it was: rolled back; now say so, and keep the customer's words
            log.exception("turn failed", conversation_id=inbound.conversation_id, message_id=inbound.message_id)
            try:
                return self._failed(inbound, understanding, problem)
            except SQLAlchemyError as second:
                return self._unrecorded(inbound, understanding, second)

    def _turn(self, inbound: Inbound, understanding: Understanding) -> Outcome:
        with self._database.turn(self._patience()) as session:
            conversation = _conversation(session, inbound)
            row = _inbox(session, inbound)
            if row is not None and row.status != "accepted":
                return Outcome(row.replies, repeated=True)
            if row is None:
                row = _take_in(session, conversation, inbound, "accepted")
            turn = Turn(inbound.conversation_id, row.id, 0)
            replies = self._reply(session, conversation, turn, inbound, understanding)
            _finish(session, row, replies, "done")
        self._away_at = None
        self._engine.remember(turn)
        return Outcome(replies)

    def _patience(self) -> float | None:
        """While the database was away a moment ago, nobody waits long for it: those in danger stand in this queue."""
        recently = self._away_at is not None and clock.real_now() - self._away_at < AWAY_FOR
        return IMPATIENT_S if recently else None

    def _reply(
        self, session: Session, conversation: Conversation, turn: Turn, inbound: Inbound, understanding: Understanding
    ) -> list[dict[str, Any]]:
        messages = self._engine.respond(turn, inbound.text, understanding, inbound.channel)
        replies = [{k: v for k, v in message.items() if k != "recipient_id"} for message in messages]
        if not conversation.notice_given:
            conversation.notice_given = True
            replies.append(text_reply(self._company.text("notice")))
        return replies

    # --- when something is wrong -------------------------------------------------------------------------------------
    def _failed(self, inbound: Inbound, understanding: Understanding, problem: Exception) -> Outcome:
        """The turn is rolled back. An accepted message is tried again later; anyone else hears that it did not work."""
        reason = f"{type(problem).__name__}: {problem}"[:300]
        with self._database.write() as session:
            conversation = _conversation(session, inbound)
            row = _inbox(session, inbound)
            queued = row is not None
            row = row or _take_in(session, conversation, inbound, "accepted")
            row.attempts, row.problem = row.attempts + 1, reason
            raise_alert(session, "turn_failed", "一轮对话处理失败，已回滚", inbound.conversation_id, inbox=row.id)
            if queued and row.attempts < self._attempts:
                return Outcome([], done=False, failed=True)
            replies = [*self._safety(understanding), text_reply(self._company.text("turn_failed"))]
            _finish(session, row, replies, "aside" if queued else "failed")
        return Outcome(replies, failed=True)

    def _unrecorded(self, inbound: Inbound, understanding: Understanding, problem: Exception) -> Outcome:
        """No database: safety from configuration, and the plain word that nothing was written down."""
        self._away_at = clock.real_now()
        log.error("database unavailable", problem=type(problem).__name__, conversation_id=inbound.conversation_id)
        kind = "nothing_recorded" if understanding.danger is None else "danger_nothing_recorded"
        shout(kind, "数据库不可用，客户消息未能记录", inbound.conversation_id)
        phone = self._company.company.emergency_phone(understanding.service)
        text = getattr(self._company.texts, kind).format(phone=phone)
        replies = [*(self._safety(understanding) if understanding else []), text_reply(text)]
        return Outcome(replies, recorded=False)

    def _safety(self, understanding: Understanding) -> list[dict[str, Any]]:
        if understanding.danger is None:
            return []
        return [text_reply(self._company.safety_text(understanding.danger, understanding.service))]


# --- rows --------------------------------------------------------------------------------------------------------------
def _conversation(session: Session, inbound: Inbound) -> Conversation:
    """The conversation's row, locked to the end of the transaction; made at the first message."""
    found = session.get(Conversation, inbound.conversation_id, with_for_update=True)
    if found is not None:
        return found
    first = {"created_at": inbound.received_at, "last_at": inbound.received_at}
    insert_once(session, Conversation, id=inbound.conversation_id, channel=inbound.channel, **first)
    return session.get_one(Conversation, inbound.conversation_id, with_for_update=True)


def _inbox(session: Session, inbound: Inbound) -> Inbox | None:
    query = select(Inbox).where(
        Inbox.conversation_id == inbound.conversation_id, Inbox.message_id == inbound.message_id
    )
    return session.scalar(query)


def _take_in(session: Session, conversation: Conversation, inbound: Inbound, status: str) -> Inbox:
    """The inbox row and the customer's line of the transcript."""
    row = Inbox(
        conversation_id=inbound.conversation_id,
        message_id=inbound.message_id,
        text=inbound.text,
        received_at=inbound.received_at,
        status=status,
        attempts=0,
        replies=[],
    )
    session.add(row)
    session.flush()
    conversation.last_at = inbound.received_at
    _say(session, row, "customer", {"text": inbound.text})
    return row


def _finish(session: Session, row: Inbox, replies: list[dict[str, Any]], status: str) -> None:
    row.status, row.replies = status, replies
    for reply in replies:
        _say(session, row, "assistant", reply)


def _say(session: Session, row: Inbox, speaker: str, message: dict[str, Any]) -> None:
    session.add(
        Utterance(
            conversation_id=row.conversation_id,
            inbox_id=row.id,
            at=clock.now(),
            speaker=speaker,
            text=message.get("text") or "",
            extras={k: v for k, v in message.items() if k != "text"},
        )
    )
