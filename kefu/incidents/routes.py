"""Incidents over HTTP: as the utility's systems feed them, as reports suspect them, as a dispatcher handles them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.api.access import NO_NUL, AnyStaff, Feeds, PageDep, Plans, ReadSession, ServicesDep, listing
from kefu.api.examples import answers, fed, pages
from kefu.api.fields import Code40, OneOrMany
from kefu.api.network import (
    INCIDENT,
    ONE_INCIDENT,
    IncidentBody,
    IncidentChange,
    IncidentStatus,
    MergeBody,
    SplitBody,
    show_incident,
)
from kefu.api.writing import audit, in_turn, writing, written
from kefu.clock import iso
from kefu.company.data import Service
from kefu.incidents import incidents
from kefu.incidents.models import IncidentEvent, SupplyReport
from kefu.network.models import OPEN, Incident
from kefu.network.tree import Network, network
from kefu.privacy.masking import mask_phone, mask_text
from kefu.staff.service import Caller

router = APIRouter(prefix="/api/incidents", tags=["incidents"])
Number = Annotated[Code40, Path()]
REPORT = {
    "id": 12,
    "service": "electricity",
    "area_code": "E-S1-F1-T02",
    "address": "人民路88号阳光花园5号楼2单元501",
    "account_number": "3360412262",
    "phone": "138****8000",
    "conversation_id": "rest:anna",
    "ticket": None,
    "vulnerable": None,
    "words": "家里停电了",
    "reported_at": "2026-12-09T10:20:00+08:00",
    "outcome": None,
}


def _find(session: Session, number: str) -> Incident:
    row = session.scalar(select(Incident).where(Incident.number == number)) if "\0" not in number else None
    if row is None:
        raise HTTPException(404, f"没有故障事件 {number}")
    return row


def _shown(session: Session, rows: list[Incident]) -> list[dict[str, Any]]:
    """With the size of each: homes below its device, homes that reported, those that must not wait."""
    net = network(session)
    counts = {
        number: (reports, vulnerable)
        for number, reports, vulnerable in session.execute(
            select(
                SupplyReport.incident_id,
                func.count(func.distinct(SupplyReport.home)),
                func.count(SupplyReport.vulnerable),
            )
            .where(SupplyReport.incident_id.in_([row.id for row in rows]))
            .group_by(SupplyReport.incident_id)
        )
    }
    return [_with_size(row, net, *counts.get(row.id, (0, 0))) for row in rows]


def _with_size(row: Incident, net: Network, reports: int, vulnerable: int) -> dict[str, Any]:
    node = net.nodes.get(row.area_code)
    return {
        **show_incident(row),
        "area_name": node.name if node else None,
        "homes": net.homes.get(row.area_code, 0),
        "reports": reports,
        "vulnerable": vulnerable,
    }


@router.get("", summary="Incidents, the latest first", responses=pages(INCIDENT))
def list_incidents(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    service: Annotated[Service | None, Query()] = None,
    area_code: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    status: Annotated[IncidentStatus | None, Query()] = None,
    origin: Annotated[str | None, Query(pattern="^(fed|reports)$")] = None,
    open: Annotated[bool | None, Query(description="Only those that are not over, or only those that are")] = None,
) -> dict[str, Any]:
    query = select(Incident)
    for column, value in (
        (Incident.service, service),
        (Incident.area_code, area_code),
        (Incident.status, status),
        (Incident.origin, origin),
    ):
        if value is not None:
            query = query.where(column == value)
    if open is not None:
        query = query.where(Incident.status.in_(OPEN) if open else Incident.status.not_in(OPEN))
    shown: dict[str, dict[str, Any]] = {}

    def load(rows: Any) -> None:
        shown.update({one["number"]: one for one in _shown(session, rows)})

    key = (Incident.started_at, Incident.id)
    return listing(request, session, query, key, page, lambda row: shown[row.number], load)


@router.post("", summary="New incidents, one or a list; all of them or none", responses=fed(INCIDENT, 409))
def post_incidents(
    staff: Feeds, given: OneOrMany[IncidentBody], parts: ServicesDep, response: Response
) -> dict[str, Any]:
    """The same number with the same content again changes nothing and answers 200. Suspicions below it end in it."""
    with writing(parts) as session:
        done = in_turn(
            given, lambda body: incidents.open_fed(session, parts.company, body.model_dump(), staff.username)
        )
        shown = _shown(session, [incident for incident, _ in done])
    parts.wake()
    audit(staff, "incident", *(incident.number for incident, new in done if new))
    return written(response, given, shown, any(new for _, new in done))


@router.get("/{number}", summary="One incident with its history", responses=answers(ONE_INCIDENT, 404))
def get_incident(number: str, session: ReadSession, staff: AnyStaff) -> dict[str, Any]:
    incident = _find(session, number)
    query = select(IncidentEvent).where(IncidentEvent.incident_id == incident.id).order_by(IncidentEvent.id)
    history = [
        {"at": iso(one.at), **{name: getattr(one, name) for name in ("actor", "action", "note", "changes")}}
        for one in session.scalars(query)
    ]
    return {**_shown(session, [incident])[0], "history": history}


@router.get("/{number}/reports", summary="Who has reported it, the latest first", responses=pages(REPORT, 404))
def list_reports(
    number: str,
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    open: Annotated[bool | None, Query(description="Only homes that are still off, or only those that are not")] = None,
) -> dict[str, Any]:
    query = select(SupplyReport).where(SupplyReport.incident_id == _find(session, number).id)
    if open is not None:
        query = query.where(SupplyReport.ended_at.is_(None) if open else SupplyReport.ended_at.is_not(None))
    return listing(request, session, query, SupplyReport.id, page, lambda row: _show_report(row, staff))


def _show_report(row: SupplyReport, staff: Caller) -> dict[str, Any]:
    plain = "id service area_code address account_number conversation_id ticket vulnerable outcome"
    return {
        **{name: getattr(row, name) for name in plain.split()},
        "phone": row.phone if staff.sees_phones else mask_phone(row.phone),
        "words": row.words if staff.sees_phones else mask_text(row.words),
        "reported_at": iso(row.reported_at),
    }


@router.patch(
    "/{number}",
    summary="Confirm, move, give cause and estimate, restore, dismiss",
    responses=answers(INCIDENT, 403, 404, 409, 422),
)
def patch_incident(staff: Plans, number: Number, given: IncidentChange, parts: ServicesDep) -> dict[str, Any]:
    """`status` restored or closed sets `restored_at` to now unless it is given; an open status takes it away again.

    `confirmed`: it is real. `area_code`: it lies there; who is not below it gets a ticket of his own. `cancelled`: there
    was none; everybody in it gets a ticket of his own.
    """
    with writing(parts) as session:
        values = given.model_dump(exclude_unset=True)
        incident, _ = incidents.change(session, parts.company, number, values, staff.username)
        session.flush()
        shown = _shown(session, [incident])[0]
    parts.wake()
    audit(staff, "incident change", number)
    return shown


@router.post("/{number}/split", summary="One incident was several", responses=answers([INCIDENT], 403, 404, 409, 422))
def split_incident(staff: Plans, number: Number, given: SplitBody, parts: ServicesDep) -> list[dict[str, Any]]:
    with writing(parts) as session:
        made = incidents.split(session, parts.company, number, given.areas, staff.username)
        session.flush()
        shown = _shown(session, made)
    parts.wake()
    audit(staff, "incident split", *(one["number"] for one in shown))
    return shown


@router.post("/{number}/merge", summary="Two incidents were one", responses=answers(INCIDENT, 403, 404, 409, 422))
def merge_incident(staff: Plans, number: Number, given: MergeBody, parts: ServicesDep) -> dict[str, Any]:
    """This one ends in `into`: its reports go over, its crew ticket is withdrawn."""
    with writing(parts) as session:
        kept = incidents.merge(session, parts.company, number, given.into, staff.username)
        session.flush()
        shown = _shown(session, [kept])[0]
    parts.wake()
    audit(staff, "incident merge", number, given.into)
    return shown
