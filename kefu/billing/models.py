"""Readings, bills with their lines, payments, tariffs that were fed. Money is yuan, exact; a correction is a new entry, never an edit."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Reading(Base):
    __tablename__ = "reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"), index=True)
    meter_number: Mapped[str] = mapped_column(String(30))
    read_on: Mapped[date]
    value: Mapped[Decimal]
    peak: Mapped[Decimal | None]
    valley: Mapped[Decimal | None]
    estimated: Mapped[bool] = mapped_column(default=False)


class Bill(Base):
    """One period of one account. `period` is the month it is named after, "2026-10"."""

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
