"""Readings, bills and payments of one account, from its usage and its plan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from demo import heat, tariffs
from demo.books import Books, Charge
from demo.people import Customer
from demo.periods import Period, periods
from demo.usage import first_reading, monthly_usage, peak_usage
from kefu.billing.pricing.lines import Line

UNIT = {"electricity": "kWh", "water": "m³", "gas": "m³"}
CORRECTED_AFTER = 4  # days from a wrong bill to its reversal


def write_account(books: Books, customer: Customer) -> None:
    """Adds the whole history of one account to the books."""
    history = periods(customer.service, customer.plan.get("schedule", ""), books.now.date())
    if customer.service == "heat":
        heat.write_account(books, customer, history)
    else:
        _write_metered(books, customer, history)


def _write_metered(books: Books, customer: Customer, history: list[Period]) -> None:
    usage = monthly_usage(customer, history)
    peaks = peak_usage(customer, usage)
    estimated = customer.plan.get("estimated", ())
    draw = Random(customer.seed + 3)
    value = first_reading(customer)
    peak = round(value * 0.6) if peaks else None
    books.read(customer, history[0].start - timedelta(days=1), value, peak)
    year, used = history[0].year, 0
    for period in history:
        if period.year != year:
            year, used = period.year, 0
        amount = usage[period.back]
        lines = tariffs.metered(customer.tariff, amount, used, peaks.get(period.back))
        lines += _late_fees(books, customer, period)
        before, value = value, value + amount
        peak = None if peak is None else peak + peaks[period.back]
        is_estimate = period.back in estimated
        charge = Charge(Decimal(amount), UNIT[customer.service], lines, Decimal(before), Decimal(value), is_estimate)
        if period.back == 1 and "misread_by" in customer.plan:
            _write_reversal(books, customer, period, charge, draw)
        else:
            books.read(customer, period.end, value, peak, is_estimate)
            books.settle(customer, books.bill(customer, period, charge, "unpaid"), period.back, draw)
        used += amount


def _late_fees(books: Books, customer: Customer, period: Period) -> tuple[Line, ...]:
    """A bill that was paid late costs a fee on the next one."""
    days = customer.plan.get("paid_late", {}).get(period.back + 1)
    if not days:
        return ()
    late = books.bills[-1]
    return (tariffs.overdue(customer.tariff, late["amount"], late["due_on"], days, late["period"]),)


def _write_reversal(books: Books, customer: Customer, period: Period, right: Charge, draw: Random) -> None:
    """A bill on a misread meter, its negative, and the right one: three entries of one period."""
    too_much = customer.plan["misread_by"]
    read = right.after or Decimal(0)
    misread = read + too_much
    usage = int(right.usage) + too_much
    wrong = Charge(Decimal(usage), right.unit, tariffs.metered(customer.tariff, usage), right.before, misread)
    negative = Charge(-wrong.usage, wrong.unit, tuple(one.negated() for one in wrong.lines), misread, right.before)
    corrected: date = period.issued + timedelta(days=CORRECTED_AFTER)
    books.read(customer, period.end, int(misread), None)
    books.read(customer, period.end, int(read), None)
    books.bill(customer, period, wrong, "reversed")
    books.bill(customer, period, negative, "reversed", 1, "reversal", corrected)
    books.settle(customer, books.bill(customer, period, right, "unpaid", 2, "correction", corrected), 1, draw)
