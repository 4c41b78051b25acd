"""Invoices asked for, over HTTP: those that wait, and what became of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import select

from kefu.api.access import NO_NUL, AnyStaff, ConversationFilter, PageDep, ReadSession, ServicesDep, listing
from kefu.api.examples import answers, pages
from kefu.api.fields import RowId
from kefu.api.invoices import INVOICE, InvoiceChange, InvoiceStatus, show_invoice
from kefu.api.writing import audit, writing
from kefu.billing.invoicing.decisions import Decision, decide
from kefu.billing.models import InvoiceRequest
from kefu.billing.routes import NumberQuery, Period
from kefu.tickets.feed import numbers_of
from kefu.tickets.models import Ticket

router = APIRouter(prefix="/api", tags=["bills"])


@router.get("/invoices", summary="Invoices asked for, the newest first", responses=pages(INVOICE, 409))
def list_invoices(
    request: Request,
    session: ReadSession,
    staff: AnyStaff,
    page: PageDep,
    conversation: ConversationFilter,
    account_number: NumberQuery = None,
    period: Period = None,
    status: Annotated[InvoiceStatus | None, Query()] = None,
    ticket: Annotated[str | None, Query(max_length=30, pattern=NO_NUL, description="Its number")] = None,
) -> dict[str, Any]:
    wanted = {"account_number": account_number, "period": period, "status": status, "conversation_id": conversation}
    given = [getattr(InvoiceRequest, name) == value for name, value in wanted.items() if value is not None]
    query = select(InvoiceRequest).where(*given)
    if ticket is not None:
        query = query.where(InvoiceRequest.ticket_id.in_(select(Ticket.id).where(Ticket.number == ticket)))
    tickets: dict[int, str] = {}
    return listing(
        request, session, query, InvoiceRequest.id, page,
        show=lambda row: show_invoice(row, tickets.get(row.ticket_id), staff.sees_phones),
        load=lambda rows: tickets.update(numbers_of(session, [row.ticket_id for row in rows])),
    )  # fmt: skip


@router.patch(
    "/invoices/{invoice_id}", summary="An invoice issued, or refused", responses=answers(INVOICE, 404, 409, 422)
)
def patch_invoice(
    staff: AnyStaff, invoice_id: Annotated[RowId, Path()], given: InvoiceChange, parts: ServicesDep
) -> dict[str, Any]:
    """Decided once; the same again changes nothing. With the last one of its ticket the ticket is resolved."""
    with writing(parts) as session:
        row = decide(session, parts.company, invoice_id, Decision(**given.model_dump()), staff.username)
        shown = show_invoice(row, numbers_of(session, [row.ticket_id])[row.ticket_id], staff.sees_phones)
    audit(staff, "invoice", invoice_id)
    return shown
