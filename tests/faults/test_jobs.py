"""Jobs with any number of workers, killed at random: none lost, none done twice; Redis only wakes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kefu.attachments.models import Attachment
from kefu.clock import clock
from kefu.company.data import get_company
from kefu.conversations import retention
from kefu.conversations.models import Conversation, Inbox, Utterance
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.engine.models import Dialogue, DialogueTurn
from kefu.handoff.models import Handoff
from kefu.jobs.models import Job
from kefu.jobs.runner import run_due
from kefu.jobs.service import schedule
from kefu.jobs.worker import Worker
from kefu.staff.models import StaffMessage
from tests.faults.harness import eventually
from tests.support.postgres import Postgres
from tests.support.redis import Redis, running_redis
from tests.support.server import ROOT

JOBS = 120


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


@pytest.fixture
def database(cluster: Postgres, request: pytest.FixtureRequest) -> Iterator[Database]:
    made = Database(cluster.create(request.node.name[:40]))
    migrate(made)
    yield made
    made.dispose()


@contextmanager
def workers(count: int, database: Database, redis_url: str = "") -> Iterator[list[subprocess.Popen[str]]]:
    started = [begun(database, redis_url) for _ in range(count)]
    try:
        yield started
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            assert process.wait(30) in (0, -signal.SIGKILL)


def begun(database: Database, redis_url: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.faults.job_kinds"],
        env={**os.environ, "DATABASE_URL": database.url, "REDIS_URL": redis_url, "DEMO_MODE": "true"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "WORKING\n"
    return process


def put(database: Database, count: int, prefix: str = "job") -> None:
    with database.write() as session:
        for number in range(count):
            due = clock.now() - timedelta(minutes=count - number)
            schedule(session, "note", f"{prefix}-{number}", due, f"subject-{number % 7}")


def left(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Job.kind == "note", Job.status != "done")) or 0


def written(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(StaffMessage.text).order_by(StaffMessage.id)))


def test_killed_at_random_none_is_lost_or_doubled_and_each_subject_keeps_its_order(database: Database) -> None:
    rng = random.Random(7)
    put(database, JOBS)
    with workers(3, database) as running:
        for step in range(4):
            eventually(lambda step=step: left(database) < JOBS - 15 * (step + 1))
            victim = rng.randrange(3)
            running[victim].kill()
            running[victim].wait(10)
            running[victim] = begun(database)
        eventually(lambda: left(database) == 0)
    done = written(database)
    assert sorted(done) == sorted(f"job-{number}" for number in range(JOBS))
    for subject in range(7):
        own = [int(text.partition("-")[2]) for text in done if int(text.partition("-")[2]) % 7 == subject]
        assert own == sorted(own)


def test_what_is_kept_no_longer_goes_with_all_that_hangs_on_it(database: Database) -> None:
    old = clock.now() - timedelta(days=4000)
    with database.write() as session:
        session.add(Conversation(id="rest:old", channel="rest", created_at=old, last_at=old))
        session.flush()
        inbox = Inbox(conversation_id="rest:old", message_id="1", text="停电", received_at=old, status="done")
        session.add(inbox)
        session.flush()
        line = Utterance(conversation_id="rest:old", inbox_id=inbox.id, at=old, speaker="customer", text="停电")
        session.add_all([line, Dialogue(conversation_id="rest:old")])
        session.flush()
        session.add(DialogueTurn(conversation_id="rest:old", turn=1, model="m", at=old, events=[]))
        photo = {"content_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "sha256": "0", "data": b"0"}
        session.add(Attachment(token="t", conversation_id="rest:old", utterance_id=line.id, created_at=old, **photo))
        waited = {"reason": "", "skill": "", "status": "closed", "summary": "停电", "opened_at": old}
        session.add(Handoff(conversation_id="rest:old", **waited))
        schedule(session, retention.KIND, "now", clock.now(), retention.KIND)
    assert run_due(database, get_company()) == 1
    with database.read() as session:
        for table in (Conversation, Inbox, Utterance, Dialogue, DialogueTurn, Attachment, Handoff):
            assert session.scalar(select(func.count()).select_from(table)) == 0, table


def test_one_process_wakes_another_and_without_redis_it_is_done_all_the_same(database: Database, redis: Redis) -> None:
    woken = Worker(database, get_company(), redis.url, lambda: None)  # not started: it only wakes
    with workers(1, database, redis.url):
        put(database, 5, "woken")
        woken.wake()
        eventually(lambda: left(database) == 0)
        eventually(lambda: woken._huey.pending_count() == 0)  # the look was taken by the other process
        redis.stop()
        put(database, 5, "alone")
        woken.wake()  # said in the log, nothing more
        redis.start()
        eventually(lambda: left(database) == 0)
    assert len(written(database)) == 10
