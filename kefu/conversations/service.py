"""The way of a message: accepted once, turned into replies and rows in one transaction, or not at all.

docs/life-of-a-message.md walks through this file.
"""

from __future__ import annotations

import asyncio
import time
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
from kefu.conversations import ownership
from kefu.conversations.inbound import Inbound, Outcome, text_reply
from kefu.conversations.live import Live
from kefu.conversations.locks import ConversationLocks
from kefu.conversations.models import Conversation, Inbox
from kefu.conversations.rows import find_conversation, find_inbox, finish, take_in
from kefu.db.session import Database
from kefu.engine.engine import Engine, Understanding
from kefu.engine.turn import Turn
from kefu.metrics import MESSAGES, TURN_SECONDS

log = structlog.get_logger("kefu.conversations")
UNREACHABLE = (OperationalError, InterfaceError, PoolTimeout)
INBOX_POLL_S = 2.0
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL
AWAY_FOR, IMPATIENT_S = timedelta(seconds=10), 0.2


class TooLate(Exception):
    """The customer was told that nothing was recorded: so be it."""


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
        self._locks, self.live = ConversationLocks(), Live()
        self._accepted = asyncio.Event()
        self._longest_s = 2 * database.lock_timeout_s + engine.timeout_s + 1
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
                outcome = await self._in_time(inbound, understanding)
        MESSAGES.labels(inbound.channel, outcome.kind).inc()
        self._after_commit()
        self.live.wake(inbound.conversation_id)
        return outcome

    async def accept(self, inbound: Inbound) -> Outcome:
        """Write the message down and return at once; the turn follows. For channels that must acknowledge early."""
        loop, deadline = asyncio.get_running_loop(), time.monotonic() + self._longest_s
        async with self._locks.held(inbound.conversation_id):
            work = loop.run_in_executor(self._turns, self._accept, inbound, deadline)
            try:
                outcome = await asyncio.wait_for(work, self._longest_s)
            except TimeoutError as problem:
                outcome = self._unrecorded(inbound, self._engine.understand(inbound.text), problem)
        self._accepted.set()
        self.live.wake(inbound.conversation_id)
        return outcome

    async def work_inbox(self) -> None:
        """Until cancelled: answer what was accepted and not finished, oldest first; after a crash too."""
        while True:
            self._accepted.clear()  # before looking: what is accepted meanwhile wakes us again
            try:
                await self._finish_accepted()
            except Exception as problem:  # this work never ends: what is accepted is promised
                log.error("inbox cannot be read", problem=type(problem).__name__)
            try:
                await asyncio.wait_for(self._accepted.wait(), INBOX_POLL_S)
            except TimeoutError:
                continue

    async def _finish_accepted(self) -> None:
        """One try each; a conversation whose message failed waits, its later messages behind it."""
        stuck: set[str] = set()
        for inbound in await asyncio.to_thread(self._unfinished):
            if inbound.conversation_id not in stuck and not (await self.receive(inbound)).done:
                stuck.add(inbound.conversation_id)

    async def _in_time(self, inbound: Inbound, understanding: Understanding) -> Outcome:
        """The turn's outcome; a database that answers nothing at all keeps nobody waiting longer than the limit."""
        loop, deadline = asyncio.get_running_loop(), time.monotonic() + self._longest_s
        work = loop.run_in_executor(self._turns, self._in_order, inbound, understanding, deadline)
        try:
            return await asyncio.wait_for(work, self._longest_s)
        except TimeoutError as problem:
            return self._unrecorded(inbound, understanding, problem)

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
    def _accept(self, inbound: Inbound, deadline: float) -> Outcome:
        try:
            with self._database.write() as session:
                conversation = find_conversation(session, inbound)
                row = find_inbox(session, inbound)
                if row is None:
                    take_in(session, conversation, inbound, "accepted")
                    if time.monotonic() > deadline:
                        raise TooLate
                    return Outcome([], done=False)
                return Outcome(row.replies, repeated=True, done=row.status != "accepted")
        except (*UNREACHABLE, TooLate) as problem:
            return self._unrecorded(inbound, self._engine.understand(inbound.text), problem)

    def _unfinished(self, conversation_id: str | None = None) -> list[Inbound]:
        with self._database.read() as session:
            query = select(Inbox, Conversation.channel).join(Conversation).where(Inbox.status == "accepted")
            if conversation_id is not None:
                query = query.where(Inbox.conversation_id == conversation_id)
            return [
                Inbound(row.conversation_id, channel, row.text, row.message_id, row.received_at, tuple(row.attachments))
                for row, channel in session.execute(query.order_by(Inbox.id))
            ]

    def _in_order(self, inbound: Inbound, understanding: Understanding, deadline: float) -> Outcome:
        """First what this customer said before and is still owed an answer to."""
        try:
            while (owed := self._unfinished(inbound.conversation_id)) and owed[0].message_id != inbound.message_id:
                if not self._try_again(owed[0], self._engine.understand(owed[0].text), deadline).recorded:
                    break
            if owed:
                return self._try_again(inbound, understanding, deadline)
        except UNREACHABLE as problem:
            return self._unrecorded(inbound, understanding, problem)
        return self._answer(inbound, understanding, deadline)

    def _try_again(self, inbound: Inbound, understanding: Understanding, deadline: float) -> Outcome:
        """One try of an accepted message, counted before it is made: a message may kill the whole process."""
        with self._database.write(self._patience()) as session:
            find_conversation(session, inbound)  # another process may be trying it
            row = find_inbox(session, inbound)
            if row is not None and row.status == "accepted":
                row.attempts += 1
                if row.attempts > self._attempts:
                    return self._give_up(session, row, understanding, "tried too often")
        return self._answer(inbound, understanding, deadline)

    def _answer(self, inbound: Inbound, understanding: Understanding, deadline: float) -> Outcome:
        try:
            return self._turn(inbound, understanding, deadline)
        except (*UNREACHABLE, TooLate) as problem:
            return self._unrecorded(inbound, understanding, problem)
        except Exception as problem:  # whatever it was: rolled back; now say so, and keep the customer's words
            log.exception("turn failed", conversation_id=inbound.conversation_id, message_id=inbound.message_id)
            try:
                return self._failed(inbound, understanding, problem)
            except SQLAlchemyError as second:
                return self._unrecorded(inbound, understanding, second)

    def _turn(self, inbound: Inbound, understanding: Understanding, deadline: float) -> Outcome:
        with self._database.turn(self._patience()) as session:
            conversation = find_conversation(session, inbound)
            row = find_inbox(session, inbound)
            if row is not None and row.status != "accepted":
                return Outcome(row.replies, repeated=True)
            if row is None:
                row = take_in(session, conversation, inbound, "accepted")
            turn = Turn(inbound.conversation_id, row.id, 0, list(row.attachments))
            said = ownership.said_meanwhile(session, conversation)
            replies = self._owned(session, conversation, turn, inbound, understanding)
            row.intent, row.left_as = understanding.intent, turn.left_as
            waiting = ownership.brought(session, said)
            replies = ownership.not_twice(replies, waiting)
            finish(session, row, replies, "done", waiting)
            if understanding.danger is not None:
                row.replies = [*replies, *waiting]  # nothing stands before what saves lives
            if time.monotonic() > deadline:
                raise TooLate
        self._away_at = None
        self._engine.remember(turn)
        return Outcome(row.replies)

    def _patience(self) -> float | None:
        """While the database was away a moment ago, nobody waits long for it: those in danger stand in this queue."""
        recently = self._away_at is not None and clock.real_now() - self._away_at < AWAY_FOR
        return IMPATIENT_S if recently else None

    def _owned(
        self, session: Session, conversation: Conversation, turn: Turn, inbound: Inbound, understanding: Understanding
    ) -> list[dict[str, Any]]:
        """The assistant's answer; or, while a person has the conversation or is waited for, nothing but safety."""
        replies = ownership.home_time(session, self._company, conversation)
        if not ownership.assistant_answers(conversation, inbound.text, understanding):
            return ownership.safety_while_owned(session, self._company, conversation, understanding)
        replies += self._reply(session, conversation, turn, inbound, understanding)
        conversation.owner = ownership.owner_after(session, turn)
        return replies

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
            conversation = find_conversation(session, inbound)
            row = find_inbox(session, inbound)
            if row is None:
                row = take_in(session, conversation, inbound, "failed")
                row.attempts = self._attempts
            return self._give_up(session, row, understanding, reason)

    def _give_up(self, session: Session, row: Inbox, understanding: Understanding, reason: str) -> Outcome:
        """Alert; and when no try is left, say that it did not work."""
        row.problem = reason
        raise_alert(session, "turn_failed", "一轮对话处理失败，已回滚", row.conversation_id, inbox=row.id)
        if row.attempts < self._attempts:
            return Outcome([], done=False, failed=True)
        replies = [*self._safety(understanding), text_reply(self._company.text("turn_failed"))]
        finish(session, row, replies, "failed" if row.status == "failed" else "aside")
        return Outcome(replies, failed=True)

    def _unrecorded(self, inbound: Inbound, understanding: Understanding, problem: Exception) -> Outcome:
        """No database: safety from configuration, and the plain word that nothing was written down."""
        if getattr(getattr(problem, "orig", None), "sqlstate", None) != LOCK_NOT_AVAILABLE:
            self._away_at = clock.real_now()  # on PostgreSQL one busy conversation is not the whole database
        log.error("database unavailable", problem=type(problem).__name__, conversation_id=inbound.conversation_id)
        kind = "nothing_recorded" if understanding.danger is None else "danger_nothing_recorded"
        shout(kind, "数据库不可用，客户消息未能记录", inbound.conversation_id)
        text = self._company.text(kind, phone=self._company.company.emergency_phone(understanding.service))
        replies = [*(self._safety(understanding) if understanding else []), text_reply(text)]
        return Outcome(replies, recorded=False)

    def _safety(self, understanding: Understanding) -> list[dict[str, Any]]:
        if understanding.danger is None:
            return []
        text = self._company.safety_text(understanding.danger, understanding.service, understanding.text)
        return [text_reply(text)]
