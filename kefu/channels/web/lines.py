"""The transcript as a visitor may see it: what was said after a given line, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.clock import iso
from kefu.conversations.models import Conversation, Inbox, Utterance
from kefu.db.session import Database

AT_ONCE = 200
SHOWN_EXTRAS = (
    "buttons",
    "image",
    "custom",
    "name",
    "attachments",
)  # whatever else is kept with a line is not the visitor's


@dataclass(frozen=True)
class Tail:
    """`fresh`: the lines the reader knew are gone (demo reset), these replace them. `more`: ask again at once."""

    owner: str
    lines: list[dict[str, Any]]
    fresh: bool
    more: bool

    def frame(self) -> dict[str, Any]:
        return {"type": "lines", "lines": self.lines, **({"fresh": True} if self.fresh else {})}


def read_tail(database: Database, conversation_id: str, after: int) -> Tail:
    """What was said after line `after`; from 0, the last lines only."""
    with database.read() as session:
        conversation = session.get(Conversation, conversation_id)
        owner = conversation.owner if conversation is not None else "assistant"
        newest = select(func.max(Utterance.id)).where(Utterance.conversation_id == conversation_id)
        last = session.scalar(newest) or 0
        if last == after:
            return Tail(owner, [], False, False)
        fresh = last < after
        lines = _read(session, conversation_id, 0 if fresh else after)
        return Tail(owner, lines, fresh, bool(lines) and lines[-1]["id"] < last)


def _read(session: Session, conversation_id: str, after: int) -> list[dict[str, Any]]:
    query = select(Utterance, Inbox.message_id).outerjoin(Inbox, Inbox.id == Utterance.inbox_id)
    query = query.where(Utterance.conversation_id == conversation_id, Utterance.id > after)
    order = Utterance.id.asc() if after else Utterance.id.desc()
    rows = [_show(line, message_id) for line, message_id in session.execute(query.order_by(order).limit(AT_ONCE))]
    return rows if after else rows[::-1]


def _show(line: Utterance, message_id: str | None) -> dict[str, Any]:
    shown = {"id": line.id, "at": iso(line.at), "speaker": line.speaker, "text": line.text}
    shown |= {name: line.extras[name] for name in SHOWN_EXTRAS if line.extras.get(name)}
    if line.speaker == "customer" and message_id:
        shown["message_id"] = message_id
    return shown
