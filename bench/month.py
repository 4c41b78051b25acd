"""`make bench-month`: a month of the demo city, 20,000 events against a fast clock, with workers killed at random.

What customers, staff and the clock do is written by the same functions as in service, an event a transaction. Workers, in
processes of their own, do the jobs that become due; one is killed (SIGKILL) every few seconds and another started.
Afterwards every job is accounted for, and the reports are compared with a recount from raw rows.
Progress goes to stderr; the last line of stdout is one JSON object. Ends with 1 when a job was lost or done twice, or when
a report and its recount differ.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from bench.levels import machine
from bench.month_events import Month
from bench.month_recount import compared
from bench.month_worker import LEDGER, READY, write_clock
from bench.processes import ROOT, say
from demo.city import load as load_city
from kefu.clock import clock, parse_local
from kefu.company.data import get_company
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.jobs.daily import plan_daily
from kefu.jobs.models import Job

START, DAYS, EVENTS, SEED, WORKERS = "2026-11-01T00:00", 30, 20_000, 7, 3
KILL_EVERY_S = 2.0
BEHIND = 200  # so many jobs overdue: the clock waits, as a month would
SETTLE_S = 300


class Workers:
    """So many worker processes; one is killed now and then, in whatever it is doing, and another takes its place."""

    def __init__(self, count: int, url: str, clock_file: Path, seed: int) -> None:
        self._folder = clock_file.parent
        self._command = [sys.executable, "-W", "ignore", "-m", "bench.month_worker", url, str(clock_file)]
        self._random, self.killed = random.Random(seed), 0
        self._running = [self._begun() for _ in range(count)]
        self._next = time.monotonic() + KILL_EVERY_S

    def _begun(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "DEMO_MODE": "true"}
        )

    def kill_sometimes(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._random.uniform(0.5, 1.5) * KILL_EVERY_S
        if any(process.poll() is not None for process in self._running):
            raise RuntimeError("a worker ended by itself")
        at_work = [n for n, one in enumerate(self._running) if (self._folder / f"{READY}{one.pid}").exists()]
        if len(at_work) < len(self._running):
            return  # the last one killed is not replaced yet
        place = self._random.choice(at_work)
        self._running[place].kill()
        self._running[place].wait()
        self.killed += 1
        self._running[place] = self._begun()

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()


@contextmanager
def books(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database: a private PostgreSQL where its programs are (`auto`), else a SQLite file."""
    from tests.support.postgres import binaries, running_postgres

    if kind == "sqlite" or (kind == "auto" and binaries() is None):
        yield f"sqlite:///{folder / 'month.db'}"
        return
    with contextmanager(running_postgres)() as cluster:
        yield cluster.create("month")


def overdue(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Job.status == "waiting", Job.due_at <= clock.now())) or 0


def lived(database: Database, month: Month, workers: Workers, clock_file: Path) -> int:
    """All events in order, the clock with them; returns how many there were."""
    done, begun = 0, time.monotonic()
    for moment, event in month.events():
        clock.set(moment)
        write_clock(clock_file, moment)
        with database.write(20.0) as session:
            event(session)
        done += 1
        workers.kill_sometimes()
        if done % 50 == 0:
            while overdue(database) > BEHIND:
                workers.kill_sometimes()
                time.sleep(0.05)
        if done % 1000 == 0:
            say(
                f"{done} events, {moment:%m-%d %H:%M}, {done / (time.monotonic() - begun):.0f}/s, {workers.killed} killed"
            )
    return done


def settled(database: Database, workers: Workers) -> None:
    """Until nothing is overdue; workers go on being killed meanwhile."""
    deadline = time.monotonic() + SETTLE_S
    while overdue(database) and time.monotonic() < deadline:
        workers.kill_sometimes()
        time.sleep(0.1)


def accounted(database: Database, end: datetime) -> dict[str, Any]:
    """Every job that was due: done with one line in the ledger for each time, or it is lost or doubled."""
    with database.read() as session:
        states = dict(session.execute(select(Job.status, func.count()).group_by(Job.status)).all())
        overdue_ = select(func.count()).where(Job.status == "waiting", Job.due_at <= end)
        unnoted = select(func.count()).where(
            Job.status == "done", text("NOT EXISTS (SELECT 1 FROM month_ledger l WHERE l.job_id = job.id)")
        )
        lost = (session.scalar(overdue_) or 0) + (session.scalar(unnoted) or 0) + states.get("failed", 0)
        twice = (
            "SELECT count(*) FROM (SELECT 1 FROM month_ledger GROUP BY job_id, scheduled HAVING count(*) > 1) AS twice"
        )
        kinds = session.execute(text("SELECT kind, count(*) FROM month_ledger GROUP BY kind ORDER BY kind")).all()
        return {
            "lost_jobs": lost,
            "doubled_jobs": session.scalar(text(twice)) or 0,
            "failed_jobs": states.get("failed", 0),
            "jobs": {str(kind): int(count) for kind, count in kinds},
            "jobs_done": sum(int(count) for _, count in kinds),
        }


def measured(given: argparse.Namespace) -> dict[str, Any]:
    start = parse_local(given.start)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kefu-month-")))
        url, clock_file = stack.enter_context(books(given.database, folder)), folder / "clock"
        clock.set(start)
        write_clock(clock_file, start)
        database, company = Database(url, 20.0), get_company()
        migrate(database)
        with database.write() as session:
            session.execute(text(LEDGER))
            load_city(session, start)
            plan_daily(session)
        month = Month(database, company, start, DAYS, given.events, given.seed)
        workers = Workers(given.workers, url, clock_file, given.seed)
        try:
            begun = time.monotonic()
            events = lived(database, month, workers, clock_file)
            end = start + timedelta(days=DAYS)
            clock.set(end)
            write_clock(clock_file, end)
            settled(database, workers)
            took = time.monotonic() - begun
        finally:
            workers.end()
        say("counting")
        told = {
            "events": events,
            **accounted(database, end),
            **compared(database, company, start, end),
            "workers": given.workers,
            "workers_killed": workers.killed,
            "events_per_s": round(events / took, 1),
            "database": "sqlite" if database.is_sqlite else "postgresql",
            "seed": given.seed,
            "machine": machine(),
        }
        database.dispose()
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--start", default=START)
    parser.add_argument("--database", choices=("auto", "sqlite", "postgresql"), default="auto")
    result = measured(parser.parse_args())
    print(json.dumps(result, ensure_ascii=False))
    return 0 if not (result["lost_jobs"] or result["doubled_jobs"]) and result["reports_agree"] else 1


if __name__ == "__main__":
    os.environ.setdefault("DEMO_MODE", "true")
    sys.exit(main())
