"""What repeats, and what is done so that it does not, over HTTP: for supervisors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, model_validator
from sqlalchemy import select

from kefu.api.access import NO_NUL, Decides, PageDep, ReadSession, ServicesDep, listing, listing_of
from kefu.api.examples import answers, pages
from kefu.api.fields import Day, Given, Line40, Line60, Moment, Period, RowId, Words, sample
from kefu.api.writing import audit, writing
from kefu.clock import clock, iso, local
from kefu.company.data import CompanyData
from kefu.complaints.models import Remedy
from kefu.complaints.remedies import add_remedy, change_remedy, overdue
from kefu.complaints.repeats import Repeat, repeats

router = APIRouter(prefix="/api/complaints", tags=["complaints"])
_SENT = {
    "place": "阳光花园",
    "indicator": "site_restored",
    "month": "2026-11",
    "what": "逐处回填并复查，施工队按约定扣款",
    "owner": "supervisor1",
    "due": "2026-12-10",
}
REMEDY = {
    "id": 3,
    **_SENT,
    "indicator_name": "施工恢复",
    "done_at": None,
    "overdue": False,
    "created_by": "supervisor1",
    "created_at": "2026-12-01T09:00:00+08:00",
}
REPEAT = {
    "of": "both",
    "place": "阳光花园",
    "indicator": "site_restored",
    "indicator_name": "施工恢复",
    "branch": None,
    "month": 2,
    "quarter": 4,
    "tickets": [
        {"number": "TS2611030004-5", "grade": "serious", "status": "closed", "created_at": "2026-11-03T09:12:00+08:00"}
    ],
    "remedies": [REMEDY],
}


class RemedyBody(Given):
    """`place`: a community or village, as people name it; `indicator`: of indicators.yml; `owner`: a login."""

    model_config = sample(_SENT)

    place: Line60
    indicator: Line40
    month: Period
    what: Words = Field(min_length=1)
    owner: Line40
    due: Day
    done_at: Moment | None = None


class RemedyChange(Given):
    """Only what is given changes; `done_at`: when it was done, null if it was not after all."""

    model_config = sample({"done_at": "2026-12-08T16:00"})

    what: Words | None = Field(None, min_length=1)
    owner: Line40 | None = None
    due: Day | None = None
    done_at: Moment | None = None

    @model_validator(mode="after")
    def something_is_said(self) -> RemedyChange:
        if not self.model_fields_set:
            raise ValueError("没有写要改什么")
        if any(getattr(self, name) is None for name in self.model_fields_set - {"done_at"}):
            raise ValueError("what、owner、due 不能是 null")
        return self


@router.get("/repeats", summary="Places and causes that repeat in a month", responses=pages(REPEAT, 403))
def list_repeats(
    request: Request,
    session: ReadSession,
    staff: Decides,
    page: PageDep,
    parts: ServicesDep,
    month: Annotated[Period | None, Query(description="2026-11; without it the running month")] = None,
    of: Annotated[Literal["place", "cause", "both"] | None, Query()] = None,
) -> dict[str, Any]:
    """Listed from so many complaints in the month, or in the three months up to its end, on (complaints.yml)."""
    year, number = map(int, (month or f"{local(clock.now()):%Y-%m}").split("-"))
    rows = [row for row in repeats(session, parts.company, year, number) if of in (None, row.of)]
    return listing_of(request, rows, lambda row: row.key, page, lambda row: _shown_repeat(parts.company, row))


@router.get("/remedies", summary="What is done so that it does not repeat", responses=pages(REMEDY, 403))
def list_remedies(
    request: Request,
    session: ReadSession,
    staff: Decides,
    page: PageDep,
    parts: ServicesDep,
    month: Annotated[Period | None, Query()] = None,
    indicator: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    done: Annotated[bool | None, Query()] = None,
) -> dict[str, Any]:
    query = select(Remedy)
    for column, value in ((Remedy.month, month), (Remedy.indicator, indicator)):
        query = query.where(column == value) if value is not None else query
    if done is not None:
        query = query.where(Remedy.done_at.is_not(None) if done else Remedy.done_at.is_(None))
    return listing(request, session, query, Remedy.id, page, lambda row: show_remedy(parts.company, row))


@router.post("/remedies", summary="A remedy", status_code=201, responses=answers(REMEDY, 403, 422, status=201))
def post_remedy(staff: Decides, given: RemedyBody, parts: ServicesDep) -> dict[str, Any]:
    with writing(parts) as session:
        remedy = add_remedy(session, parts.company, given.model_dump(), staff.username)
        shown = show_remedy(parts.company, remedy)
    audit(staff, "remedy", remedy.id)
    return shown


@router.patch(
    "/remedies/{remedy_id}", summary="Change a remedy, or mark it done", responses=answers(REMEDY, 403, 404, 422)
)
def patch_remedy(staff: Decides, remedy_id: RowId, given: RemedyChange, parts: ServicesDep) -> dict[str, Any]:
    with writing(parts) as session:
        remedy = change_remedy(session, parts.company, remedy_id, given.model_dump(exclude_unset=True))
        shown = show_remedy(parts.company, remedy)
    audit(staff, "remedy change", remedy_id)
    return shown


def show_remedy(company: CompanyData, remedy: Remedy) -> dict[str, Any]:
    same = "id indicator month what owner created_by"
    return {
        **{name: getattr(remedy, name) for name in same.split()},
        "place": remedy.place_name,
        "indicator_name": _name(company, remedy.indicator),
        "due": remedy.due.isoformat(),
        "done_at": iso(remedy.done_at),
        "overdue": overdue(remedy),
        "created_at": iso(remedy.created_at),
    }


def _shown_repeat(company: CompanyData, row: Repeat) -> dict[str, Any]:
    return {
        "of": row.of,
        "place": row.place.name if row.place else None,
        "indicator": row.indicator,
        "indicator_name": _name(company, row.indicator),
        "branch": row.branch,
        "month": row.month,
        "quarter": row.quarter,
        "tickets": [
            {"number": one.number, "grade": one.grade, "status": one.status, "created_at": iso(one.created_at)}
            for one in row.tickets
        ],
        "remedies": [show_remedy(company, one) for one in row.remedies],
    }


def _name(company: CompanyData, code: str | None) -> str | None:
    indicator = company.indicators.by_code(code)
    return indicator.name if indicator is not None else None
