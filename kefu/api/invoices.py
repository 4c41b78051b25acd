"""What is sent and shown of invoices that customers asked for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from kefu.api.fields import Code40, Given, Line200, sample
from kefu.api.shown import plain
from kefu.billing.models import InvoiceRequest
from kefu.clock import iso
from kefu.privacy.masking import mask_email, mask_name, mask_phone, mask_text

InvoiceStatus = Literal["requested", "issued", "refused", "replaced"]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{3,390}$")]
ISSUED = {"status": "issued", "invoice_number": "26332000000012345678", "url": "https://invoice.example/26332000"}
INVOICE = {
    "id": 7,
    "ticket": "YW2612090042-3",
    "account_number": "1000012345",
    "bill": "ZD2026101000012345",
    "period": "2026-10",
    "amount": "96.84",
    "kind": "ordinary",
    "title": "张*",
    "tax_number": None,
    "email": "z***@example.com",
    "phone": "138****0000",
    "address": None,
    "bank": None,
    "conversation_id": "rest:anna",
    "reason": None,
    "replaces": None,
    "created_at": "2026-12-09T10:16:00+08:00",
    "decided_at": "2026-12-10T09:00:00+08:00",
    **ISSUED,
}


class InvoiceChange(Given):
    """`issued` with the invoice's number, and where to fetch it; or `refused` with a reason the customer may read."""

    model_config = sample(ISSUED, {"status": "refused", "reason": "抬头和税号对不上"})

    status: Literal["issued", "refused"]
    invoice_number: Code40 | None = None
    url: Url | None = None
    reason: Line200 | None = Field(None, description="For the customer")

    @model_validator(mode="after")
    def complete(self) -> InvoiceChange:
        if self.status == "issued" and (self.invoice_number is None or self.reason is not None):
            raise ValueError("issued 要写 invoice_number，不写 reason")
        if self.status == "refused" and (self.reason is None or self.invoice_number or self.url):
            raise ValueError("refused 要写 reason，不写 invoice_number 和 url")
        return self


def show_invoice(row: InvoiceRequest, ticket: str | None, sees_phones: bool) -> dict[str, Any]:
    """A person's title, email and phone masked unless the role may see them; a company's title is no secret."""
    same = "id account_number period kind tax_number bank conversation_id status invoice_number url reason"
    return {
        **{name: getattr(row, name) for name in same.split()},
        "ticket": ticket,
        "bill": row.bill_number,
        "amount": plain(row.amount, 2),
        "title": row.title if sees_phones or row.tax_number else mask_name(row.title),
        "address": row.address if sees_phones or not row.address else mask_text(row.address),
        "email": row.email if sees_phones else mask_email(row.email),
        "phone": row.phone if sees_phones else mask_phone(row.phone),
        "replaces": row.replaces_id,
        "created_at": iso(row.created_at),
        "decided_at": iso(row.decided_at),
    }
