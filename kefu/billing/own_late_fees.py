"""The late fees an account has, for its own customer to check: charged on a bill, running now, or stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing.disputes import Disputed, disputed_bills, rule_of
from kefu.billing.explain import line_text, month_name
from kefu.billing.late_fees import day_by_day, fee_until
from kefu.billing.models import Bill, BillLine, Payment
from kefu.billing.pricing.lines import NOTHING, money
from kefu.billing.relief_rules import COUNTED, late_bill
from kefu.billing.service import Owing, Statement, owing, standing_bills, statement
from kefu.billing.tariff_book import tariff_book
from kefu.clock import clock, day_name, local
from kefu.company.data import CompanyData
from kefu.company.tariffs import TariffBook

LOOKED_AT = 3  # so many of the latest bills may carry a fee somebody asks about


def own_fees(session: Session, company: CompanyData, account: Account) -> list[str]:
    """Sentences with days, rate and arithmetic; empty for an account without any late fee.

    A fee does not run on what is in a plan that stops it, or is disputed in full where the rule says so.
    """
    book = tariff_book(session, company)
    charged = [
        text
        for bill in standing_bills(session, account.number)[:LOOKED_AT]
        for text in _charged(session, book, statement(session, bill))
    ]
    return [*charged, *_running(session, company, account, book)]


def fee_by_today(session: Session, company: CompanyData, account: Account) -> Decimal:
    """Yuan that run up to today on what is overdue, as `own_fees` tells them."""
    late = _late(session, company, account)
    return _fees(tariff_book(session, company), [one for one, stopped in late if stopped is None])


def running(session: Session, company: CompanyData, account: Account) -> bool:
    """A late fee grows every day now, which no bill holds yet."""
    return any(stopped is None for _, stopped in _late(session, company, account))


def _charged(session: Session, book: TariffBook, on: Statement) -> Iterator[str]:
    waived = {line.label for line in on.waived}
    for line in on.lines:
        if line.kind != "late_fee" or line.amount <= 0:
            continue
        yield f"{month_name(on.bill)}账单上收了违约金{money(line.amount)}元{_what_for(session, on.bill, line)}。"
        if ledger.waiver_label(line) in waived:
            yield "这笔违约金已经给您减免了。"
        yield from _reckoned(session, book, on.bill, line)


def _what_for(session: Session, bill: Bill, line: BillLine) -> str:
    late = late_bill(session, bill, line)
    return f"，是{month_name(late)}账单晚缴的" if late is not None else ""


def _reckoned(session: Session, book: TariffBook, bill: Bill, line: BillLine) -> list[str]:
    """Day by day where that comes to what was charged, by the day the payment is booked; else the line as it stands."""
    late = late_bill(session, bill, line)
    paid_on = _paid_on(session, late) if late is not None else None
    if late is None or paid_on is None:
        return [f"账单上是这样算的：{line_text(line)}。"]
    by_books = fee_until(book, late, paid_on)
    if by_books != line.amount:
        return [
            f"账单上是这样算的：{line_text(line)}。",
            f"按账上的缴费日（{day_name(paid_on)}）算应是{money(by_books)}元，和收的对不上：说“要核查”，我马上登记。",
        ]
    return day_by_day(book, late, paid_on, paid=True)


def _paid_on(session: Session, bill: Bill) -> date | None:
    """The day of the payment that settled a bill, as booked."""
    query = select(Payment.paid_at).where(Payment.bill_id == bill.id, Payment.status.in_(COUNTED))
    last = session.scalar(query.order_by(Payment.paid_at.desc()).limit(1))
    return local(last).date() if last is not None else None


def _running(session: Session, company: CompanyData, account: Account, book: TariffBook) -> Iterator[str]:
    late = _late(session, company, account)
    runs = [one for one, stopped in late if stopped is None]
    if len(runs) > 1:
        yield f"到今天，没缴的{len(runs)}期一共产生违约金{money(_fees(book, runs))}元，一期一期算给您看："
    for one in runs:
        yield from day_by_day(book, one.bill, local(clock.now()).date(), paid=False, owed=one.amount)
    yield from (stopped for _, stopped in late if stopped is not None)


def _late(session: Session, company: CompanyData, account: Account) -> list[tuple[Owing, str | None]]:
    """What is overdue, the oldest first, and why no late fee runs on it (None: it does)."""
    today = local(clock.now()).date()
    disputed = disputed_bills(session, account.number) if rule_of(company, account).no_late_fee else {}
    owed = owing(session, account.number)
    return [(one, _stopped(one, disputed)) for one in owed if one.bill.due_on < today]


def _fees(book: TariffBook, late: Sequence[Owing]) -> Decimal:
    today = local(clock.now()).date()
    return sum((fee_until(book, one.bill, today, one.amount) for one in late), NOTHING)


def _stopped(one: Owing, disputed: dict[str, Disputed]) -> str | None:
    """Why no late fee runs on a bill that is overdue."""
    if one.fee_stopped:
        return f"{month_name(one.bill)}账单办了缓交或分期，按时缴着就不计违约金。"
    known = disputed.get(one.bill.number)
    if known is not None and known.amount >= one.bill.amount:
        return f"{month_name(one.bill)}账单正在核查（{known.ticket_number}），核查期间不计违约金。"
    return None
