"""Does what is due: a job, a transaction; done and marked together, so that a killed worker neither loses nor doubles any.

Any number of workers may run this at the same time: who holds a job's row does it, the others pass it by.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.courier import pause_after
from kefu.db.session import Database
from kefu.jobs import kinds as kinds
from kefu.jobs.daily import plan_tomorrow
from kefu.jobs.models import Job
from kefu.jobs.service import HANDLERS
from kefu.metrics import JOB_LATENESS, JOB_PROBLEMS, JOBS

log = structlog.get_logger("kefu.jobs")
TRIES = 8
# Below PostgreSQL's deadlock_timeout: where a job and a customer's turn wait for each other, the job gives way.
PATIENCE_S = 0.5


def run_due(database: Database, company: CompanyData, most: int = 1000) -> int:
    """Do what is due, the oldest first, at most `most` jobs; returns how many were tried."""
    for tried in range(most):
        if not run_next(database, company):
            return tried
    return most


def run_next(database: Database, company: CompanyData) -> bool:
    """Do the next job that is due; False when there is none, or others hold all of them. A failing one is tried again later,
    and an operator hears. Raises only what the database does before a job is taken."""
    with database.read() as session:  # who only looks takes nobody's lock
        if session.scalar(_due(Job.id).limit(1)) is None:
            return False
    job_id = None
    try:
        with database.write(None if database.is_sqlite else PATIENCE_S) as session:
            job = session.scalar(_due(Job).limit(1).with_for_update(skip_locked=True, of=Job))
            if job is None:
                return False
            job_id, kind, late = job.id, job.kind, clock.now() - job.due_at
            job.status, job.done_at, job.problem = "done", clock.now(), None
            session.flush()  # before it is done, so that a job may have itself done again later
            HANDLERS[kind](session, company, job)
    except Exception as problem:
        if job_id is None:
            raise
        log.exception("job failed", job_id=job_id)
        with database.write() as session:
            _failed(session, job_id, problem)
        return True
    JOBS.labels(kind).inc()
    JOB_LATENESS.observe(late.total_seconds())
    return True


def _due(what: Any) -> Select[Any]:
    """Of what is due: of one subject only what comes first."""
    earlier = aliased(Job)
    before = exists().where(
        earlier.subject == Job.subject,
        earlier.status == "waiting",
        or_(earlier.due_at < Job.due_at, (earlier.due_at == Job.due_at) & (earlier.id < Job.id)),
    )
    query = select(what).where(Job.status == "waiting", Job.due_at <= clock.now(), ~before)
    return query.where(or_(Job.retry_at.is_(None), Job.retry_at <= clock.real_now())).order_by(Job.due_at, Job.id)


def _failed(session: Session, job_id: int, problem: Exception) -> None:
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or job.status != "waiting":
        return
    JOB_PROBLEMS.labels(job.kind).inc()
    job.attempts += 1
    job.problem = f"{type(problem).__name__}"
    job.retry_at = clock.real_now() + pause_after(job.attempts)
    if job.attempts >= TRIES:
        job.status = "failed"
        session.flush()
        plan_tomorrow(session, job)
        raise_alert(session, "job_failed", f"后台任务 {job.kind} 多次失败，已停止重试", job=job.id, problem=job.problem)
