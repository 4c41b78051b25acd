"""What a unit costs before any higher tier: from the tariff where it is known, else from the bill's own lines.

The yardstick by which a difference between two bills is taken apart: usage is valued at it, what is charged beyond it
is the tiers' doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kefu.billing.lines import BY_USE, hours_of, tier_of
from kefu.billing.models import Bill, BillLine
from kefu.billing.pricing.lines import NOTHING
from kefu.billing.pricing.plan import plan_for
from kefu.billing.pricing.stretches import Stretch, stretches
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff, TariffBook
from kefu.company.tariffs.parts import HOURS


@dataclass(frozen=True)
class UnitPrice:
    """Yuan a unit in the first tier, `extras` in; by hours where the bill has them (else under "")."""

    prices: dict[str, Decimal]

    def of(self, shares: dict[str, Decimal]) -> Decimal:
        """At these shares of the hours (they sum to 1)."""
        if "" in self.prices:
            return self.prices[""]
        return sum((self.prices.get(kind, NOTHING) * share for kind, share in shares.items()), NOTHING)


def unit_price(book: TariffBook, bill: Bill, lines: Sequence[BillLine], customer: Customer) -> UnitPrice | None:
    """None when neither tariff nor lines say it."""
    if bill.tariff in book:
        try:
            return _from_tariff(book.versions(bill.tariff), bill, lines, customer)
        except CannotPrice:  # the tariff does not cover this bill (too old, other hours): its lines must do
            pass
    return _from_lines(bill, lines)


def _from_tariff(
    versions: Sequence[Tariff], bill: Bill, lines: Sequence[BillLine], customer: Customer
) -> UnitPrice | None:
    """A bill over which the price changed has the mean of both, by the days."""
    use = Use(quantity=max(bill.usage, NOTHING), start=bill.period_start, end=bill.period_end)
    prices: dict[str, Decimal] = {}
    for part in stretches(versions, use):
        for kind, each in _first_tier(part, use, customer, hours_of(lines)).items():
            prices[kind] = prices.get(kind, NOTHING) + each * part.share
    return UnitPrice(prices) if prices else None


def _first_tier(part: Stretch, use: Use, customer: Customer, hours: dict[str, Decimal]) -> dict[str, Decimal]:
    if not part.tariff.tiers:
        return {}
    plan = plan_for(part, use, customer)
    extra = sum((one.price * one.share for one in part.tariff.surcharges), NOTHING)
    first = plan.tiers[0]
    if first.prices:
        return {kind: first.prices[kind] + extra for kind in first.prices}
    assert first.price is not None  # a tier has a price or prices by hours (checked at load)
    if plan.periods:
        return {one.kind: first.price + (one.difference or NOTHING) + extra for one in plan.periods}
    return {"": first.price + extra}


def _from_lines(bill: Bill, lines: Sequence[BillLine]) -> UnitPrice | None:
    """The prices printed on the lines of the first tier (or of none); without any the mean of all."""
    first = [line for line in lines if line.kind in BY_USE and line.price is not None and tier_of(line) in (None, 1)]
    by_hours: dict[str, Decimal] = {
        line.kind: line.price for line in first if line.kind in HOURS and line.price is not None
    }
    if by_hours:
        return UnitPrice(by_hours)
    plain = {line.label: line.price for line in first if line.price is not None}
    if plain:
        return UnitPrice({"": sum(plain.values(), NOTHING)})
    charged = sum((line.amount for line in lines if line.kind in BY_USE), NOTHING)
    return UnitPrice({"": charged / bill.usage}) if bill.usage > 0 and charged else None
