"""Invoices customers ask for: one request a bill and title, its amount that of the bill to the fen.

Rules: company/invoices.yml. Title, tax number and email come in checked. An invoice that is out with a wrong title is
never edited: it is reversed (红冲) and a new one issued, by a request of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.invoicing.decisions import replace_pending
from kefu.billing.models import Bill, InvoiceRequest
from kefu.billing.noting import Asker, open_for, told
from kefu.billing.periods import spoken
from kefu.billing.pricing.lines import FEN, NOTHING, money
from kefu.billing.service import OPEN, standing_bills
from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.company.papers import InvoiceKind, InvoiceType, Need
from kefu.company.promises import Promise
from kefu.tickets import service as tickets
from kefu.tickets.feed import numbers_of
from kefu.tickets.models import Ticket

CATEGORY = "ask_invoice"
LIVE = ("requested", "issued")
State = Literal["requested", "after_payment", "already", "title_change", "unpaid", "nothing_due", "too_old", "no_bill"]
WRITTEN: tuple[State, ...] = ("requested", "after_payment", "title_change")


@dataclass(frozen=True)
class Wanted:
    """The invoice a customer wants; every value checked before. `unit`: the title is no person's name."""

    periods: Sequence[str]
    title: str
    kind: InvoiceKind = "ordinary"
    unit: bool = False
    tax_number: str | None = None
    email: str | None = None
    address: str | None = None
    bank: str | None = None


@dataclass(frozen=True)
class OneBill:
    """What becomes of one bill of one period ("2026-10").

    `replaces`: the issued invoice whose title is wrong. `instead_of`: an earlier request that was not issued yet.
    """

    period: str
    state: State
    bill: Bill | None = None
    request: InvoiceRequest | None = None
    replaces: InvoiceRequest | None = None
    instead_of: InvoiceRequest | None = None


@dataclass(frozen=True)
class Invoiced:
    """`refusal`: why this kind cannot be had, in words; `missing`: what has to be asked first. Then nothing is written.

    `lines`: for the customer. `ticket` is None where nothing new was asked.
    """

    bills: list[OneBill]
    ticket: Ticket | None
    promise: Promise | None
    missing: list[Need]
    refusal: str | None
    lines: list[str]


def missing_for(company: CompanyData, wanted: Wanted) -> list[Need]:
    """What the rules ask for such an invoice and is not there yet, in the order to ask."""
    rule = company.invoices.kinds[wanted.kind]
    needs = [*rule.needs, *(rule.units_need if wanted.unit else [])]
    return [need for need in needs if not getattr(wanted, need)]


def refusal_for(company: CompanyData, account: Account, wanted: Wanted) -> str | None:
    """Why this account cannot have such an invoice, for the customer; None if it can."""
    rule = company.invoices.kinds[wanted.kind]
    if account.customer_class not in rule.classes:
        return f"{rule.name}只开给单位户，您这户可以开电子普通发票（{rule.source}）"
    if rule.title_is_holder and wanted.title.strip() != account.holder.strip():
        return f"{rule.name}的抬头要和户名一致，您给的抬头和户名不一样；户名不对的，先办更名（{rule.source}）"
    return None


def request_invoice(session: Session, company: CompanyData, account: Account, wanted: Wanted, asker: Asker) -> Invoiced:
    """Ask for the invoices of a proved account's bills of some periods.

    Asked twice it is the same request. Another title before the invoice is out takes the place of the first; after
    that it is a change of title. A bill not yet paid is taken or not by the company's rule, and the customer told.
    """
    missing, refusal = missing_for(company, wanted), refusal_for(company, account, wanted)
    if missing or refusal:
        return Invoiced([], None, None, missing, refusal, [refusal] if refusal else [])
    bills = _bills(session, account, wanted.periods)
    looked = [_look(session, company, bill, wanted) for bill in bills]
    billed = {bill.period for bill in bills}
    looked += [OneBill(period, "no_bill") for period in dict.fromkeys(wanted.periods) if period not in billed]
    new = [one for one in looked if one.state in WRITTEN]
    ticket, promise = None, None
    if new:
        ticket, promise = open_for(
            session, company, account, asker, "application", CATEGORY, _description(company, account, wanted, new)
        )
        looked = [
            _write(session, company, ticket, one, wanted, asker) if one.state in WRITTEN else one for one in looked
        ]
    for one in looked:
        _remail(session, one, wanted)
    looked.sort(key=lambda one: one.period)
    lines = [*_lines(company, wanted, looked, ticket, promise), *_known(session, looked)]
    return Invoiced(looked, ticket, promise, [], None, lines)


