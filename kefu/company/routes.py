"""The calendar by which time limits are counted, over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from kefu.api.access import AnyStaff, PageDep, ServicesDep, listing_of
from kefu.api.examples import pages
from kefu.clock import clock, local
from kefu.company.calendar import day_off_name, is_published, is_working_day
from kefu.company.data import CompanyData

router = APIRouter(tags=["operations"])
DAY = {"day": "2026-10-01", "working": False, "name": "国庆节假期", "published": True}


@router.get("/api/calendar", summary="Working days and holidays of a year, the latest day first", responses=pages(DAY))
def list_days(
    request: Request,
    parts: ServicesDep,
    staff: AnyStaff,
    page: PageDep,
    year: Annotated[int | None, Query(ge=2000, le=2150, description="This year if none is given")] = None,
    working: Annotated[bool | None, Query()] = None,
    published: Annotated[bool | None, Query(description="Whether anybody has published that day's year")] = None,
) -> dict[str, Any]:
    """Days that nobody has published are counted Monday to Friday, and a ticket's source says so."""
    first = date(year or local(clock.now()).year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(first.year, 12, 31) - first).days + 1)]
    rows = [_shown(day, parts.company) for day in days]
    wanted = {"working": working, "published": published}
    rows = [row for row in rows if all(value is None or row[name] == value for name, value in wanted.items())]
    return listing_of(request, rows, lambda row: (row["day"],), page, lambda row: row)


def _shown(day: date, company: CompanyData) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "working": is_working_day(day, company),
        "name": day_off_name(day, company),
        "published": is_published(day, company),
    }
