"""Readings, bills with their lines, payments, tariffs that were fed, and what customers ask for around a bill. Money is yuan, exact;
a correction is a new entry, never an edit."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kefu.db.base import Base


class Reading(Base):
    """`source`: reader, remote, customer, estimate. `status`: accepted, or for_check until somebody has looked.

    A customer's correction is a row of its own that supersedes the one before.
    """

    __tablename__ = "reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"), index=True)
    meter_number: Mapped[str] = mapped_column(String(30))
    read_on: Mapped[date]
    value: Mapped[Decimal]
    peak: Mapped[Decimal | None]
    valley: Mapped[Decimal | None]
    estimated: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(12), default="reader", server_default="reader")
    status: Mapped[str] = mapped_column(String(12), default="accepted", server_default="accepted")
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("reading.id", ondelete="SET NULL"), index=True)
    photos: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    conversation_id: Mapped[str | None] = mapped_column(String(120))


class Bill(Base):
    """One period of one account. `period` is the month it is named after, "2026-10".

    `corrects`: number of the bill that this entry reverses, replaces or adjusts; `reason`: why, as customers may read it.
    `carried`: yuan settled besides payments; negative what was passed on to the account's balance.
    """

    __tablename__ = "bill"
    __table_args__ = (UniqueConstraint("account_number", "period", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    sequence: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20), default="normal")
    period_start: Mapped[date]
    period_end: Mapped[date]
    days: Mapped[int]
    usage: Mapped[Decimal]
    unit: Mapped[str] = mapped_column(String(8))
    previous_reading: Mapped[Decimal | None]
    current_reading: Mapped[Decimal | None]
    estimated: Mapped[bool] = mapped_column(default=False)
    amount: Mapped[Decimal]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(12))
    tariff: Mapped[str] = mapped_column(String(60))
    corrects: Mapped[str | None] = mapped_column(String(40), index=True)
    reason: Mapped[str | None] = mapped_column(String(200))
    carried: Mapped[Decimal | None]


class BillLine(Base):
    __tablename__ = "bill_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    label: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[Decimal | None]
    unit: Mapped[str | None] = mapped_column(String(8))
    price: Mapped[Decimal | None]
    amount: Mapped[Decimal]
    tier: Mapped[int | None]
    formula: Mapped[str | None] = mapped_column(String(200))


class Payment(Base):
    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"), index=True)
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id", ondelete="SET NULL"))
    amount: Mapped[Decimal]
    paid_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(30))
    reference: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(20), default="credited")


class ReliefRequest(Base):
    """What a customer asked for, as its ticket says in words. Status: sent (for approval), granted, refused."""

    __tablename__ = "relief_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), unique=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"), index=True)
    wish: Mapped[str] = mapped_column(String(20))
    parts: Mapped[int | None]
    days: Mapped[int | None]
    first_on: Mapped[date | None]
    bill: Mapped[str | None] = mapped_column(String(40))
    rule: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))


class FeeWaiver(Base):
    """A late fee that was waived: the line, and the negative entry that does it. A line is waived once."""

    __tablename__ = "fee_waiver"

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("bill_line.id", ondelete="CASCADE"), unique=True)
    adjustment_id: Mapped[int] = mapped_column(ForeignKey("bill.id", ondelete="CASCADE"), index=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    our_fault: Mapped[bool]
    granted_at: Mapped[datetime]


class PaymentPlan(Base):
    """What is owed, paid later or in parts. Status: open, kept, broken, cancelled. `bills`: their numbers."""

    __tablename__ = "payment_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(20))
    bills: Mapped[list[Any]]
    stops_late_fee: Mapped[bool]
    status: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]
    ended_on: Mapped[date | None]

    parts: Mapped[list[PaymentPlanPart]] = relationship(
        order_by="PaymentPlanPart.position", cascade="all, delete-orphan", passive_deletes=True
    )


class PaymentPlanPart(Base):
    """Yuan to be paid by a day. Status: open, kept, broken, cancelled."""

    __tablename__ = "payment_plan_part"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("payment_plan.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    due_on: Mapped[date]
    amount: Mapped[Decimal]
    status: Mapped[str] = mapped_column(String(12))


class InvoiceRequest(Base):
    """An invoice a customer wants for one bill. `status`: requested, issued, refused, replaced (another title took over).

    `replaces_id`: the request whose title was wrong. Account and bill are named, not tied: a request outlives both.
    """

    __tablename__ = "invoice_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    account_number: Mapped[str] = mapped_column(String(20), index=True)
    bill_number: Mapped[str] = mapped_column(String(40), index=True)
    period: Mapped[str] = mapped_column(String(7))
    amount: Mapped[Decimal]
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(120))
    tax_number: Mapped[str | None] = mapped_column(String(30))
    email: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(30))
    address: Mapped[str | None] = mapped_column(String(200))
    bank: Mapped[str | None] = mapped_column(String(200))
    conversation_id: Mapped[str | None] = mapped_column(String(120), index=True)
    status: Mapped[str] = mapped_column(String(12), default="requested")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_request.id", ondelete="SET NULL"))
    invoice_number: Mapped[str | None] = mapped_column(String(40))
    url: Mapped[str | None] = mapped_column(String(400))
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class BillDispute(Base):
    """Which bill a dispute ticket is about; whether it is still open is the ticket's to say."""

    __tablename__ = "bill_dispute"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    account_number: Mapped[str] = mapped_column(String(20), index=True)
    bill_number: Mapped[str] = mapped_column(String(40), index=True)
    doubt: Mapped[str] = mapped_column(String(12))
    amount: Mapped[Decimal]


class FedTariff(Base):
    """A row of a tariff written over the API, over those of company/tariffs/. `body`: as the files have it, without id.

    `updated_at` is real time and later than any before it, so that every process sees that something changed.
    """

    __tablename__ = "tariff"
    __table_args__ = (UniqueConstraint("tariff", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tariff: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[date]
    body: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