def _bills(session: Session, account: Account, periods: Sequence[str]) -> list[Bill]:
    """The standing bills of those periods, locked, so that two askers at once get one request."""
    ids = [bill.id for bill in standing_bills(session, account.number) if bill.period in periods]
    query = select(Bill).where(Bill.id.in_(ids)).order_by(Bill.period, Bill.sequence).with_for_update()
    return list(session.scalars(query))


def _look(session: Session, company: CompanyData, bill: Bill, wanted: Wanted) -> OneBill:
    rule = company.invoices
    if bill.amount.quantize(FEN, ROUND_HALF_UP) <= 0:
        return OneBill(bill.period, "nothing_due", bill)
    query = select(InvoiceRequest).where(InvoiceRequest.bill_number == bill.number, InvoiceRequest.status.in_(LIVE))
    known = list(session.scalars(query.order_by(InvoiceRequest.id)))
    if known and _asks_the_same(known[-1], wanted):
        return OneBill(bill.period, "already", bill, known[-1])
    pending = next((request for request in known if request.status == "requested"), None)
    issued = next((request for request in known if request.status == "issued"), None)
    state: State = "requested"
    if issued is not None:
        state = "title_change"
    elif _months_ago(bill.period) > rule.months_back:
        return OneBill(bill.period, "too_old", bill)
    elif bill.status in OPEN:
        state = "after_payment" if rule.unpaid == "taken" else "unpaid"
    return OneBill(bill.period, state, bill, replaces=issued, instead_of=pending)


def _asks_the_same(known: InvoiceRequest, wanted: Wanted) -> bool:
    return (known.kind, known.title, known.tax_number) == (wanted.kind, wanted.title, wanted.tax_number)


def _remail(session: Session, one: OneBill, wanted: Wanted) -> None:
    """Asked for already and not out yet: only the mailbox may have been wrong."""
    known = one.request
    waits = one.state == "already" and known is not None and known.status == "requested"
    if waits and known is not None and wanted.email not in (None, known.email):
        known.email = wanted.email
        ticket = session.get_one(Ticket, known.ticket_id)
        tickets.supplement(session, ticket, "customer", f"{one.period} 的发票改发到邮箱：{wanted.email}")


def _months_ago(period: str) -> int:
    today, (year, month) = local(clock.now()).date(), map(int, period.split("-"))
    return (today.year - year) * 12 + today.month - month


def _write(
    session: Session, company: CompanyData, ticket: Ticket, one: OneBill, wanted: Wanted, asker: Asker
) -> OneBill:
    assert one.bill is not None
    request = InvoiceRequest(
        ticket_id=ticket.id,
        account_number=one.bill.account_number,
        bill_number=one.bill.number,
        period=one.period,
        amount=one.bill.amount.quantize(FEN, ROUND_HALF_UP),
        kind=wanted.kind,
        title=wanted.title,
        tax_number=wanted.tax_number,
        email=wanted.email,
        phone=asker.phone,
        address=wanted.address,
        bank=wanted.bank,
        conversation_id=asker.conversation_id,
        status="requested",
        replaces_id=one.replaces.id if one.replaces else None,
        created_at=clock.now(),
    )
    session.add(request)
    session.flush()
    if one.instead_of is not None:
        replace_pending(session, company, one.instead_of, f"客户改了抬头，见工单 {ticket.number}")
    return replace(one, request=request)


