"""What an account has used, period by period, as its bills stand. Quantities in the bill's own unit, exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.models import Bill, BillLine, Reading
from kefu.billing.service import standing_bills

METERED = ("kWh", "m³")


@dataclass(frozen=True)
class MonthUsage:
    """One period, "2026-10". `amount`: yuan. `peak`, `valley`: None where they were not measured apart."""

    period: str
    start: date
    end: date
    usage: Decimal
    unit: str
    estimated: bool
    amount: Decimal
    peak: Decimal | None = None
    valley: Decimal | None = None

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def usage_by_period(session: Session, account_number: str, since: str = "") -> list[MonthUsage]:
    """Metered periods from `since` ("2025-11") on, the oldest first; entries of one period are added up."""
    bills = [b for b in reversed(standing_bills(session, account_number)) if b.unit in METERED and b.period >= since]
    parts = _parts(session, bills)
    read = {row.read_on: row for row in standing_readings(session, account_number)}
    groups = groupby(sorted(bills, key=lambda bill: (bill.period, bill.sequence)), key=lambda bill: bill.period)
    return [_month(period, list(entries), parts, read) for period, entries in groups]


def _month(
    period: str, bills: list[Bill], parts: dict[tuple[int, str], Decimal], read: dict[date, Reading]
) -> MonthUsage:
    start, end = min(bill.period_start for bill in bills), max(bill.period_end for bill in bills)
    billed = [[parts[bill.id, kind] for bill in bills if (bill.id, kind) in parts] for kind in ("peak", "valley")]
    peak, valley = (
        sum(found, Decimal(0)) if found else _between(read, kind, start, end)
        for kind, found in zip(("peak", "valley"), billed, strict=True)
    )
    usage, amount = (sum((getattr(bill, name) for bill in bills), Decimal(0)) for name in ("usage", "amount"))
    estimated = any(bill.estimated for bill in bills)
    return MonthUsage(period, start, end, usage, bills[0].unit, estimated, amount, peak, valley)


def _parts(session: Session, bills: Sequence[Bill]) -> dict[tuple[int, str], Decimal]:
    """Peak and valley quantities by bill; a part with several lines (tiers) is added up."""
    lines = select(BillLine).where(
        BillLine.bill_id.in_([bill.id for bill in bills]), BillLine.kind.in_(("peak", "valley"))
    )
    found: dict[tuple[int, str], Decimal] = {}
    for line in session.scalars(lines):
        key = line.bill_id, line.kind
        found[key] = found.get(key, Decimal(0)) + (line.quantity or 0)
    return found


def _between(read: dict[date, Reading], kind: str, start: date, end: date) -> Decimal | None:
    """The difference of two readings that carry the part; None unless both do and it is not negative."""
    before, after = (getattr(read.get(day), kind, None) for day in (start - timedelta(days=1), end))
    known = isinstance(before, Decimal) and isinstance(after, Decimal) and after >= before
    return after - before if known else None  # type: ignore[operator]


def standing_readings(session: Session, account_number: str, meter_number: str | None = None) -> list[Reading]:
    """Accepted readings that no later row supersedes, the oldest first; of several on one day the last written."""
    replaced = select(Reading.supersedes_id).where(
        Reading.account_number == account_number, Reading.supersedes_id.is_not(None)
    )
    query = select(Reading).where(
        Reading.account_number == account_number, Reading.status == "accepted", Reading.id.not_in(replaced)
    )
    if meter_number is not None:
        query = query.where(Reading.meter_number == meter_number)
    by_day = {(row.meter_number, row.read_on): row for row in session.scalars(query.order_by(Reading.id))}
    return sorted(by_day.values(), key=lambda row: (row.read_on, row.id))


@dataclass(frozen=True)
class Habit:
    """Usage a day: in the same days a year before, and over the last three periods; None where nothing is known."""

    last_year: Decimal | None
    recent: Decimal | None

    @property
    def rates(self) -> list[Decimal]:
        return [rate for rate in (self.last_year, self.recent) if rate is not None]


def habit(session: Session, account_number: str, first: date, last: date) -> Habit:
    """What is usual in the days `first` to `last`, from bills that end before the end of them."""
    months = [month for month in usage_by_period(session, account_number) if month.usage >= 0 and month.days > 0]
    known = [month for month in months if month.end <= last][-3:]
    year = timedelta(days=365)
    then = [(month, _overlap(month, first - year, last - year)) for month in months]
    covered = sum(days for _, days in then)
    enough = 2 * covered >= (last - first).days + 1
    same_season = sum((m.usage * days / m.days for m, days in then), Decimal(0)) / covered if covered else None
    days = sum(month.days for month in known)
    recent = sum((month.usage for month in known), Decimal(0)) / days if days else None
    return Habit(same_season if enough else None, recent)


def _overlap(month: MonthUsage, first: date, last: date) -> int:
    return max(0, (min(month.end, last) - max(month.start, first)).days + 1)


def tariff_since(session: Session, account: Account) -> date | None:
    """The first day the account's present tariff has held without a break, as its bills show; None without bills."""
    bills = standing_bills(session, account.number)
    if not bills:
        return None
    run = list(takewhile(lambda bill: bill.tariff == account.tariff, bills))
    return min(bill.period_start for bill in run) if run else bills[0].period_end + timedelta(days=1)
