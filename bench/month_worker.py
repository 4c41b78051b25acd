"""A worker of the simulated month: does what is due by the month's clock, which another process moves. Meant to be killed.

Beside each job's own effect it writes a row into a ledger, in the same transaction: what was done twice stands there twice.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData, get_company
from kefu.db.session import Database
from kefu.jobs.models import Job
from kefu.jobs.runner import run_next
from kefu.jobs.service import HANDLERS, Handler
from kefu.working import WITH_JOBS

LEDGER = "CREATE TABLE month_ledger (job_id INTEGER NOT NULL, kind TEXT NOT NULL, scheduled INTEGER NOT NULL)"
NOTED = text("INSERT INTO month_ledger (job_id, kind, scheduled) VALUES (:job, :kind, :scheduled)")
IDLE_S = 0.02
READY = "ready-"  # a file of this name and the process id: it has begun


def noted(handler: Handler) -> Handler:
    """The same job with its line in the ledger."""

    def do(session: Session, company: CompanyData, job: Job) -> None:
        line = {"job": job.id, "kind": job.kind, "scheduled": job.scheduled}
        handler(session, company, job)
        session.execute(NOTED, line)

    return do


def write_clock(file: Path, moment: datetime) -> None:
    """Whole or not at all: others read it all the time."""
    new = file.with_suffix(".new")
    new.write_text(str(moment.timestamp()))
    new.replace(file)


def read_clock(file: Path) -> datetime:
    return datetime.fromtimestamp(float(file.read_text()), UTC)


def main(url: str, clock_file: Path) -> None:
    assert WITH_JOBS
    for kind, handler in list(HANDLERS.items()):
        HANDLERS[kind] = noted(handler)
    database, company = Database(url, 20.0), get_company()
    clock_file.with_name(f"{READY}{os.getpid()}").touch()
    while True:
        clock.set(read_clock(clock_file))
        if not run_next(database, company):
            time.sleep(IDLE_S)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