def last_asked(session: Session, conversation_id: str, account_numbers: Sequence[str]) -> list[InvoiceRequest]:
    """What this conversation asked for last, one request a bill; only of these accounts, and only what still counts."""
    query = select(InvoiceRequest).where(
        InvoiceRequest.conversation_id == conversation_id,
        InvoiceRequest.account_number.in_(account_numbers),
        InvoiceRequest.status.in_(LIVE),
    )
    found = list(session.scalars(query.order_by(InvoiceRequest.id)))
    return [request for request in found if request.ticket_id == found[-1].ticket_id]


# --- in words ------------------------------------------------------------------------------------------------------------
def _description(company: CompanyData, account: Account, wanted: Wanted, new: Sequence[OneBill]) -> Iterator[str]:
    yield f"申请{company.invoices.kinds[wanted.kind].name}，户号{account.number}"
    for one in new:
        yield f"{one.period} 账单{one.bill.number if one.bill else ''}：{_amount(one)}元{_remark(one)}"
    fields = (("抬头", wanted.title), ("税号", wanted.tax_number), ("邮箱", wanted.email))
    for name, value in (*fields, ("地址电话", wanted.address), ("开户行及账号", wanted.bank)):
        if value:
            yield f"{name}：{value}"


def _remark(one: OneBill) -> str:
    if one.replaces is not None:
        return f"（抬头错：冲红原发票{one.replaces.invoice_number or ''}，重开）"
    return "（未交清，交清后开）" if one.state == "after_payment" else ""


def _amount(one: OneBill) -> str:
    return money(one.bill.amount.quantize(FEN, ROUND_HALF_UP)) if one.bill else ""


def _lines(
    company: CompanyData, wanted: Wanted, looked: Sequence[OneBill], ticket: Ticket | None, promise: Promise | None
) -> Iterator[str]:
    rule = company.invoices
    kind = rule.kinds[wanted.kind]
    for one in looked:
        yield _told(one)
    states = {one.state for one in looked}
    sums = [Decimal(_amount(one)) for one in looked if one.state in WRITTEN]
    if len(sums) > 1:
        yield f"一共{len(sums)}张，合计{money(sum(sums, NOTHING))}元"
    if states & {"after_payment", "unpaid"}:
        yield rule.unpaid_says
    if "too_old" in states:
        yield rule.too_old_says
    for one in looked:
        if one.replaces is not None:
            yield _change_says(company, one.replaces)
            break
    if ticket is not None and promise is not None:
        yield from _how(kind, wanted)
        yield f"申请编号{ticket.number}，{told(promise)}"


def _told(one: OneBill) -> str:
    month = spoken(one.period)
    said: dict[State, str] = {
        "requested": f"{_amount(one)}元，已申请",
        "after_payment": f"{_amount(one)}元，还没交清，先记下",
        "already": "已经开好" if one.request is not None and one.request.status == "issued" else "已经申请过，正在开",
        "title_change": f"{_amount(one)}元，换抬头重开",
        "unpaid": "还没交清，现在不能开",
        "nothing_due": "没有要付的钱，不用开",
        "too_old": "时间太久，这里开不了",
        "no_bill": "没有账单",
    }
    return f"{month}：{said[one.state]}"


def _known(session: Session, looked: Sequence[OneBill]) -> Iterator[str]:
    """Under which number it was asked for already."""
    waiting = [one.request for one in looked if one.state == "already" and one.request is not None]
    ids = dict.fromkeys(request.ticket_id for request in waiting if request.status == "requested")
    if ids:
        numbers = numbers_of(session, list(ids))
        yield f"之前的申请编号{'、'.join(numbers[one] for one in ids)}"


def _how(kind: InvoiceType, wanted: Wanted) -> Iterator[str]:
    sent_by = kind.sent_by if wanted.email else kind.without_email or kind.sent_by
    yield f"{kind.name}{kind.ready}，{sent_by}（{kind.source}）"
    if kind.first_time:
        yield kind.first_time


def _change_says(company: CompanyData, old: InvoiceRequest) -> str:
    rule = company.invoices.title_change
    issued: date = local(old.decided_at or old.created_at).date()
    today = local(clock.now()).date()
    same = (issued.year, issued.month) == (today.year, today.month)
    return f"{rule.same_month if same else rule.later}；需要：{'、'.join(rule.needs)}（{rule.source}）"
