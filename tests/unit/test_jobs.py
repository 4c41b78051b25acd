"""Jobs: done once when due, in order within a subject, tried again when they fail, given up with an alert; daily ones."""

from __future__ import annotations

import time as real_time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.alerts.models import Alert
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.db.session import Database
from kefu.jobs import daily, runner
from kefu.jobs.models import Job
from kefu.jobs.runner import run_due, run_next
from kefu.jobs.service import HANDLERS, cancel, handles, schedule, try_again, waiting
from kefu.jobs.worker import Worker
from kefu.staff.messages import tell_staff
from kefu.staff.models import StaffMessage

NOON = datetime(2026, 12, 9, 4, tzinfo=clock.now().tzinfo)


@pytest.fixture(autouse=True)
def own_kinds() -> Iterator[None]:
    """A kind that writes a row, one that fails after writing, one that has itself done again."""
    known, days = dict(HANDLERS), dict(daily.DAILY)
    daily.DAILY.clear()

    @handles("note")
    def note(session: Session, _company: CompanyData, job: Job) -> None:
        tell_staff(session, "agent1", "ticket", job.key)

    @handles("broken")
    def broken(session: Session, _company: CompanyData, job: Job) -> None:
        tell_staff(session, "agent1", "ticket", job.key)
        session.flush()
        raise RuntimeError("broken on purpose")

    @handles("again")
    def again(session: Session, _company: CompanyData, job: Job) -> None:
        tell_staff(session, "agent1", "ticket", job.key)
        schedule(session, "again", job.key, job.due_at + timedelta(hours=1), job.subject)

    clock.set(NOON)
    yield
    clock.set(None)
    HANDLERS.clear()
    HANDLERS.update(known)
    daily.DAILY.clear()
    daily.DAILY.update(days)


def put(database: Database, kind: str, key: str, hours: float = 0, subject: str = "s") -> None:
    with database.write() as session:
        schedule(session, kind, key, NOON + timedelta(hours=hours), subject)


def written(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(StaffMessage.text).order_by(StaffMessage.id)))


