"""Jobs are written here, in the transaction that causes them; `runner.py` does them. docs/jobs.md walks through it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.jobs.models import Job

# What does a job of a kind. It may schedule others; it runs in the transaction that marks the job done, and never commits.
Handler = Callable[[Session, CompanyData, Job], None]
HANDLERS: dict[str, Handler] = {}
_SILENT = {"synchronize_session": False}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Marks the one function that does jobs of this kind. Its module stands in `kefu/jobs/kinds.py`."""

    def register(handler: Handler) -> Handler:
        if kind in HANDLERS:
            raise ValueError(f"two handlers for {kind}")
        HANDLERS[kind] = handler
        return handler

    return register


def schedule(session: Session, kind: str, key: str, due_at: datetime, subject: str, **facts: Any) -> None:
    """Have it done at `due_at` (aware, business time). Scheduled again under the same key it moves, done or not."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"due_at": due_at, "subject": subject, "facts": facts, "status": "waiting", "attempts": 0}
    row = dialect.insert(Job).values(kind=kind, key=key, created_at=clock.now(), scheduled=1, **values)
    again = {**values, "scheduled": Job.scheduled + 1, "retry_at": None, "problem": None, "done_at": None}
    session.execute(row.on_conflict_do_update(index_elements=["kind", "key"], set_=again), execution_options=_SILENT)


def cancel(session: Session, kind: str, key: str) -> None:
    """It is not to be done any more; what is done stays done."""
    waiting = update(Job).where(Job.kind == kind, Job.key == key, Job.status == "waiting")
    session.execute(waiting.values(status="cancelled"), execution_options=_SILENT)


def waiting(session: Session, kind: str, key: str) -> Job | None:
    """The job of that key if it is still to be done."""
    query = select(Job).where(Job.kind == kind, Job.key == key, Job.status == "waiting")
    return session.scalar(query.execution_options(populate_existing=True))


def try_again(job: Job) -> None:
    """A failed job waits again, with all its tries."""
    job.status, job.attempts, job.retry_at, job.problem = "waiting", 0, None, None
