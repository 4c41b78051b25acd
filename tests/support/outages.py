"""Homes that reported an incident, written past the service: reports and wishes as the talk would have left them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy import select as select
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert as Alert
from kefu.clock import clock
from kefu.conversations.models import Conversation
from kefu.db.session import Database
from kefu.db.tables import Base  # noqa: F401  (every table known: foreign keys)
from kefu.incidents.models import SupplyReport
from kefu.network.models import Incident
from tests.support.server import Server

AREA, ADDRESS, PHONE = "E-S1-F1", "阳光花园3号楼1单元502", "13912345678"


@contextmanager
def rows(server: Server) -> Iterator[Session]:
    """A transaction in the server's database."""
    database = Database(server.environment["DATABASE_URL"])
    with database.write() as session:
        yield session
    database.dispose()


def incident(server: Server, **more: Any) -> str:
    """A new incident; its number."""
    body = {"service": "electricity", "area_code": AREA, "status": "confirmed", "cause": "电缆故障", **more}
    return str(server.feed("POST", "/api/incidents", body)["number"])


def report(session: Session, number: str, conversations: list[str], at: str | None = None, **more: Any) -> None:
    """One home of each conversation ("rest:anna") is part of it; a conversation that is not there is begun."""
    when = datetime.fromisoformat(at) if at else clock.now()
    part_of = session.scalars(select(Incident).where(Incident.number == number)).one()
    there = set(session.scalars(select(Conversation.id).where(Conversation.id.in_(conversations))))
    begun = [one for one in dict.fromkeys(conversations) if one not in there]
    if begun:
        new = [{"id": one, "channel": one.split(":")[0], "created_at": when, "last_at": when} for one in begun]
        session.execute(insert(Conversation), new)
    facts = {"service": part_of.service, "incident_id": part_of.id, "area_code": part_of.area_code, **more}
    facts = {"address": ADDRESS, "phone": PHONE, "reported_at": when, "words": "家里停电了"} | facts
    session.execute(
        insert(SupplyReport), [{**facts, "home": f"{one}/1", "conversation_id": one} for one in conversations]
    )


def told(server: Server, number: str, within_s: float = 30.0) -> list[dict[str, Any]]:
    """The notices of an incident, oldest first, once all that can be handed over is."""
    deadline = time.monotonic() + within_s
    while True:
        found = server.api("/api/notices", incident=number)["items"]
        if found and all(one["complete"] and not one["waiting"] for one in found):
            return list(reversed(found))
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
