"""Areas of the network over HTTP: as they hang now or at any moment, written one or many, taken out of service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.api.access import NO_NUL, AnyStaff, Feeds, PageDep, ReadSession, Services, ServicesDep, listing
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import BULK_BYTES, Code40, Moment, OneOrBulk
from kefu.api.network import AREA, AreaBody, NewArea, show_area
from kefu.api.writing import audit, together, writing, written
from kefu.clock import clock
from kefu.company.data import Service
from kefu.network.areas.feed import put_areas, take_out
from kefu.network.models import Area
from kefu.network.moves import area_tracks
from kefu.network.tree import network
from kefu.staff.service import Caller

router = APIRouter(prefix="/api", tags=["network"])
CodeQuery = Annotated[str | None, Query(max_length=40, pattern=NO_NUL)]
At = Annotated[Moment | None, Query(description="As it is then; left out: now")]


@router.get("/areas", summary="Areas in service, by code from the last", responses=pages(AREA))
def list_areas(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    service: Annotated[Service | None, Query()] = None,
    parent_code: CodeQuery = None,
    kind: CodeQuery = None,
    at: At = None,
) -> dict[str, Any]:
    """`parent_code`: those that hang right below it at that moment."""
    moment = at or clock.now()
    then = network(session, moment)
    query = select(Area).where(Area.code.not_in(then.gone)) if then.gone else select(Area)
    for column, value in ((Area.service, service), (Area.kind, kind)):
        query = query.where(column == value) if value is not None else query
    if parent_code is not None:
        query = query.where(Area.code.in_([code for code, parent in then.parents.items() if parent == parent_code]))
    shown: dict[str, dict[str, Any]] = {}

    def load(rows: Sequence[Area]) -> None:
        shown.update({item["code"]: item for item in _shown(session, rows, moment)})

    return listing(request, session, query, Area.code, page, lambda area: shown[area.code], load)


@router.post(
    "/areas",
    summary="New areas, one or a list in any order; all of them or none",
    responses=fed(AREA, 409),
    max_body_size=BULK_BYTES,
)
def post_areas(staff: Feeds, given: OneOrBulk[NewArea], parts: ServicesDep, response: Response) -> dict[str, Any]:
    """The same area with the same content again changes nothing and answers 200."""
    return _write(staff, given, _rows(given), parts, response, anew=True)


@router.put(
    "/areas",
    summary="Create or update areas, one or a list in any order; all of them or none",
    responses=fed(AREA, 409),
    max_body_size=BULK_BYTES,
)
def write_areas(staff: Feeds, given: OneOrBulk[NewArea], parts: ServicesDep, response: Response) -> dict[str, Any]:
    return _write(staff, given, _rows(given), parts, response)


@router.get("/areas/{code}", summary="One area", responses=answers(AREA, 404))
def get_area(code: str, session: ReadSession, staff: AnyStaff, at: At = None) -> dict[str, Any]:
    area = session.get(Area, code) if "\0" not in code else None
    if area is None:
        raise HTTPException(404, f"没有区域 {code}")
    return _shown(session, [area], at or clock.now())[0]


@router.put("/areas/{code}", summary="Create or update an area", responses=fed(AREA, 409))
def write_area(
    staff: Feeds, code: Annotated[Code40, Path()], given: AreaBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """From `valid_from` on (past, now or to come) it hangs below `parent_code`; before that it stays where it hung. The
    same moment again replaces; the former parent from that moment on takes the move back."""
    return _write(staff, given, [{**given.model_dump(), "code": code}], parts, response)


@router.delete("/areas/{code}", summary="Take an area out of service", responses=answers(AREA, 403, 404, 409, 422))
def delete_area(
    staff: Feeds,
    code: Annotated[Code40, Path()],
    parts: ServicesDep,
    valid_from: Annotated[Moment | None, Query(description="From when on; left out: now")] = None,
) -> dict[str, Any]:
    """Its past stays. 409 while areas, accounts, open incidents or planned interruptions hang on it then or later.
    Written anew (PUT) it is back in service."""
    with writing(parts) as session:
        area = take_out(session, code, valid_from)
        shown = _shown(session, [area], clock.now())[0]
    audit(staff, "area out of service", code)
    return shown


def _rows(given: Any) -> list[dict[str, Any]]:
    return [body.model_dump() for body in (given if isinstance(given, list) else [given])]


def _write(
    staff: Caller, given: Any, rows: list[dict[str, Any]], parts: Services, response: Response, anew: bool = False
) -> dict[str, Any]:
    with writing(parts) as session:
        done = together(given, lambda: put_areas(session, rows, anew))
        shown = _shown(session, [area for area, _ in done], clock.now())
    audit(staff, "area", *(area.code for area, new in done if new or not anew))
    return written(response, given, shown, any(new for _, new in done))


def _shown(session: Session, areas: Sequence[Area], at: datetime) -> list[dict[str, Any]]:
    tracks = area_tracks(session, areas)
    return [show_area(area, tracks[area.code], at) for area in areas]