def states(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {job.key: job.status for job in session.scalars(select(Job))}


def test_what_is_due_is_done_once_the_oldest_first(database: Database, company: CompanyData) -> None:
    put(database, "note", "later", -1, "a")
    put(database, "note", "first", -2, "b")
    put(database, "note", "tomorrow", 24, "c")
    assert run_due(database, company) == 2 and run_due(database, company) == 0
    assert written(database) == ["first", "later"]
    assert states(database) == {"first": "done", "later": "done", "tomorrow": "waiting"}
    clock.set(NOON + timedelta(days=2))
    assert run_due(database, company) == 1


def test_scheduled_again_it_is_one_job_that_moves(database: Database, company: CompanyData) -> None:
    put(database, "note", "k", -1)
    put(database, "note", "k", 2)
    assert run_due(database, company) == 0
    put(database, "note", "k", -1)
    assert run_due(database, company) == 1
    put(database, "note", "k", -1)
    assert run_due(database, company) == 1 and written(database) == ["k", "k"]


def test_called_off_it_is_not_done(database: Database, company: CompanyData) -> None:
    put(database, "note", "k", -1)
    with database.write() as session:
        assert waiting(session, "note", "k") is not None
        cancel(session, "note", "k")
        assert waiting(session, "note", "k") is None
    assert run_due(database, company) == 0 and states(database) == {"k": "cancelled"}


def test_a_failing_job_leaves_nothing_holds_up_its_subject_only_and_is_given_up(
    database: Database, company: CompanyData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "pause_after", lambda _attempts: timedelta(0))
    put(database, "broken", "bad", -3)
    put(database, "note", "behind", -2)
    put(database, "note", "elsewhere", -1, "other")
    for _ in range(runner.TRIES):
        assert run_next(database, company)
    assert states(database)["bad"] == "failed"
    run_due(database, company)
    assert written(database) == ["behind", "elsewhere"]
    with database.write() as session:
        assert [alert.kind for alert in session.scalars(select(Alert))] == ["job_failed"]
        job = session.scalars(select(Job).where(Job.key == "bad")).one()
        assert (job.attempts, job.problem) == (runner.TRIES, "RuntimeError")
        try_again(job)
    assert run_next(database, company) and states(database)["bad"] == "waiting"


def test_a_failed_try_waits_before_the_next(database: Database, company: CompanyData) -> None:
    put(database, "broken", "bad", -1)
    assert run_next(database, company) and not run_next(database, company)


def test_a_kind_nobody_knows_fails_loudly(database: Database, company: CompanyData) -> None:
    put(database, "from_another_version", "k", -1)
    assert run_next(database, company)
    with database.read() as session:
        assert session.scalars(select(Job)).one().problem == "KeyError"


def test_a_job_may_have_itself_done_again(database: Database, company: CompanyData) -> None:
    put(database, "again", "k", -2.5)
    assert run_due(database, company) == 3, "at half past nine, half past ten, half past eleven"
    assert written(database) == ["k", "k", "k"] and states(database) == {"k": "waiting"}


def test_daily_work_is_done_once_after_days_away(database: Database, company: CompanyData) -> None:
    done = []

    @daily.daily("sweep", time(3, 30))
    def sweep(_session: Session, _company: CompanyData) -> None:
        done.append(local(clock.now()))

    with database.write() as session:
        daily.plan_daily(session)
        daily.plan_daily(session)
    assert run_due(database, company) == 0
    clock.set(NOON + timedelta(days=5))
    assert run_due(database, company) == 1 and len(done) == 1
    with database.read() as session:
        job = waiting(session, "sweep", "sweep")
        assert job is not None and f"{local(job.due_at):%d %H:%M}" == "15 03:30"


def test_daily_work_that_fails_is_tried_again_the_next_day(
    database: Database, company: CompanyData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "pause_after", lambda _attempts: timedelta(0))

    @daily.daily("sweep", time(3, 30))
    def sweep(_session: Session, _company: CompanyData) -> None:
        raise RuntimeError("broken on purpose")

    with database.write() as session:
        daily.plan_daily(session)
    clock.set(NOON + timedelta(days=1))
    assert run_due(database, company) == runner.TRIES
    with database.read() as session:
        job = waiting(session, "sweep", "sweep")
        assert job is not None and (f"{local(job.due_at):%d %H:%M}", job.attempts) == ("11 03:30", 0)
        assert [alert.kind for alert in session.scalars(select(Alert))] == ["job_failed"]


def test_the_clock_put_back_brings_daily_work_back(database: Database, company: CompanyData) -> None:
    daily.daily("sweep", time(3, 30))(lambda *_: None)
    clock.set(NOON + timedelta(days=90))
    for moment in (NOON + timedelta(days=90), NOON):
        clock.set(moment)
        with database.write() as session:
            daily.plan_daily(session)
    with database.read() as session:
        job = waiting(session, "sweep", "sweep")
        assert job is not None and f"{local(job.due_at):%m-%d %H:%M}" == "12-10 03:30"


# --- the worker ----------------------------------------------------------------------------------------------------------
@contextmanager
def working(database: Database, company: CompanyData, redis_url: str = "") -> Iterator[Worker]:
    worker = Worker(database, company, redis_url, lambda: None)
    worker.start()
    yield worker
    worker.stop()


def until(database: Database, at_least: int) -> None:
    deadline = real_time.monotonic() + 20
    while len(written(database)) < at_least:
        assert real_time.monotonic() < deadline
        real_time.sleep(0.02)


def test_stopped_it_finishes_one_job_not_all(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        for number in range(150):
            schedule(session, "note", f"{number}", NOON, f"s{number}")
    with working(database, company):
        until(database, 1)
        begun = len(written(database))
    assert begun <= len(written(database)) < 100


def test_without_its_redis_it_works_all_the_same(database: Database, company: CompanyData) -> None:
    put(database, "note", "k", -1)
    with working(database, company, "redis://127.0.0.1:1/0") as worker:
        worker.wake()
        until(database, 1)


def test_one_look_that_has_not_begun_is_enough(database: Database, company: CompanyData) -> None:
    worker = Worker(database, company, "", lambda: None)  # not started: nobody looks
    for _ in range(2):
        worker.wake()
        worker.wake()
        assert worker._huey.pending_count() == 1
        worker._huey.flush()


def test_two_functions_for_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="note"):
        handles("note")(lambda *_: None)
