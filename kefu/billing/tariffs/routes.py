"""Tariffs over HTTP: those of the company's files and those its own systems write over them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from kefu.api.access import NO_NUL, AnyStaff, Feeds, PageDep, ReadSession, ServicesDep, listing_of
from kefu.api.examples import fed, pages
from kefu.api.tariffs import TARIFF, TariffBody, show_tariff
from kefu.api.writing import audit, writing, written
from kefu.billing.tariff_book import fed_rows, put_tariff, tariff_book
from kefu.company.data import Service
from kefu.company.tariffs.tariff import TARIFF_ID

router = APIRouter(prefix="/api", tags=["tariffs"])
TariffId = Annotated[str, Path(max_length=60, pattern=TARIFF_ID)]


@router.get(
    "/tariffs", summary="Rows of tariffs, of the files and of the API, the latest first", responses=pages(TARIFF)
)
def list_tariffs(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    parts: ServicesDep,
    city: Annotated[str | None, Query(max_length=60, pattern=NO_NUL)] = None,
    service: Annotated[Service | None, Query()] = None,
    tariff: Annotated[str | None, Query(alias="id", max_length=60, pattern=NO_NUL)] = None,
) -> dict[str, Any]:
    wanted = {"city": city, "service": service, "id": tariff}
    asked = {name: value for name, value in wanted.items() if value is not None}
    book = tariff_book(session, parts.company)
    rows = [row for row in book if all(getattr(row, name) == value for name, value in asked.items())]
    from_api = fed_rows(session)
    return listing_of(
        request, rows, lambda row: (row.valid_from.isoformat(), row.id), page, lambda row: show_tariff(row, from_api)
    )


@router.get("/tariffs/{tariff}", summary="All rows of one tariff, the oldest first", responses=pages(TARIFF, 404))
def get_tariff(tariff: str, session: ReadSession, staff: AnyStaff, parts: ServicesDep) -> dict[str, Any]:
    return _rows(session, parts, tariff)


@router.put(
    "/tariffs/{tariff}", summary="Write the row of a tariff that begins on its valid_from", responses=fed(TARIFF, 409)
)
def write_tariff(
    staff: Feeds, tariff: TariffId, given: TariffBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """From `valid_from` on these prices hold; an earlier row ends the day before. The same again changes nothing and
    answers 200; another content for the same first day takes the row's place."""
    with writing(parts) as session:
        new = put_tariff(session, parts.company, tariff, given)
        rows = _rows(session, parts, tariff)["items"]
    audit(staff, "tariff", f"{tariff}@{given.valid_from}")
    return written(response, given, [row for row in rows if row["valid_from"] == given.valid_from.isoformat()], new)


def _rows(session: ReadSession, parts: ServicesDep, tariff: str) -> dict[str, Any]:
    """Raises 404."""
    book = tariff_book(session, parts.company)
    if tariff not in book:
        raise HTTPException(404, f"没有价目 {tariff}")
    from_api = fed_rows(session)
    rows = [show_tariff(row, from_api) for row in book.versions(tariff)]
    return {"items": rows, "total": len(rows), "next": None}
