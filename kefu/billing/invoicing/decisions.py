"""What becomes of an invoice request: issued with its number, or refused with a reason. Decided once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.billing.models import InvoiceRequest
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.feeding import Conflict, Unknown
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket


@dataclass(frozen=True)
class Decision:
    """`issued` with the invoice's number (and where to fetch it), or `refused` with a reason customers may read."""

    status: Literal["requested", "issued", "refused"]
    invoice_number: str | None = None
    url: str | None = None
    reason: str | None = None


def decide(session: Session, company: CompanyData, request_id: int, decision: Decision, actor: str) -> InvoiceRequest:
    """Issue or refuse a request, once; the same again changes nothing. Raises Unknown, Conflict.

    An invoice that replaces an issued one makes that one `replaced`. With the last request of its ticket decided the
    ticket is resolved.
    """
    request = session.scalar(select(InvoiceRequest).where(InvoiceRequest.id == request_id).with_for_update())
    if request is None:
        raise Unknown(f"没有发票申请 {request_id}")
    values = {name: getattr(decision, name) for name in ("status", "invoice_number", "url", "reason")}
    if all(getattr(request, name) == value for name, value in values.items()):
        return request
    if request.status != "requested" or decision.status == "requested":
        raise Conflict(f"发票申请 {request_id} 已是 {request.status}，不能改为 {decision.status}")
    for name, value in values.items():
        setattr(request, name, value)
    request.decided_at = clock.now()
    _after(session, company, request, actor)
    return request


def _after(session: Session, company: CompanyData, request: InvoiceRequest, actor: str) -> None:
    ticket = session.get_one(Ticket, request.ticket_id)
    what = f"已开，号码{request.invoice_number}" if request.status == "issued" else f"未开：{request.reason}"
    tickets.record(session, ticket, actor, "invoice", f"{request.period} 的发票{what}")
    old = session.get(InvoiceRequest, request.replaces_id) if request.replaces_id else None
    if old is not None and old.status == "issued" and request.status == "issued":
        old.status, old.reason = "replaced", f"已冲红，换开为{request.invoice_number}"
    close_if_done(session, company, ticket, actor)


def replace_pending(session: Session, company: CompanyData, request: InvoiceRequest, why: str) -> None:
    """Drop a request that was not issued: another one took its place."""
    request.status, request.reason, request.decided_at = "replaced", why, clock.now()
    ticket = session.get_one(Ticket, request.ticket_id)
    tickets.record(session, ticket, "assistant", "invoice", f"{request.period} 的发票不用开了：{why}")
    close_if_done(session, company, ticket, "assistant")


def close_if_done(session: Session, company: CompanyData, ticket: Ticket, actor: str) -> None:
    """Resolve a ticket when none of its invoices is waited for any more."""
    session.flush()
    waiting = select(InvoiceRequest.id).where(
        InvoiceRequest.ticket_id == ticket.id, InvoiceRequest.status == "requested"
    )
    if session.scalar(waiting.limit(1)) is None and "resolved" in tickets.MOVES[ticket.status]:
        tickets.move(session, company, ticket, actor, "resolved", "发票申请都已办完")
