"""What is to be done once a day, at a time of the working place. After downtime it is done once, not once for each day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.jobs.models import Job
from kefu.jobs.service import handles, schedule, waiting

DAILY: dict[str, time] = {}
Work = Callable[[Session, CompanyData], None]


def daily(kind: str, at: time) -> Callable[[Work], Work]:
    """Marks what is done every day at `at` (Asia/Shanghai). The module stands in `kefu/jobs/kinds.py`."""

    def register(work: Work) -> Work:
        DAILY[kind] = at

        @handles(kind)
        def do(session: Session, company: CompanyData, _job: Job) -> None:
            work(session, company)
            _plan(session, kind)

        return work

    return register


def plan_daily(session: Session) -> None:
    """See that every daily job waits for its next time: at start, after the demo's reset, and when its clock went back."""
    for kind in DAILY:
        job = waiting(session, kind, kind)
        if job is None or job.due_at > clock.now() + timedelta(days=1):
            _plan(session, kind)


def plan_tomorrow(session: Session, job: Job) -> None:
    """What is done every day and failed too often today is tried again on the next."""
    if job.kind in DAILY:
        _plan(session, job.kind)


def _plan(session: Session, kind: str) -> None:
    now = local(clock.now())
    today = datetime.combine(now.date(), DAILY[kind], tzinfo=now.tzinfo)
    schedule(session, kind, kind, today if today > now else today + timedelta(days=1), kind)
