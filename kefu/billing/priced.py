"""What the sender of a bill leaves to us: usage from readings, lines and amount from the tariff, a reversal's from its bill.

Nothing is written here but that the bill a reversal takes back stands no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Meter
from kefu.billing import ledger
from kefu.billing.models import BillLine, Reading
from kefu.billing.pricing.engine import price
from kefu.billing.pricing.lines import NOTHING, Line, Priced
from kefu.billing.pricing.readings import Read, uses_of
from kefu.billing.pricing.use import CannotPrice, Use
from kefu.billing.service import customer_of, standing_bills, used_before
from kefu.company.tariffs import Tariff, TariffBook
from kefu.feeding import FeedProblem

Values = dict[str, Any]
BOOKED = Decimal("0.000001")  # as exact as the books are
LINE = ("kind", "label", "quantity", "unit", "price", "amount", "tier", "formula")
MOST = Decimal(10**12)


def completed(
    session: Session, account: Account, given: Mapping[str, Any], lines: list[Values] | None, book: TariffBook | None
) -> tuple[Values, list[Values]]:
    """The bill and its lines with everything that was left out. Raises FeedProblem with the reason where it cannot be."""
    hours = given.get("hours")
    given = {name: value for name, value in given.items() if name != "hours"}
    given["tariff"] = given["tariff"] or account.tariff
    if lines is not None:
        return _with_usage(session, account, given), lines
    if given["kind"] == "reversal":
        return _reversal(session, given)
    if given["kind"] == "adjustment":
        raise FeedProblem("adjustment 没有可以照算的价目：lines 和 amount 要写明")
    return _priced(session, account, given, hours, book)


# --- usage and lines -----------------------------------------------------------------------------------------------------
def _priced(
    session: Session, account: Account, given: Values, hours: dict[str, Decimal] | None, book: TariffBook | None
) -> tuple[Values, list[Values]]:
    tariff = given["tariff"]
    if book is None or not tariff or tariff not in book:
        raise FeedProblem(
            f"没有价目 {tariff or ''}：先用 PUT /api/tariffs/… 写入，或写明 lines 和 amount".replace("  ", " ")
        )
    row = book.on(tariff, given["period_end"]) or book.versions(tariff)[-1]
    values = _with_usage(session, account, {**given, "unit": given["unit"] or row.unit})
    if values["unit"] != row.unit:
        raise FeedProblem(f"unit 与价目 {tariff} 的单位 {row.unit} 不一致")
    try:
        use = Use(
            quantity=values["usage"],
            start=values["period_start"],
            end=values["period_end"],
            hours=hours if hours is not None else _hours(session, row, values),
            used_before=used_before(session, account.number, row, _year_of(row, values)),
        )
        made = booked_lines(price(book.versions(tariff), use, customer_of(account)))
    except CannotPrice as problem:
        raise FeedProblem(f"算不出这张账单：{problem}") from problem
    except InvalidOperation as problem:
        raise FeedProblem("算不出这张账单：数字太大") from problem
    amount = sum((line["amount"] for line in made), Decimal("0.00"))
    if amount >= MOST:
        raise FeedProblem("算不出这张账单：数字太大")
    return {**values, "amount": amount}, made


def _year_of(row: Tariff, values: Values) -> date:
    """The day whose year the bill's first usage counts in: its last day, unless bills are cut at the year's turn."""
    day: date = values["period_start" if row.at_year_turn == "days" else "period_end"]
    return day


def booked_lines(priced: Priced) -> list[Values]:
    """Rows for the books: as exact as they are, still with the same sum; no text longer than they hold."""
    rows = [_row(line) for line in priced.lines]
    left = priced.total.quantize(BOOKED) - sum((row["amount"] for row in rows), NOTHING)
    if left:
        rows[-1]["amount"] += left
    return rows


def _row(line: Line) -> Values:
    amount = line.amount if line.amount == line.amount.quantize(BOOKED) else line.amount.quantize(BOOKED)
    formula = line.formula if len(line.formula) <= 200 else None
    return {**asdict(line), "amount": amount, "label": line.label[:80], "formula": formula}


def _with_usage(session: Session, account: Account, given: Values) -> Values:
    """Usage as given, else between the readings, else (heat by area) the heated area. Raises FeedProblem."""
    if not given["unit"]:
        raise FeedProblem("unit 要写明")
    if given["usage"] is not None:
        return given
    before, after = given["previous_reading"], given["current_reading"]
    if before is not None and after is not None:
        reads = [Read(given["period_start"] - timedelta(days=1), before), Read(given["period_end"], after)]
        try:
            return {**given, "usage": uses_of(reads, _digits(session, account))[0].quantity}
        except CannotPrice as problem:
            raise FeedProblem(f"算不出用量：{problem}") from problem
    if given["unit"] == "m²" and account.heated_area_m2 is not None:
        return {**given, "usage": account.heated_area_m2}
    raise FeedProblem("usage 要写明，或写明 previous_reading 和 current_reading")


def _digits(session: Session, account: Account) -> int | None:
    """Places of the account's meter before it rolls over; None where its meters differ."""
    query = select(Meter.digits).where(Meter.account_number == account.number, Meter.removed_on.is_(None))
    digits = set(session.scalars(query))
    return digits.pop() if len(digits) == 1 else None


