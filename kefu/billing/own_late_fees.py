"""The late fees an account has, for its own customer to check: charged on a bill, running now, or stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing import ledger
from kefu.billing.disputes import Disputed, disputed_bills, rule_of
from kefu.billing.explain import line_text, month_name
from kefu.billing.late_fees import day_by_day, fee_until, fees_by
from kefu.billing.models import Bill, BillLine, Payment
from kefu.billing.pricing.lines import money
from kefu.billing.relief_rules import COUNTED, late_bill
from kefu.billing.service import Owing, Statement, owing, standing_bills, statement
from kefu.clock import clock, local
from kefu.company.data import CompanyData

LOOKED_AT = 3  # so many of the latest bills may carry a fee somebody asks about


def own_fees(session: Session, company: CompanyData, account: Account) -> list[str]:
    """Sentences with days, rate and arithmetic; empty for an account without any late fee.

    A fee does not run on what is in a plan that stops it, or is disputed in full where the rule says so.
    """
    charged = [
        text
        for bill in standing_bills(session, account.number)[:LOOKED_AT]
        for text in _charged(session, company, statement(session, bill))
    ]
    return [*charged, *_running(session, company, account)]


def running(session: Session, company: CompanyData, account: Account) -> bool:
    """A late fee grows every day now, which no bill holds yet."""
    return bool(_running_on(session, company, account)[0])


def _charged(session: Session, company: CompanyData, on: Statement) -> Iterator[str]:
    waived = {line.label for line in on.waived}
    for line in on.lines:
        if line.kind != "late_fee" or line.amount <= 0:
            continue
        yield f"{month_name(on.bill)}账单上收了违约金{money(line.amount)}元{_what_for(session, on.bill, line)}。"
        if ledger.waiver_label(line) in waived:
            yield "这笔违约金已经给您减免了。"
        yield from _reckoned(session, company, on.bill, line)


def _what_for(session: Session, bill: Bill, line: BillLine) -> str:
    late = late_bill(session, bill, line)
    return f"，是{month_name(late)}账单晚缴的" if late is not None else ""


def _reckoned(session: Session, company: CompanyData, bill: Bill, line: BillLine) -> list[str]:
    """Day by day where that comes to what was charged, by the day the payment is booked; else the line as it stands."""
    late = late_bill(session, bill, line)
    paid_on = _paid_on(session, late) if late is not None else None
    if late is None or paid_on is None:
        return [f"账单上是这样算的：{line_text(line)}。"]
    if fee_until(company.tariffs, late, paid_on) != line.amount:
        by_books = money(fee_until(company.tariffs, late, paid_on))
        day = f"{paid_on.month}月{paid_on.day}日"
        return [
            f"账单上是这样算的：{line_text(line)}。",
            f"按账上的缴费日（{day}）算应是{by_books}元，和收的对不上：说“要核查”，我马上登记。",
        ]
    return day_by_day(company.tariffs, late, paid_on, paid=True)


def _paid_on(session: Session, bill: Bill) -> date | None:
    """The day of the payment that settled a bill, as booked."""
    query = select(Payment.paid_at).where(Payment.bill_id == bill.id, Payment.status.in_(COUNTED))
    last = session.scalar(query.order_by(Payment.paid_at.desc()).limit(1))
    return local(last).date() if last is not None else None


def _running(session: Session, company: CompanyData, account: Account) -> Iterator[str]:
    today = local(clock.now()).date()
    runs, stopped = _running_on(session, company, account)
    if len(runs) > 1:
        yield _all_together(company, runs, today)
    for bill in runs:
        yield from day_by_day(company.tariffs, bill, today, paid=False)
    yield from stopped


def _running_on(session: Session, company: CompanyData, account: Account) -> tuple[list[Bill], list[str]]:
    """The overdue bills a fee runs on, and of the others why none does."""
    today = local(clock.now()).date()
    late = [one for one in owing(session, account.number) if one.bill.due_on < today]
    disputed = disputed_bills(session, account.number) if rule_of(company, account).no_late_fee else {}
    runs = [one.bill for one in late if _stopped(one, disputed) is None]
    return runs, [why for one in late if (why := _stopped(one, disputed)) is not None]


def _all_together(company: CompanyData, bills: Sequence[Bill], today: date) -> str:
    fees = money(fees_by(company.tariffs, bills, today))
    return f"到今天，没缴的{len(bills)}期一共产生违约金{fees}元，一期一期算给您看："


def _stopped(one: Owing, disputed: dict[str, Disputed]) -> str | None:
    """Why no late fee runs on a bill that is overdue."""
    if one.fee_stopped:
        return f"{month_name(one.bill)}账单办了缓交或分期，按时缴着就不计违约金。"
    known = disputed.get(one.bill.number)
    if known is not None and known.amount >= one.bill.amount:
        return f"{month_name(one.bill)}账单正在核查（{known.ticket_number}），核查期间不计违约金。"
    return None
