"""Does what is due: a job, a transaction; done and marked together, so that a killed worker neither loses nor doubles any.

Any number of workers may run this at the same time: who holds a job's row does it, the others pass it by.
"""

from __future__ import annotations

import structlog
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from kefu.alerts.service import raise_alert
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.courier import pause_after
from kefu.db.session import Database
from kefu.jobs import kinds as kinds
from kefu.jobs.models import Job
from kefu.jobs.service import HANDLERS

log = structlog.get_logger("kefu.jobs")
TRIES = 8
LOOK_AT = 20  # a worker looks past so many jobs that others hold


def run_due(database: Database, company: CompanyData, most: int = 1000) -> int:
    """Do what is due, the oldest first, at most `most` jobs; returns how many were tried."""
    for tried in range(most):
        if not run_next(database, company):
            return tried
    return most


def run_next(database: Database, company: CompanyData) -> bool:
    """Do the next job that is due; False when there is none. A failing one is tried again later, and an operator hears."""
    with database.read() as session:
        ids = list(session.scalars(_due().limit(LOOK_AT)))
    for job_id in ids:
        try:
            with database.write() as session:
                job = _taken(session, job_id)
                if job is None:
                    continue
                kind = job.kind
                job.status, job.done_at, job.problem = "done", clock.now(), None
                session.flush()  # before it is done, so that a job may have itself done again later
                HANDLERS[kind](session, company, job)
            return True
        except Exception as problem:
            log.exception("job failed", job_id=job_id)
            with database.write() as session:
                _failed(session, job_id, problem)
            return True
    return False


def _due() -> Select[int]:
    """Ids of what is due: of one subject only what comes first."""
    earlier = aliased(Job)
    before = exists().where(
        earlier.subject == Job.subject,
        earlier.status == "waiting",
        or_(earlier.due_at < Job.due_at, (earlier.due_at == Job.due_at) & (earlier.id < Job.id)),
    )
    query = select(Job.id).where(Job.status == "waiting", Job.due_at <= clock.now(), ~before)
    return query.where(or_(Job.retry_at.is_(None), Job.retry_at <= clock.real_now())).order_by(Job.due_at, Job.id)


def _taken(session: Session, job_id: int) -> Job | None:
    """The job, held; None if another worker has it, or it is not due any more."""
    return session.scalar(
        select(Job).where(Job.id == job_id, Job.status == "waiting", Job.due_at <= clock.now())
        .with_for_update(skip_locked=True)
    )  # fmt: skip


def _failed(session: Session, job_id: int, problem: Exception) -> None:
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or job.status != "waiting":
        return
    job.attempts += 1
    job.problem = f"{type(problem).__name__}"
    job.retry_at = clock.real_now() + pause_after(job.attempts)
    if job.attempts >= TRIES:
        job.status = "failed"
        raise_alert(session, "job_failed", f"后台任务 {job.kind} 多次失败，已停止重试", job=job.id, problem=job.problem)