def _hours(session: Session, row: Tariff, values: Values) -> dict[str, Decimal]:
    """Usage by hours from readings at both ends of the period; what neither peak nor valley counted is flat. Empty
    where the tariff has no hours or the readings are not there. Raises CannotPrice when a reading falls."""
    ends = [_reading(session, values, days) for days in _ends(values)]
    if not row.periods or ends[0] is None or ends[1] is None or ends[0].meter_number != ends[1].meter_number:
        return {}
    account = session.get_one(Account, values["account_number"])
    reads = [Read(end.read_on, end.value, hours={"peak": end.peak, "valley": end.valley}) for end in ends if end]  # type: ignore[dict-item]
    hours = dict(uses_of(reads, _digits(session, account))[0].hours)
    rest = values["usage"] - sum(hours.values(), NOTHING)
    return {**hours, "flat": rest} if rest > 0 else hours


def _ends(values: Values) -> Sequence[tuple[date, ...]]:
    start: date = values["period_start"]
    return (start - timedelta(days=1), start), (values["period_end"],)


def _reading(session: Session, values: Values, days: tuple[date, ...]) -> Reading | None:
    """The last reading with peak and valley on the first of these days that has one."""
    query = select(Reading).where(
        Reading.account_number == values["account_number"], Reading.read_on.in_(days),
        Reading.peak.is_not(None), Reading.valley.is_not(None),
    )  # fmt: skip
    return session.scalar(query.order_by(Reading.read_on, Reading.id.desc()).limit(1))


# --- reversals -----------------------------------------------------------------------------------------------------------
def _reversal(session: Session, given: Values) -> tuple[Values, list[Values]]:
    """The negative of the bill that stands in the period; both are `reversed` from then on. Raises FeedProblem."""
    if given["usage"] is not None:
        raise FeedProblem("不写 lines 的冲正，usage 也不写：都取自被冲正的账单")
    bills = [bill for bill in standing_bills(session, given["account_number"]) if bill.period == given["period"]]
    named = given.get("corrects")
    wrong = next((bill for bill in bills if bill.kind != "adjustment" and named in (None, bill.number)), None)
    if wrong is None:
        raise FeedProblem(f"{given['period']} 没有可以冲正的账单")
    if given["unit"] not in (None, wrong.unit):
        raise FeedProblem(f"unit 与被冲正账单的单位 {wrong.unit} 不一致")
    wrong.status = "reversed"
    query = select(BillLine).where(BillLine.bill_id == wrong.id).order_by(BillLine.position, BillLine.id)
    lines = [ledger.negated(row) for row in session.scalars(query)]
    readings = {"previous_reading": wrong.current_reading, "current_reading": wrong.previous_reading}
    values = {
        **given,
        **{name: value for name, value in readings.items() if given[name] is None},
        **{"usage": -wrong.usage, "unit": wrong.unit, "amount": -wrong.amount, "tariff": wrong.tariff},
        **{"status": "reversed", "corrects": wrong.number},
    }
    return values, [{name: getattr(line, name) for name in LINE} for line in lines]
