"""What a reading will cost: the usage since the last bill, priced like a bill. Quantities in the tariff's unit, yuan exact."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.billing.lines import hours_of
from kefu.billing.models import Bill, Reading
from kefu.billing.pricing.engine import price
from kefu.billing.pricing.lines import NOTHING, Priced
from kefu.billing.pricing.use import CannotPrice, Use
from kefu.billing.service import customer_of, standing_bills, statement, used_before
from kefu.billing.usage_history import standing_readings
from kefu.billing.worked import at_shares
from kefu.company.tariffs import Tariff, TariffBook


def estimate_bill(book: TariffBook, account: Account, use: Use) -> Priced:
    """What this usage costs under the account's tariff, line by line. Raises CannotPrice, as the engine does."""
    if account.tariff is None or account.tariff not in book:
        raise CannotPrice(f"no tariff {account.tariff}")
    return price(book.versions(account.tariff), use, customer_of(account))


def unbilled_use(session: Session, book: TariffBook, account: Account, reading: Reading) -> Use | None:
    """What was used since the last bill, by this reading; None where that cannot be said.

    It cannot without a bill that ends on a reading, on its own last day, below what was billed (an estimate was too
    high), or for a price by hours nothing is known of.
    """
    bills, tariff = standing_bills(session, account.number), book.on(account.tariff, reading.read_on)
    last = bills[0] if bills else None
    if tariff is None or last is None or last.current_reading is None:
        return None
    quantity = reading.value - last.current_reading
    if quantity < 0 or reading.read_on <= last.period_end:
        return None
    hours = _hours(session, tariff, last, reading, quantity)
    if tariff.hours and quantity and not hours:
        return None
    start = last.period_end + timedelta(days=1)
    before = used_before(session, account.number, tariff, reading.read_on)
    return Use(quantity, start, reading.read_on, hours, before)


def _hours(session: Session, tariff: Tariff, last: Bill, reading: Reading, quantity: Decimal) -> dict[str, Decimal]:
    """By the meter's own registers where they were read; else at the shares of the last bill."""
    if not tariff.hours:
        return {}
    rows = standing_readings(session, last.account_number, reading.meter_number)
    before = next((row for row in rows if row.read_on == last.period_end), None)
    parts = {kind: _risen(before, reading, kind) for kind in ("peak", "valley")}
    known = {kind: part for kind, part in parts.items() if part is not None}
    if set(known) == set(tariff.hours) and sum(known.values(), NOTHING) == quantity:
        return known
    return at_shares(quantity, hours_of(statement(session, last).lines))


def _risen(before: Reading | None, reading: Reading, kind: str) -> Decimal | None:
    was, now = getattr(before, kind, None), getattr(reading, kind)
    return now - was if was is not None and now is not None and now >= was else None
