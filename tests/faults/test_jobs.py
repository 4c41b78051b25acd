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

from kefu.clock import clock
from kefu.company.data import get_company
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.jobs.models import Job
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
