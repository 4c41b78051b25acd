"""`python -m tests.faults.job_kinds`: a worker process that also knows a job of the tests', slow enough to be killed in."""

from __future__ import annotations

import sys
import time

from sqlalchemy.orm import Session

from kefu.cli import main
from kefu.company.data import CompanyData
from kefu.jobs.models import Job
from kefu.jobs.service import handles
from kefu.staff.messages import tell_staff


@handles("note")
def note(session: Session, _company: CompanyData, job: Job) -> None:
    """Leaves a message with the job's key; the same twice would be two."""
    tell_staff(session, "agent1", "ticket", job.key)
    session.flush()
    time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main(["work"]))
