"""Inside the service under test: the places where a fault can strike, and what it does there.

The file named by FAULTS holds a list of faults, read at every point, so a running service can be given new ones:

    {"id": "1", "point": "ticket_written", "do": "kill", "sender": "anna", "text": "对", "times": 1, "seconds": 0}

`do`: kill (SIGKILL to this process), raise, hang (an `await` where there is one), block (`time.sleep`), disk_full.
`sender`, `text` and `times` may be left out: everybody, any text, always. Each strike is a line in FAULTS.hits, so
`times` holds over a restart.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

_file = Path()
_here = threading.local()


class Broken(RuntimeError):
    """What a broken part raises."""


# --- striking ------------------------------------------------------------------------------------------------------------
def _due(point: str, sender: str = "", text: str = "") -> dict[str, Any] | None:
    """The first fault that is to strike now; noted before it does."""
    inbound = getattr(_here, "inbound", None)
    if inbound is not None:
        sender, text = inbound.conversation_id.partition(":")[2], inbound.text
    for fault in json.loads(_file.read_text()):
        fits = fault.get("sender") in (None, sender) and (fault.get("text") or "") in text
        if fault["point"] == point and fits and _hits(fault["id"]) < fault.get("times", 1 << 30):
            with _file.with_suffix(".hits").open("a") as hits:
                hits.write(f"{fault['id']}\n")
            return fault
    return None


def _hits(fault_id: str) -> int:
    hits = _file.with_suffix(".hits")
    return hits.read_text().split("\n").count(fault_id) if hits.exists() else 0


def _strike(fault: dict[str, Any]) -> None:
    if fault["do"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault["do"] == "raise":
        raise Broken(f"broken by a test at {fault['point']}")
    if fault["do"] == "disk_full":
        raise sqlite3.OperationalError("database or disk is full")
    time.sleep(fault["seconds"])


def at(point: str, sender: str = "", text: str = "") -> None:
    fault = _due(point, sender, text)
    if fault is not None:
        _strike(fault)


async def at_async(point: str) -> None:
    fault = _due(point)
    if fault is not None and fault["do"] == "hang":
        await asyncio.sleep(fault["seconds"])
    elif fault is not None:
        _strike(fault)


# --- the points ----------------------------------------------------------------------------------------------------------
def install(file: Path) -> None:
    """Wrap the real functions. Without a fault in the file every wrapper does nothing."""
    global _file
    _file = file
    _around_turns()
    _around_actions()
    _around_commits()
    _around_answers()
    _around_alerts()
    _around_notices()


def _wrap(owner: Any, name: str, before: Callable[..., None] | None, after: Callable[..., None] | None) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before:
            before(*args)
        result = real(*args, **kwargs)
        if after:
            after(*args)
        return result

    setattr(owner, name, wrapped)


def _around_turns() -> None:
    """accepting (on the serving loop), resuming (accepted messages), after_understanding, after_inbox (the row is written), after_action."""
    from kefu.conversations.service import Conversations

    real = Conversations._turn

    def turn(self: Conversations, inbound: Any, *rest: Any, **more: Any) -> Any:
        _here.inbound = inbound
        try:
            at("after_understanding")
            return real(self, inbound, *rest, **more)
        finally:
            _here.inbound = None

    Conversations._turn = turn  # type: ignore[method-assign]
    _wrap(Conversations, "accept", lambda _, inbound: at("accepting", inbound.conversation_id.partition(":")[2]), None)
    _wrap(Conversations, "_unfinished", lambda *_: at("resuming"), None)
    _wrap(Conversations, "_reply", lambda *_: at("after_inbox"), lambda *_: at("after_action"))


def _around_actions() -> None:
    """action (before any), its name (before that one), in_action (the ticket row is written, the action not finished), reading."""
    from actions.dialogue import DialogueAction
    from kefu.engine.engine import Engine
    from kefu.tickets import service as tickets

    real = DialogueAction.run

    async def run(self: Any, dispatcher: Any, tracker: Any, domain: Any) -> Any:
        await at_async("action")
        await at_async(self.name())
        return real(self, dispatcher, tracker, domain)

    DialogueAction.run = run  # type: ignore[method-assign,assignment]
    _wrap(tickets, "open_ticket", None, lambda *_: at("in_action"))
    _wrap(Engine, "_parse", lambda _, text: at("reading", text=text), None)


def _around_commits() -> None:
    """before_commit and after_commit of a turn; commit of anything at all, as the driver would raise it."""
    from sqlalchemy import event
    from sqlalchemy.engine.default import DefaultDialect
    from sqlalchemy.orm import Session

    def in_turn(point: str) -> None:
        if getattr(_here, "inbound", None) is not None:
            at(point)

    event.listen(Session, "before_commit", lambda _: in_turn("before_commit"))
    event.listen(Session, "after_commit", lambda _: in_turn("after_commit"))
    _wrap(DefaultDialect, "do_commit", lambda *_: at("commit"), None)


def _around_answers() -> None:
    """before_answer: everything is committed, the customer has not heard."""
    from kefu.channels.rest import routes

    _wrap(routes, "shown", lambda _, sender: at("before_answer", sender), None)


def _around_alerts() -> None:
    """after_post: the receiver has the alert, we have not noted it. ALERT_RETRY_S shortens the waits between tries."""
    from kefu import courier
    from kefu.alerts import service

    _wrap(service.AlertSender, "_post", None, lambda *_: at("after_post"))
    if "ALERT_RETRY_S" in os.environ:
        courier.RETRY_FIRST = timedelta(seconds=float(os.environ["ALERT_RETRY_S"]))
        courier.POLL_S = float(os.environ["ALERT_RETRY_S"])


def _around_notices() -> None:
    """worked_out (a batch of recipients is written), handing (before a batch), handed (it is written): none committed."""
    from kefu.conversations.outbox import OutboxSender
    from kefu.outbox import notices

    _wrap(notices, "expand", None, lambda *_: at("worked_out"))
    _wrap(OutboxSender, "_write", lambda *_: at("handing"), lambda *_: at("handed"))
