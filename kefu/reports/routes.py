"""Reports over HTTP: which there are, each as JSON or as a workbook."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from kefu.api.access import NO_NUL, Plans, ReadSession, Services, ServicesDep
from kefu.api.examples import answers
from kefu.api.fields import Day
from kefu.api.fields import Period as Month
from kefu.clock import clock
from kefu.company.data import Kind as TicketKind
from kefu.company.data import Service
from kefu.reports.catalogue import REPORTS, Kind, make
from kefu.reports.parts import Period, Report, Scope
from kefu.reports.shown import as_json, kind_as_json
from kefu.reports.xlsx import workbook

router = APIRouter(prefix="/api/reports", tags=["reports"])
MOST_DAYS = 400
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTED = {
    "name": "volumes", "title": "业务量", "about": "工单按类型、类别、服务、地点、时段、日", "when": "days",
    "parameters": ["since", "until", "service", "kind", "desk", "unit"],
}  # fmt: skip
SHOWN = {
    "name": "volumes", "title": "业务量", "parameters": {"since": "2026-11-01", "until": "2026-11-30"},
    "generated_at": "2026-12-09T10:20:00+08:00",
    "tables": [{
        "title": "按服务",
        "columns": [
            {"key": "service", "title": "服务", "unit": "text"}, {"key": "tickets", "title": "件数", "unit": "count"},
            {"key": "share", "title": "占比", "unit": "percent"},
        ],
        "rows": [{"service": "供电", "tickets": 61, "share": "57.55"}, {"service": "供水", "tickets": 45, "share": "42.45"}],
        "totals": {"service": None, "tickets": 106, "share": "100.00"}, "notes": [], "bar": "tickets",
    }],
}  # fmt: skip


class Asked(BaseModel):
    """What a report is made of. Days are whole days in Shanghai, both included."""

    model_config = ConfigDict(extra="forbid")

    since: Day | None = Field(None, description="First day; the first of this month if neither day is given")
    until: Day | None = Field(None, description="Last day; today if it is not given")
    month: Month | None = Field(None, description="2026-11, for monthly reports; the last month if it is not given")
    service: Service | None = None
    kind: TicketKind | None = None
    desk: str | None = Field(None, max_length=40, pattern=NO_NUL)
    unit: str | None = Field(None, max_length=40, pattern=NO_NUL)
    format: Literal["json", "xlsx"] = "json"


AskedQuery = Annotated[Asked, Query()]


@router.get("", summary="Which reports there are, and what each may be asked", responses=answers([LISTED], 403))
def list_reports(staff: Plans) -> list[dict[str, Any]]:
    return [kind_as_json(kind) for kind in REPORTS.values()]


@router.get(
    "/{name}.xlsx", summary="One report as a workbook", response_class=Response, responses=answers({}, 403, 404)
)
def get_workbook(name: str, session: ReadSession, parts: ServicesDep, staff: Plans, asked: AskedQuery) -> Response:
    return _as_file(parts, _made(parts, session, name, asked), asked)


@router.get("/{name}", summary="One report; format=xlsx: as a workbook", responses=answers(SHOWN, 403, 404, 422))
def get_report(name: str, session: ReadSession, parts: ServicesDep, staff: Plans, asked: AskedQuery) -> Any:
    report = _made(parts, session, name, asked)
    return _as_file(parts, report, asked) if asked.format == "xlsx" else as_json(report)


def _made(parts: Services, session: Session, name: str, asked: Asked) -> Report:
    kind = REPORTS.get(name)
    if kind is None:
        raise HTTPException(404, f"没有报表 {name[:40]}：有 {'、'.join(REPORTS)}")
    _check(kind, asked)
    scope = Scope(**{key: getattr(asked, key) for key in kind.narrows})
    return make(session, parts.company, name, _period(kind, asked), scope)


def _check(kind: Kind, asked: Asked) -> None:
    """What a report does not take is refused: nobody should think it was heard."""
    takes = {*kind_as_json(kind)["parameters"], "format"}
    wrong = [key for key in asked.model_fields_set if key not in takes and getattr(asked, key) is not None]
    if wrong:
        takes -= {"format"}
        raise HTTPException(
            422, f"报表“{kind.title}”没有参数 {'、'.join(sorted(wrong))}：有 {'、'.join(sorted(takes)) or '无'}"
        )


def _period(kind: Kind, asked: Asked) -> Period:
    today = clock.today().date()
    if kind.when == "month":
        last = today.replace(day=1) - timedelta(days=1)
        year, month = map(int, asked.month.split("-")) if asked.month else (last.year, last.month)
        return Period.month(year, month)
    until = asked.until or max(today, asked.since or today)
    since = asked.since or until.replace(day=1)
    return _checked(since, until)


def _checked(since: date, until: date) -> Period:
    if until < since:
        raise HTTPException(422, f"until（{until}）不能早于 since（{since}）")
    if (until - since).days >= MOST_DAYS:
        raise HTTPException(422, f"一次最多{MOST_DAYS}天")
    return Period(since, until)


def _as_file(parts: Services, report: Report, asked: Asked) -> Response:
    """The name says what it is, in Chinese for programs that can read it."""
    plain = "-".join([report.name, *report.parameters.values()])
    names = f"attachment; filename=\"{_ascii(plain)}.xlsx\"; filename*=UTF-8''{quote(f'{report.title}-{plain}')}.xlsx"
    headers = {"Content-Disposition": names, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(workbook(report, parts.company.company.name), media_type=XLSX, headers=headers)


def _ascii(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "_" for sign in name)
