"""Jobs over HTTP: what waits, what failed; a failed one tried again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request
from sqlalchemy import select

from kefu.api.access import NO_NUL, Decides, PageDep, ReadSession, ServicesDep, listing
from kefu.api.examples import answers, pages
from kefu.api.fields import Moment, RowId
from kefu.api.writing import audit, writing
from kefu.clock import iso
from kefu.jobs import service as jobs
from kefu.jobs.models import Job

router = APIRouter(prefix="/api/jobs", tags=["operations"])
JOB = {
    "id": 7,
    "kind": "clock",
    "key": "42",
    "subject": "ticket:TS2612090003-5",
    "status": "failed",
    "due_at": "2026-12-10T09:00:00+08:00",
    "attempts": 8,
    "problem": "OperationalError",
    "created_at": "2026-12-09T10:20:00+08:00",
    "done_at": None,
}


def show_job(job: Job) -> dict[str, Any]:
    plain = "id kind key subject status attempts problem"
    times = {name: iso(getattr(job, name)) for name in ("due_at", "created_at", "done_at")}
    return {**{name: getattr(job, name) for name in plain.split()}, **times}


@router.get("", summary="Jobs, the latest due first", responses=pages(JOB))
def list_jobs(
    request: Request,
    session: ReadSession,
    staff: Decides,
    page: PageDep,
    status: Annotated[Literal["waiting", "done", "cancelled", "failed"] | None, Query()] = None,
    kind: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    subject: Annotated[str | None, Query(max_length=80, pattern=NO_NUL)] = None,
    due_before: Annotated[Moment | None, Query()] = None,
) -> dict[str, Any]:
    wanted = {"status": status, "kind": kind, "subject": subject}
    query = select(Job).where(*(getattr(Job, name) == value for name, value in wanted.items() if value is not None))
    if due_before is not None:
        query = query.where(Job.due_at < due_before)
    return listing(request, session, query, (Job.due_at, Job.id), page, show_job)


@router.post("/{job_id}/retry", summary="Have a failed job tried again now", responses=answers(JOB, 404, 409, 422))
def retry_job(staff: Decides, job_id: Annotated[RowId, Path()], parts: ServicesDep) -> dict[str, Any]:
    with writing(parts) as session:
        job = session.get(Job, job_id, with_for_update=True)
        if job is None:
            raise HTTPException(404, f"没有任务 {job_id}")
        if job.status != "failed":
            raise HTTPException(409, f"任务 {job_id} 是 {job.status}：只有 failed 的可以重试")
        jobs.try_again(job)
        shown = show_job(job)
    audit(staff, "job retry", job_id)
    return shown
