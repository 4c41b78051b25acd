"""What another system was told of tickets: what waits, the dead-letter list, and trying again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kefu.api.access import NO_NUL, Decides, PageDep, ReadSession, ServicesDep, listing
from kefu.api.examples import answers, pages
from kefu.api.fields import RowId
from kefu.api.tickets import beside, show_entry, show_ticket
from kefu.api.writing import audit, writing
from kefu.clock import iso
from kefu.company.data import CompanyData
from kefu.exports.models import TicketExport
from kefu.exports.service import send_again
from kefu.tickets.models import Ticket

router = APIRouter(prefix="/api/exports", tags=["operations"])
EXPORT = {
    "id": 7,
    "ticket": "TS2612090003-5",
    "action": "status",
    "status": "dead",
    "attempts": 20,
    "problem": "ConnectionError",
    "created_at": "2026-12-09T10:20:00+08:00",
    "due_at": "2026-12-09T12:50:00+08:00",
    "sent_at": None,
}


def told_of(session: Session, company: CompanyData, row: TicketExport) -> dict[str, Any]:
    """What the other system gets: the entry, and the ticket as it stands. It may see phones: it is the company's own."""
    shown = show_ticket(row.ticket, True, beside(session, company, [row.ticket]))
    return {"id": row.id, "entry": show_entry(row.event, True), "ticket": shown}


def show_export(row: TicketExport) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("id", "status", "attempts", "problem")}
    times = {name: iso(getattr(row, name)) for name in ("created_at", "due_at", "sent_at")}
    return {**plain, "ticket": row.ticket.number, "action": row.event.action, **times}


@router.get("", summary="What is told of tickets to another system, newest first", responses=pages(EXPORT))
def list_exports(
    request: Request,
    session: ReadSession,
    staff: Decides,
    page: PageDep,
    status: Annotated[Literal["waiting", "sent", "dead"] | None, Query()] = None,
    ticket: Annotated[str | None, Query(max_length=30, pattern=NO_NUL, description="Its number")] = None,
) -> dict[str, Any]:
    """`status=dead` is the dead-letter list."""
    query = select(TicketExport).options(joinedload(TicketExport.ticket), joinedload(TicketExport.event))
    if status is not None:
        query = query.where(TicketExport.status == status)
    if ticket is not None:
        query = query.where(TicketExport.ticket_id.in_(select(Ticket.id).where(Ticket.number == ticket)))
    return listing(request, session, query, TicketExport.id, page, show_export)


@router.post("/{export_id}/retry", summary="Send a given-up entry again", responses=answers(EXPORT, 404, 409, 422))
def retry_export(staff: Decides, export_id: Annotated[RowId, Path()], parts: ServicesDep) -> dict[str, Any]:
    with writing(parts) as session:
        row = session.get(TicketExport, export_id, with_for_update=True)
        if row is None:
            raise HTTPException(404, f"没有推送记录 {export_id}")
        if row.status != "dead":
            raise HTTPException(409, f"推送记录 {export_id} 是 {row.status}：只有 dead 的可以重发")
        send_again(row)
        shown = show_export(row)
    audit(staff, "export retry", export_id)
    return shown
