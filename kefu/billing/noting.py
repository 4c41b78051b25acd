"""What a customer wants around a bill of his proved account becomes a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.company.data import CompanyData
from kefu.company.promises import Promise
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.service import Report
from kefu.tickets.states import UNDONE


@dataclass(frozen=True)
class Asker:
    """Who asks, where, and since when (aware; the promise counts from there). `words`: his own."""

    conversation_id: str
    first_word_at: datetime
    phone: str | None = None
    words: str = ""


def open_for(
    session: Session,
    company: CompanyData,
    account: Account,
    asker: Asker,
    kind: Literal["application", "dispute"],
    category: str,
    lines: Iterable[str],
) -> tuple[Ticket, Promise]:
    """A ticket about a proved account; `lines` and the customer's words are its description.

    Its place is told to nobody but by the account's number: the proof may end before the ticket does.
    """
    report = Report(
        kind=kind,
        category=category,
        description=_text(lines, asker.words),
        first_word_at=asker.first_word_at,
        service=account.service,
        address=account.address,
        address_parts={**account.address_parts, "by_account": True},
        account_number=account.number,
        phone=asker.phone,
        conversation_id=asker.conversation_id,
    )
    return tickets.open_ticket(session, company, report, "customer")


def open_of_account(session: Session, account_number: str, category: str) -> list[Ticket]:
    """The account's tickets of a category nobody has answered yet, the newest first."""
    query = select(Ticket).where(
        Ticket.account_number == account_number, Ticket.category == category, Ticket.status.in_(UNDONE)
    )
    return list(session.scalars(query.order_by(Ticket.id.desc())))


def told(promise: Promise) -> str:
    """The promise as customers hear it, with its source."""
    return f"{promise.says}（{promise.source}）"


def _text(lines: Iterable[str], words: str) -> str:
    return "\n".join([*lines, *([f"客户原话：{words}"] if words else [])])
