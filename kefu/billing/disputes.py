"""A bill the customer doubts: a ticket that holds the whole case, what holds meanwhile, and by when he hears.

Rules: company/disputes.yml (each with its source); the promise: company/service_levels.yml, kind dispute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.attachments.service import give_to_ticket
from kefu.billing.assessing import OwnReading, assess
from kefu.billing.explain import amount_of_use, line_text, month_name, stretch
from kefu.billing.models import Bill, BillDispute
from kefu.billing.noting import Asker, open_for, told
from kefu.billing.own_readings import described
from kefu.billing.pricing.lines import money, number, unit_name
from kefu.billing.service import Statement, statement
from kefu.billing.tariff_book import tariff_book
from kefu.billing.usage_history import MonthUsage, usage_by_period
from kefu.company.data import CompanyData
from kefu.company.papers import DisputeRule, Doubt
from kefu.company.promises import Promise
from kefu.tickets import service as tickets
from kefu.tickets.models import Ticket
from kefu.tickets.states import UNDONE

CATEGORY = "dispute_bill"
MONTHS_SHOWN = 13


@dataclass(frozen=True)
class Doubted:
    """What the customer doubts about a bill. `photos`: ids of pictures; `own`: what he read on the meter himself."""

    doubt: Doubt = "other"
    photos: Sequence[Any] = ()
    own: OwnReading | None = None


@dataclass(frozen=True)
class Disputed:
    """A bill being looked into: by which ticket, what is doubted, and how much of it (yuan)."""

    bill_number: str
    ticket_number: str
    doubt: str
    amount: Decimal


@dataclass(frozen=True)
class Opened:
    """`already`: the bill's dispute was open before, what was said now is added to it. `lines`: for the customer."""

    ticket: Ticket
    promise: Promise | None
    already: bool
    lines: list[str]


def rule_of(company: CompanyData, account: Account) -> DisputeRule:
    """What holds for disputes of the account's service: rules, meter test, and what to try first (`self_checks`)."""
    return company.disputes.services[account.service]  # type: ignore[index]


def open_dispute(
    session: Session, company: CompanyData, account: Account, bill: Bill, doubted: Doubted, asker: Asker
) -> Opened:
    """Register that a proved account's bill is doubted; one open dispute a bill, a second one adds to it.

    A dispute that was answered before is followed by a new one, linked to it.
    """
    seen = statement(session, bill)
    earlier = _earlier(session, bill)
    if earlier is not None and earlier.status in UNDONE:
        tickets.supplement(session, earlier, "customer", "\n".join(_said(session, company, account, doubted, asker)))
        give_to_ticket(session, earlier.id, asker.conversation_id)
        return Opened(earlier, None, True, list(_lines(company, account, doubted, earlier, None)))
    lines = [*_case(session, company, account, seen, doubted), *_said(session, company, account, doubted)]
    lines += _history(usage_by_period(session, account.number), bill)
    ticket, promise = open_for(session, company, account, asker, "dispute", CATEGORY, lines)
    amount = doubted_amount(seen, doubted.doubt)
    session.add(
        BillDispute(
            ticket_id=ticket.id,
            account_number=account.number,
            bill_number=bill.number,
            doubt=doubted.doubt,
            amount=amount,
        )
    )
    session.flush()
    if earlier is not None:
        tickets.link(session, ticket, earlier, "follows")
    return Opened(ticket, promise, False, list(_lines(company, account, doubted, ticket, promise)))


def disputed_bills(session: Session, account_number: str) -> dict[str, Disputed]:
    """The account's bills that are being looked into now, by their number; derived from tickets nobody has answered.

    Late fees and arrears leave `amount` of them out as far as the rule of the service says.
    """
    query = (
        select(BillDispute, Ticket.number)
        .join(Ticket, Ticket.id == BillDispute.ticket_id)
        .where(BillDispute.account_number == account_number, Ticket.status.in_(UNDONE))
        .order_by(BillDispute.ticket_id)
    )
    return {
        row.bill_number: Disputed(row.bill_number, ticket, row.doubt, row.amount)
        for row, ticket in session.execute(query)
    }


