"""Prices one bill: tiers, hours, components, additions, standing charges; and a history of bills within its years.

Rules come from the tariff alone (docs/tariffs.md). Everything is Decimal; rounding is the tariff's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kefu.billing.pricing.lines import NOTHING, Priced, Writer, number, unit_name
from kefu.billing.pricing.plan import Plan, plan_for
from kefu.billing.pricing.standing import write_charges, write_power_factor
from kefu.billing.pricing.stretches import Stretch, stretches
from kefu.billing.pricing.use import CannotPrice, Customer, Use
from kefu.company.tariffs import Tariff
from kefu.company.tariffs.parts import HOURS

NOBODY = Customer()


def price(versions: Sequence[Tariff], use: Use, customer: Customer = NOBODY) -> Priced:
    """What a usage costs under a tariff (all its rows, the oldest first), with its lines.

    Raises CannotPrice when the tariff needs what the usage does not say (dates, hours, heated area …).
    """
    parts = stretches(versions, use)
    last = parts[-1].tariff
    writer = Writer(last.rounding)
    for part in parts:
        _write_usage(writer, part, use, customer)
    write_charges(writer, parts, use, customer)
    write_power_factor(writer, last, use)
    _write_free(writer, parts[-1], use, customer)
    _write_minimum(writer, last)
    return writer.close()


def _write_usage(writer: Writer, part: Stretch, use: Use, customer: Customer) -> None:
    row = part.tariff
    if row.tiers:
        plan = plan_for(part, use, customer)
        before = NOTHING if row.accumulates in ("month", "none") else part.used_before
        _check_hours(plan, part)
        if plan.periods and plan.tiers[0].prices:
            _write_tiers_by_hours(writer, part, plan, before)
        elif plan.periods:
            _write_hours_and_steps(writer, part, plan, before)
        else:
            _write_tiers(writer, part, plan, before)
    for extra in row.surcharges:
        if extra.share == 1:
            writer.times("surcharge", part.label + extra.label, part.quantity, row.unit, extra.price)
        else:
            formula = f"{number(part.quantity)}{unit_name(row.unit)} × {number(extra.share)} × {number(extra.price)}元"
            writer.write("surcharge", part.label + extra.label, part.quantity * extra.share * extra.price, formula)


def _check_hours(plan: Plan, part: Stretch) -> None:
    known, needed = set(part.hours), {period.kind for period in plan.periods}
    if needed and part.quantity and not known:
        raise CannotPrice(f"the usage by hours is needed: {', '.join(sorted(needed))}")
    if known - needed and plan.periods:
        raise CannotPrice(f"this tariff has no hours {', '.join(sorted(known - needed))}")


def _write_tiers(writer: Writer, part: Stretch, plan: Plan, before: Decimal) -> None:
    """One price all day: a line a tier, or one for each of its components."""
    row = part.tariff
    for tier, quantity in plan.split(part.quantity, before):
        own = plan.tiers[tier - 1]
        label, own_tier = (plan.label(tier), tier) if plan.bounds else (row.name, None)
        for name, each in own.components.items():
            writer.times("component", f"{part.label}{label}{name}", quantity, row.unit, each, own_tier)
        if not own.components:
            assert own.price is not None  # a tier has a price or prices by hours (checked at load)
            writer.times("tier", part.label + label, quantity, row.unit, own.price, own_tier)


def _write_hours_and_steps(writer: Writer, part: Stretch, plan: Plan, before: Decimal) -> None:
    """Every hour at the first tier's price and its difference; the higher tiers' steps on top, the same at all hours."""
    row, base = part.tariff, plan.tiers[0].price
    assert base is not None
    for period in plan.periods:
        assert period.difference is not None
        used = part.hours.get(period.kind, NOTHING)
        writer.times(period.kind, f"{part.label}{period.label}电量", used, row.unit, base + period.difference)
    for tier, quantity in plan.split(part.quantity, before):
        own = plan.tiers[tier - 1].price
        assert own is not None
        if tier > 1:
            writer.times("step", f"{part.label}{plan.label(tier)}加价", quantity, row.unit, own - base, tier)


def _write_tiers_by_hours(writer: Writer, part: Stretch, plan: Plan, before: Decimal) -> None:
    """Every tier has its own price an hour: the bill's hours fall into its tiers as the tariff's `split` says."""
    row = part.tariff
    labels = {period.kind: period.label for period in plan.periods}
    for tier, hours in hours_of_tiers(row, plan.split(part.quantity, before), part.hours):
        label = part.label + (plan.label(tier) or row.name)
        for kind, used in hours.items():
            writer.times(kind, f"{label}{labels[kind]}", used, row.unit, plan.tiers[tier - 1].prices[kind], tier)  # type: ignore[index]


def hours_of_tiers(
    row: Tariff, tiers: list[tuple[int, Decimal]], hours: dict[str, Decimal]
) -> list[tuple[int, dict[str, Decimal]]]:
    """(tier, quantity by hour). pro_rata: every tier has the bill's own shares; else the named hour fills tier 1 first."""
    left, found = dict(hours), []
    for tier, quantity in tiers:
        taken = _in_shares(row, quantity, left) if row.split == "pro_rata" else _in_order(row, quantity, left)
        left = {kind: amount - taken[kind] for kind, amount in left.items()}
        found.append((tier, {kind: amount for kind, amount in taken.items() if amount}))
    return found


def _in_shares(row: Tariff, quantity: Decimal, left: dict[str, Decimal]) -> dict[str, Decimal]:
    """Each hour's share of what is left, in the tariff's steps: never more than there is, in all the quantity."""
    total, taken = sum(left.values(), NOTHING), {}
    for kind, amount in left.items():
        share = (quantity * amount / total).quantize(row.apportion_to) if total else NOTHING
        total -= amount
        taken[kind] = max(min(share, amount, quantity), quantity - total)
        quantity -= taken[kind]
    return taken


def _in_order(row: Tariff, quantity: Decimal, left: dict[str, Decimal]) -> dict[str, Decimal]:
    """valley_first: the cheapest hours first; peak_first: the dearest."""
    taken = dict.fromkeys(left, NOTHING)
    for kind in reversed(HOURS) if row.split == "valley_first" else HOURS:
        taken_now = min(left.get(kind, NOTHING), quantity)
        if taken_now:
            taken[kind] = taken_now
        quantity -= taken_now
    return taken


def _write_free(writer: Writer, part: Stretch, use: Use, customer: Customer) -> None:
    free = part.tariff.free
    if free is None or not customer.low_income:
        return
    units = min(free.quantity * use.month_count, use.quantity)
    own = plan_for(part, use, customer).tiers[0].price
    if own is None:
        raise CannotPrice("free units need one price in the first tier")
    if units:
        writer.times("free", free.label, -units, part.tariff.unit, own)


def _write_minimum(writer: Writer, row: Tariff) -> None:
    if row.minimum is None:
        return
    so_far = sum((line.amount for line in writer.lines), NOTHING)
    if so_far < row.minimum.amount:
        formula = f"不足{number(row.minimum.amount)}元按{number(row.minimum.amount)}元收，补差{number(row.minimum.amount - so_far)}元"
        writer.write("minimum", row.minimum.label, row.minimum.amount - so_far, formula)
