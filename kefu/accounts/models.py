"""Customers' accounts: one account is one service at one place. Numbers are text: leading zeros count."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Account(Base):
    """Status: active, suspended (at the customer's wish), cut_off (for debts, since `cut_off_at`), closed."""

    __tablename__ = "account"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    service: Mapped[str] = mapped_column(String(12), index=True)
    customer_class: Mapped[str] = mapped_column(String(40), default="resident")
    tariff: Mapped[str | None] = mapped_column(String(60))
    holder: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(30), index=True)
    address: Mapped[str] = mapped_column(String(200))
    address_parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    area_code: Mapped[str | None] = mapped_column(String(40), index=True)
    heated_area_m2: Mapped[Decimal | None]
    household_size: Mapped[int | None]
    prepaid: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(20), default="active")
    cut_off_at: Mapped[datetime | None]
    low_income: Mapped[bool] = mapped_column(default=False, server_default=false())
    balance: Mapped[Decimal] = mapped_column(default=Decimal(0))
    created_at: Mapped[datetime]


class Meter(Base):
    __tablename__ = "meter"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(30))
    digits: Mapped[int] = mapped_column(default=5)
    installed_on: Mapped[date | None]
    removed_on: Mapped[date | None]


class Binding(Base):
    """A channel user whom we believe to hold an account. `proof`: channel (bound there), or phone (last four digits).

    What was proved in a talk ends with `expires_at`; what the channel vouches for has none.
    """

    __tablename__ = "binding"
    __table_args__ = (
        UniqueConstraint("conversation_id", "account_number"),
        Index("ix_binding_conversation", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(120))
    account_number: Mapped[str] = mapped_column(ForeignKey("account.number", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    proof: Mapped[str] = mapped_column(String(12), default="channel", server_default="channel")
    expires_at: Mapped[datetime | None]


class ProofAttempt(Base):
    """One try to prove an account: counted for the sender and for the account, whether that account exists or not."""

    __tablename__ = "proof_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(120), index=True)
    account_number: Mapped[str] = mapped_column(String(20), index=True)
    at: Mapped[datetime]
    ok: Mapped[bool]
