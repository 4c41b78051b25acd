"""Readings, bills and payments as the utility's own systems feed them.

What is booked stays: a bill is never edited but for its status, a correction is a new entry. Money is yuan, exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kefu.accounts.feed import fed_account
from kefu.accounts.models import Account, Meter
from kefu.billing import ledger
from kefu.billing.lines import hours_of
from kefu.billing.models import Bill, BillLine, Payment, Reading
from kefu.billing.priced import completed
from kefu.billing.service import plan_of
from kefu.clock import clock, local
from kefu.company.tariffs import TariffBook
from kefu.feeding import Conflict, FeedProblem, Unknown, check_past

LEFT_TO_US = (
    "status", "sequence", "tariff", "usage", "unit", "amount", "previous_reading", "current_reading", "corrects", "reason",
)  # fmt: skip


# --- readings ------------------------------------------------------------------------------------------------------------
def add_reading(session: Session, given: Mapping[str, Any]) -> tuple[Reading, bool]:
    """Write a reading; the very same again changes nothing (False). Raises FeedProblem."""
    account = fed_account(session, given["account_number"])
    source = given["source"] or ("estimate" if given["estimated"] else "reader")
    values = {**given, "meter_number": _meter(session, account, given["meter_number"]), "source": source}
    if values["read_on"] > local(clock.now()).date():
        raise FeedProblem("read_on 不能在将来")
    if (values["peak"] or 0) + (values["valley"] or 0) > values["value"]:
        raise FeedProblem("peak 与 valley 之和大于 value")
    query = select(Reading).where(*(getattr(Reading, name) == value for name, value in _identity(values).items()))
    for known in session.scalars(query):
        if all(getattr(known, name) == value for name, value in values.items()):
            return known, False
    reading = Reading(**values)
    session.add(reading)
    session.flush()
    return reading, True


def _identity(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("account_number", "meter_number", "read_on")}


def _meter(session: Session, account: Account, number: str | None) -> str:
    """The meter that was read: the one named, or the only one there is. Raises FeedProblem."""
    query = select(Meter).where(Meter.account_number == account.number)
    meters = [meter for meter in session.scalars(query) if number in (None, meter.number)]
    if number is None:
        meters = [meter for meter in meters if meter.removed_on is None]
    if not meters:
        raise FeedProblem(f"该户没有表 {number or ''}：先用 PUT /api/meters/… 写入".replace("  ", " "))
    if len({meter.number for meter in meters}) > 1:
        raise FeedProblem("该户有几块表：meter_number 要写明")
    return meters[0].number


# --- bills ---------------------------------------------------------------------------------------------------------------
def add_bill(
    session: Session, given: Mapping[str, Any], lines: list[dict[str, Any]] | None, book: TariffBook | None = None
) -> tuple[Bill, bool]:
    """Write a bill with its lines; the same number with the same content changes nothing (False).

    Without `lines` they are made from the tariff in `book` (`priced.py`). Raises Conflict (same number, other content; sequence
    taken) and FeedProblem (sums that differ, nothing to reverse, no price).
    """
    account = fed_account(session, given["account_number"])
    _check_dates(given)
    _check_sum(given, lines)
    known = session.scalar(select(Bill).where(Bill.number == given["number"]))
    if known is not None:
        if _says_the_same(session, known, given, lines):
            return known, False
        raise Conflict(f"账单 {known.number} 已有，内容不同：更正要用新的编号（kind correction）")
    sequence = _sequence(session, given)
    given, lines = completed(session, account, given, lines, book)
    values = {**given, "days": (given["period_end"] - given["period_start"]).days + 1, "sequence": sequence}
    if not values["tariff"]:
        raise FeedProblem("tariff 要写明：该户没有登记电价或气价等价目")
    _check_corrects(session, values)
    bill = Bill(**values)
    session.add(bill)
    session.flush()
    session.add_all(BillLine(bill_id=bill.id, position=place, **line) for place, line in enumerate(lines, 1))
    session.flush()
    return bill, True


def _check_sum(given: Mapping[str, Any], lines: list[dict[str, Any]] | None) -> None:
    if (lines is None) != (given["amount"] is None):
        raise FeedProblem("lines 和 amount 要么都写，要么都不写")
    if lines is None:
        return
    total = sum((line["amount"] for line in lines), Decimal(0))
    if total != given["amount"]:
        raise FeedProblem(f"各行金额之和 {total:f} 与 amount {given['amount']:f} 不一致")


def _check_dates(given: Mapping[str, Any]) -> None:
    if given["period_end"] < given["period_start"]:
        raise FeedProblem("period_end 不能早于 period_start")
    if given["period_end"] - given["period_start"] > timedelta(days=800):
        raise FeedProblem("一个计费周期不能超过800天")
    if given["due_on"] < given["issued_on"]:
        raise FeedProblem("due_on 不能早于 issued_on")


def _check_corrects(session: Session, values: Mapping[str, Any]) -> None:
    """An entry is about a bill of its own period, and a bill is replaced once. Raises FeedProblem, Conflict."""
    if values.get("corrects") is None:
        return
    query = select(Bill).where(
        Bill.number == values["corrects"],
        Bill.account_number == values["account_number"],
        Bill.period == values["period"],
    )
    if values["kind"] == "normal" or session.scalar(query) is None:
        raise FeedProblem(f"corrects：该户 {values['period']} 没有账单 {values['corrects']} 可以更正")
    other = select(Bill.id).where(Bill.corrects == values["corrects"], Bill.kind == values["kind"])
    if values["kind"] != "adjustment" and session.scalar(other.limit(1)) is not None:
        raise Conflict(f"账单 {values['corrects']} 已经有 {values['kind']}")


def _says_the_same(session: Session, known: Bill, given: Mapping[str, Any], lines: list[dict[str, Any]] | None) -> bool:
    """Status aside (it moves on), and what the sender may leave to us counts only if it was given."""
    for name, value in given.items():
        if name in ("status", "hours") or (name in LEFT_TO_US and value is None):
            continue
        if getattr(known, name) != value:
            return False
    own = list(session.scalars(select(BillLine).where(BillLine.bill_id == known.id).order_by(BillLine.position)))
    if lines is None:
        hours, booked = given.get("hours"), hours_of(own)
        return not hours or not booked or booked == {kind: used for kind, used in hours.items() if used}
    return len(own) == len(lines) and all(
        getattr(row, name) == value for row, line in zip(own, lines, strict=True) for name, value in line.items()
    )


def _sequence(session: Session, given: Mapping[str, Any]) -> int:
    """The entry's place in its period: given, else after the last. Raises Conflict, FeedProblem."""
    period = (Bill.account_number == given["account_number"], Bill.period == given["period"])
    last = session.scalar(select(func.max(Bill.sequence)).where(*period))
    if last is None and given["kind"] in ("reversal", "correction"):
        raise FeedProblem(f"{given['period']} 没有可以冲正或更正的账单")
    if last is not None and given["kind"] == "normal" and given["sequence"] is None:
        raise Conflict(f"{given['period']} 已有账单：更正用 kind reversal、correction 或 adjustment")
    if given["sequence"] is None:
        return 0 if last is None else last + 1
    if session.scalar(select(Bill.id).where(*period, Bill.sequence == given["sequence"])) is not None:
        raise Conflict(f"{given['period']} 的第 {given['sequence']} 笔已有")
    return int(given["sequence"])


