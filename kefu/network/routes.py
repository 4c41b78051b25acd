"""Planned interruptions, places and halls over HTTP. Areas: kefu/network/areas; incidents: kefu/incidents/routes.py."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.api.access import NO_NUL, AnyStaff, Feeds, PageDep, ReadSession, ServicesDep, listing
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import Code40, Line60, OneOrMany
from kefu.api.network import (
    HALL,
    INTERRUPTION,
    PLACE,
    HallBody,
    InterruptionBody,
    InterruptionChange,
    InterruptionStatus,
    PlaceBody,
    show_hall,
    show_interruption,
    show_place,
)
from kefu.api.writing import audit, in_turn, writing, written
from kefu.company.data import Service
from kefu.incidents.chores import plan_reminder
from kefu.network.feed import change_interruption, publish_interruption, put_hall, put_place
from kefu.network.models import Hall, Interruption, Place
from kefu.outbox.notices import announce_interruption

router = APIRouter(prefix="/api", tags=["network"])
ServiceQuery = Annotated[Service | None, Query()]
CodeQuery = Annotated[str | None, Query(max_length=40, pattern=NO_NUL)]


def _find(session: Session, model: type[Any], column: Any, value: str, what: str) -> Any:
    row = session.scalar(select(model).where(column == value)) if "\0" not in value else None
    if row is None:
        raise HTTPException(404, f"没有{what} {value}")
    return row


def _fitting(model: type[Any], wanted: dict[str, Any]) -> Any:
    return select(model).where(*(getattr(model, name) == value for name, value in wanted.items() if value is not None))


# --- planned interruptions -----------------------------------------------------------------------------------------------
@router.get("/interruptions", summary="Planned interruptions, the latest first", responses=pages(INTERRUPTION))
def list_interruptions(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    service: ServiceQuery = None,
    area_code: CodeQuery = None,
    status: Annotated[InterruptionStatus | None, Query()] = None,
) -> dict[str, Any]:
    query = _fitting(Interruption, {"service": service, "area_code": area_code, "status": status})
    return listing(request, session, query, (Interruption.starts_at, Interruption.id), page, show_interruption)


@router.post(
    "/interruptions",
    summary="New planned interruptions, one or a list; all of them or none",
    responses=fed(INTERRUPTION, 409),
)
def post_interruptions(
    staff: Feeds, given: OneOrMany[InterruptionBody], parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """The same number with the same content again changes nothing and answers 200."""
    with writing(parts) as session:
        done = in_turn(given, lambda body: publish_interruption(session, body.model_dump()))
        for interruption, _ in done:
            plan_reminder(session, parts.company, interruption)
        shown = [show_interruption(interruption) for interruption, _ in done]
    audit(staff, "interruption", *(interruption.number for interruption, new in done if new))
    return written(response, given, shown, any(new for _, new in done))


@router.get("/interruptions/{number}", summary="One planned interruption", responses=answers(INTERRUPTION, 404))
def get_interruption(number: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    return show_interruption(_find(session, Interruption, Interruption.number, number, "计划停供"))


@router.patch(
    "/interruptions/{number}",
    summary="Times, reason, status of a planned interruption",
    responses=answers(INTERRUPTION, 403, 404, 422),
)
def patch_interruption(
    staff: Feeds, number: Annotated[Code40, Path()], given: InterruptionChange, parts: ServicesDep
) -> dict[str, Any]:
    with writing(parts) as session:
        interruption, changes = change_interruption(session, number, given.model_dump(exclude_unset=True))
        announce_interruption(session, parts.company, interruption, changes)
        plan_reminder(session, parts.company, interruption)
        session.flush()
        shown = show_interruption(interruption)
    parts.outbox.wake()
    audit(staff, "interruption change", number)
    return shown


# --- places --------------------------------------------------------------------------------------------------------------
@router.get("/places", summary="Communities and villages, by code from the last", responses=pages(PLACE))
def list_places(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    name: Annotated[str | None, Query(max_length=60, pattern=NO_NUL)] = None,
) -> dict[str, Any]:
    return listing(request, session, _fitting(Place, {"name": name}), Place.code, page, show_place)


@router.get("/places/{code}", summary="One community or village", responses=answers(PLACE, 404))
def get_place(code: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    return show_place(_find(session, Place, Place.code, code, "小区或村"))


@router.put("/places/{code}", summary="Create or update a community or village", responses=fed(PLACE, 409))
def write_place(
    staff: Feeds, code: Annotated[Code40, Path()], given: PlaceBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    with writing(parts) as session:
        place, new = put_place(session, code, given.model_dump())
        shown = show_place(place)
    audit(staff, "place", code)
    return written(response, given, [shown], new)


# --- halls ---------------------------------------------------------------------------------------------------------------
@router.get("/halls", summary="Halls, the newest first", responses=pages(HALL))
def list_halls(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    district: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
) -> dict[str, Any]:
    return listing(request, session, _fitting(Hall, {"district": district}), Hall.id, page, show_hall)


@router.get("/halls/{name}", summary="One hall", responses=answers(HALL, 404))
def get_hall(name: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    return show_hall(_find(session, Hall, Hall.name, name, "营业厅"))


@router.put("/halls/{name}", summary="Create or update a hall", responses=fed(HALL, 409))
def write_hall(
    staff: Feeds, name: Annotated[Line60, Path()], given: HallBody, parts: ServicesDep, response: Response
) -> dict[str, Any]:
    with writing(parts) as session:
        hall, new = put_hall(session, name, given.model_dump())
        shown = show_hall(hall)
    audit(staff, "hall", hall.id)
    return written(response, given, [shown], new)
