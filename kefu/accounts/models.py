"""Customers' accounts: one account is one service at one place. Numbers are text: leading zeros count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, event, false
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


def home_of(parts: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Community (or village) and building of an address, as accounts are looked up by."""
    community, building = parts.get("community") or parts.get("village"), parts.get("building")
    return (str(community)[:60] if community else None, str(building)[:40] if building else None)


def _home(row: Any) -> tuple[str | None, str | None]:
    parts = row.get_current_parameters().get("address_parts") or {}
    return home_of(json.loads(parts) if isinstance(parts, str) else parts)


class Account(Base):
    """`community`, `building`: taken from `address_parts`, for looking up who lives where. Status: active, suspended (at the customer's wish), cut_off (for debts, since `cut_off_at`), closed."""

    __tablename__ = "account"
    __table_args__ = (Index("ix_account_home", "community", "service", "building"),)

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    service: Mapped[str] = mapped_column(String(12), index=True)
    customer_class: Mapped[str] = mapped_column(String(40), default="resident")
    tariff: Mapped[str | None] = mapped_column(String(60))
    holder: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(30), index=True)
    address: Mapped[str] = mapped_column(String(200))
    address_parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    area_code: Mapped[str | None] = mapped_column(String(40), index=True)
    community: Mapped[str | None] = mapped_column(String(60), default=lambda row: _home(row)[0])
    building: Mapped[str | None] = mapped_column(String(40), default=lambda row: _home(row)[1])
    heated_area_m2: Mapped[Decimal | None]
    household_size: Mapped[int | None]
    prepaid: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(20), default="active")
    cut_off_at: Mapped[datetime | None]
    low_income: Mapped[bool] = mapped_column(default=False, server_default=false())
    balance: Mapped[Decimal] = mapped_column(default=Decimal(0))
    created_at: Mapped[datetime]


@event.listens_for(Account.address_parts, "set")
def _moved(account: Account, parts: dict[str, Any], _old: Any, _event: Any) -> None:
    account.community, account.building = home_of(parts or {})


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
    """A channel user whom we believe to hold an account. `proof`: channel (bound there), phone (its last four digits), or code.

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
    """One try to prove an account: counted for the sender and for the account, whether that account exists or not.

    `way`: digits, code, or send (a code asked for; `ok`: the account's limit allowed it).
    """

    __tablename__ = "proof_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(120), index=True)
    account_number: Mapped[str] = mapped_column(String(20), index=True)
    at: Mapped[datetime]
    ok: Mapped[bool]
    way: Mapped[str] = mapped_column(String(8), default="digits", server_default="digits")


class IdentityCode(Base):
    """A code for one account in one conversation, known only by its HMAC. Not `sent`: there was nowhere to send it."""

    __tablename__ = "identity_code"
    __table_args__ = (Index("ix_identity_code_whose", "conversation_id", "account_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(120))
    account_number: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    sent: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