def set_bill_status(session: Session, number: str, status: str) -> tuple[Bill, bool]:
    """The only edit of a bill; True if it changed. Raises Unknown."""
    bill = session.scalar(select(Bill).where(Bill.number == number).with_for_update())
    if bill is None:
        raise Unknown(f"没有账单 {number}")
    changed, bill.status = bill.status != status, status
    return bill, changed


def lines_of(session: Session, bills: list[int]) -> dict[int, list[BillLine]]:
    """The lines of several bills, by the bill's row id, in their order."""
    found: dict[int, list[BillLine]] = {bill: [] for bill in bills}
    query = select(BillLine).where(BillLine.bill_id.in_(bills)).order_by(BillLine.position, BillLine.id)
    for line in session.scalars(query):
        found[line.bill_id].append(line)
    return found


# --- payments ------------------------------------------------------------------------------------------------------------
def add_payment(session: Session, given: Mapping[str, Any]) -> tuple[Payment, bool]:
    """Write a payment; the same reference again, status aside, changes nothing (False). Raises Conflict, FeedProblem."""
    account = fed_account(session, given["account_number"])
    check_past("paid_at", given["paid_at"])
    values = {name: value for name, value in given.items() if name != "bill"}
    values["bill_id"] = _bill_id(session, account, given["bill"])
    query = select(Payment).where(Payment.account_number == account.number, Payment.reference == given["reference"])
    known = session.scalar(query.order_by(Payment.id).limit(1))
    if known is not None:
        if all(getattr(known, name) == value for name, value in values.items() if name != "status"):
            return known, False
        raise Conflict("该户已有同一流水号 reference 的缴费，内容不同")
    payment = Payment(**values)
    session.add(payment)
    session.flush()
    _count(session, payment)
    return payment, True


def set_payment_status(session: Session, payment_id: int, status: str) -> tuple[Payment, bool]:
    """Credited later, refunded, failed; True if it changed. Raises Unknown."""
    payment = session.get(Payment, payment_id, with_for_update=True)
    if payment is None:
        raise Unknown(f"没有缴费 {payment_id}")
    changed, payment.status = payment.status != status, status
    session.flush()
    if changed:
        _count(session, payment)
    return payment, changed


def _bill_id(session: Session, account: Account, number: str | None) -> int | None:
    if number is None:
        return None
    bill = session.scalar(select(Bill).where(Bill.number == number))
    if bill is None or bill.account_number != account.number:
        raise FeedProblem(f"该户没有账单 {number}")
    return bill.id


def _count(session: Session, payment: Payment) -> None:
    """What a payment changes: its bill may be paid now, a part of a plan kept. Nothing else touches their status."""
    bill = session.get(Bill, payment.bill_id, with_for_update=True) if payment.bill_id else None
    if bill is not None:
        ledger.settle(session, bill)
    plan_of(session, payment.account_number)