def doubted_amount(seen: Statement, doubt: Doubt) -> Decimal:
    """How much of a bill is in doubt (yuan): its late fees where only those are, else all of it."""
    if doubt == "late_fee":
        return sum((line.amount for line in seen.lines if line.kind == "late_fee"), Decimal(0))
    return seen.bill.amount


def _earlier(session: Session, bill: Bill) -> Ticket | None:
    """The latest dispute about the bill that was not withdrawn."""
    session.scalar(select(Bill.id).where(Bill.id == bill.id).with_for_update())  # two at once make one ticket
    query = select(Ticket).join(BillDispute, BillDispute.ticket_id == Ticket.id)
    query = query.where(BillDispute.bill_number == bill.number, Ticket.status != "cancelled")
    return session.scalar(query.order_by(Ticket.id.desc()).limit(1))


# --- the case, for staff -------------------------------------------------------------------------------------------------
def _case(session: Session, company: CompanyData, account: Account, seen: Statement, doubted: Doubted) -> Iterator[str]:
    bill = seen.bill
    tariff = tariff_book(session, company).on(bill.tariff, bill.period_end)
    yield f"账单核查：{company.disputes.doubts[doubted.doubt]}"
    yield f"账单{bill.number}，{month_name(bill)}（{stretch(bill)}），户号{account.number}"
    if bill.previous_reading is not None and bill.current_reading is not None:
        yield f"表数：{number(bill.previous_reading)} → {number(bill.current_reading)}"
    yield f"用量：{amount_of_use(bill)}{'（估算）' if bill.estimated else ''}，共{money(bill.amount)}元"
    yield from (line_text(line) for line in seen.lines)
    yield f"价目：{tariff.name if tariff else bill.tariff}（{bill.tariff}）"
    wrong = [entry for entry in seen.entries if entry.kind == "reversal"]
    yield f"以前更正过：{'；'.join(f'{e.issued_on.isoformat()}冲正{money(e.amount)}元' for e in wrong) or '没有'}"


def _history(months: Sequence[MonthUsage], bill: Bill) -> list[str]:
    """The last 13 periods' usage up to the bill, in a row."""
    row = [month for month in months if month.period <= bill.period][-MONTHS_SHOWN:]
    if not row:
        return []
    unit = unit_name(row[0].unit)
    told = (f"{m.period} {number(m.usage)}{unit}/{m.days}天{'（估算）' if m.estimated else ''}" for m in row)
    return [f"近{len(row)}期用量：" + "，".join(told)]


def _said(
    session: Session, company: CompanyData, account: Account, doubted: Doubted, asker: Asker | None = None
) -> Iterator[str]:
    """What the customer brings; his words only where no new description holds them."""
    if doubted.own is not None:
        yield from described(company, account, assess(session, company, account, doubted.own), doubted.own)
    if doubted.photos:
        yield f"照片：{'、'.join(map(str, doubted.photos))}"
    if asker is not None:
        yield f"又说（{company.disputes.doubts[doubted.doubt]}）：{asker.words}"


# --- what holds, for the customer ----------------------------------------------------------------------------------------
def _lines(
    company: CompanyData, account: Account, doubted: Doubted, ticket: Ticket, promise: Promise | None
) -> Iterator[str]:
    rule = rule_of(company, account)
    if promise is None:
        yield f"这张账单已经在核查了，单号{ticket.number}，您说的已补充进去"
    else:
        yield f"已登记核查，单号{ticket.number}，{told(promise)}"
    yield f"{'；'.join(rule.while_open)}（{rule.source}）"
    if doubted.doubt == "meter":
        test = rule.meter_test
        yield f"要校表的话：{test.right}；{test.wrong}，{test.corrects}（{test.source}）"
