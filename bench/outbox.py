"""Messages a second handed over when an incident ends, and what somebody who chats meanwhile notices.

2,000 homes with a conversation each are part of one incident, on SQLite. A customer chats for some seconds; then the
incident is over while he goes on. `python -m bench.outbox`; the last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

import httpx
from sqlalchemy import func, insert, select

from bench.client import Client
from bench.figures import percentile
from bench.processes import Kefu, say
from kefu.clock import clock
from kefu.conversations.models import Conversation
from kefu.db.session import Database
from kefu.db.tables import Base  # noqa: F401  (every table known: foreign keys)
from kefu.incidents.models import SupplyReport
from kefu.network.models import Incident
from kefu.outbox.models import OutboxMessage

HOMES = int(os.environ.get("OUTBOX_HOMES", "2000"))
QUIET_S, LOOK_S, MOST_S = 15.0, 0.1, 120.0
TALK = ["居民用电多少钱一度", "你好", "营业厅在哪", "水费怎么缴", "谢谢", "过户要带什么"]
BODY = {"service": "electricity", "area_code": "E-S1-F1", "status": "confirmed", "cause": "电缆故障"}


class Chatter:
    """One customer, one message after another; how long each answer took (milliseconds), and when."""

    def __init__(self, port: int) -> None:
        self._client = Client(port, 60)
        self.took: list[tuple[float, float]] = []

    async def run(self) -> None:
        for number in range(10**9):
            begun = time.perf_counter()
            replies = await self._client.say(f"chatter-{number // 20}", TALK[number % len(TALK)])
            assert replies, "no reply"
            self.took.append((begun, (time.perf_counter() - begun) * 1000))

    def between(self, start: float, end: float) -> list[float]:
        return [took for begun, took in self.took if start <= begun <= end]


def seed(database: Database, number: str) -> None:
    now = clock.now()
    ids = [f"web:home-{home:05d}" for home in range(HOMES)]
    with database.write() as session:
        part_of = session.scalars(select(Incident.id).where(Incident.number == number)).one()
        session.execute(
            insert(Conversation), [{"id": i, "channel": "web", "created_at": now, "last_at": now} for i in ids]
        )
        facts = {"service": "electricity", "address": "阳光花园", "reported_at": now, "incident_id": part_of}
        session.execute(insert(SupplyReport), [{**facts, "home": i, "conversation_id": i} for i in ids])


def handed(database: Database) -> int:
    with database.read() as session:
        query = select(func.count()).where(OutboxMessage.status == "handed")
        return session.scalar(query) or 0


async def measure(kefu: Kefu, database: Database) -> dict[str, float]:
    async with httpx.AsyncClient(base_url=kefu.url, timeout=60, trust_env=False) as http:
        logins = (await http.get("/api/demo")).json()["logins"]
        login = next(one for one in logins if one["role"] == "integration")
        given = {"username": login["username"], "password": login["password"]}
        token = (await http.post("/api/session", json=given)).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        number = (await http.post("/api/incidents", json=BODY, headers=headers)).json()["number"]
        await asyncio.to_thread(seed, database, number)
        chatter = Chatter(kefu.port)
        talking = asyncio.create_task(chatter.run())
        await asyncio.sleep(QUIET_S)
        begun = time.perf_counter()
        answer = await http.patch(f"/api/incidents/{number}", json={"status": "restored"}, headers=headers)
        answer.raise_for_status()
        while (count := await asyncio.to_thread(handed, database)) < HOMES:
            assert time.perf_counter() - begun < MOST_S and not talking.done(), f"{count} of {HOMES}"
            await asyncio.sleep(LOOK_S)
        ended = time.perf_counter()
        talking.cancel()
    quiet, busy = chatter.between(begun - QUIET_S, begun), chatter.between(begun, ended)
    return {
        "homes": HOMES,
        "handed": count,
        "seconds": round(ended - begun, 2),
        "messages_per_s": round(HOMES / (ended - begun)),
        "chat_messages_without": len(quiet),
        "chat_p50_ms_without": round(percentile(quiet, 0.5), 1),
        "chat_p99_ms_without": round(percentile(quiet, 0.99), 1),
        "chat_messages_with": len(busy),
        "chat_p50_ms_with": round(percentile(busy, 0.5), 1),
        "chat_p99_ms_with": round(percentile(busy, 0.99), 1),
        "chat_max_ms_with": round(max(busy), 1),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        kefu = Kefu(Path(folder))
        say(f"ready after {kefu.start()} s")
        database = Database(kefu.database)
        try:
            print(json.dumps(asyncio.run(measure(kefu, database))))
        finally:
            database.dispose()
            kefu.stop()


if __name__ == "__main__":
    main()
