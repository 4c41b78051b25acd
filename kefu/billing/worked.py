"""A worked example: what a usage would cost under a tariff, with its arithmetic."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from kefu.billing.pricing.engine import price
from kefu.billing.pricing.lines import NOTHING, money, number, unit_name
from kefu.billing.pricing.plan import ORDINALS, plan_for
from kefu.billing.pricing.stretches import stretches
from kefu.billing.pricing.use import Customer, Use
from kefu.company.tariffs import Tariff


def worked_example(tariff: Tariff, use: Use, customer: Customer, more: Decimal = NOTHING) -> list[str]:
    """Sentences for a usage that begins after `use.before` of the same year. `more`: so much of it comes on top
    of what was used anyway (negative: is saved), and is told by itself. Raises CannotPrice."""
    unit = unit_name(tariff.unit)
    bill = price([tariff], use, customer)
    spans = "，".join(f"{number(used)}{unit}在第{ORDINALS[tier - 1]}档" for tier, used in _tiers(tariff, use, customer))
    told = [_rule(tariff, use, unit)] if tariff.bounds else []
    told.append(f"用{number(use.quantity)}{unit}{'：' + spans if spans else ''}，约{money(bill.total)}元。")
    if more:
        usual = _less(use, more)
        extra = bill.total - price([tariff], usual, customer).total
        more_or_less, dearer = ("再用", "多花") if more > 0 else ("少用", "少花")
        told.insert(
            0,
            f"在{number(usual.quantity)}{unit}上{more_or_less}{number(abs(more))}{unit}，{dearer}约{money(abs(extra))}元。",
        )
    sums = " + ".join(line.formula for line in bill.lines)
    return [*told, f"算法：{sums} = {money(bill.total)}元（{tariff.source}）。"]


def _rule(tariff: Tariff, use: Use, unit: str) -> str:
    if tariff.accumulates == "month":
        return f"{tariff.name}每月单独算档：每个月都重新从第一档算起，上个月用得多不影响这个月。"
    first = int(tariff.year_starts[:2])
    if not use.before:
        return f"阶梯按全年累计，每年{first}月1日重新从第一档算。"
    return f"阶梯按全年累计，今年到上期已用{number(use.before)}{unit}，每年{first}月1日重新从第一档算。"


def _tiers(tariff: Tariff, use: Use, customer: Customer) -> list[tuple[int, Decimal]]:
    plan = plan_for(stretches([tariff], use)[-1], use, customer)
    if not plan.bounds:
        return []
    return plan.split(use.quantity, NOTHING if tariff.accumulates == "month" else use.before)


def _less(use: Use, more: Decimal) -> Use:
    """The usage without what comes on top, at the same shares of the hours."""
    rest = use.quantity - more
    return replace(use, quantity=rest, hours=at_shares(rest, use.hours))


def at_shares(quantity: Decimal, hours: dict[str, Decimal]) -> dict[str, Decimal]:
    """A quantity split as these hours are, in whole hundredths; empty without hours."""
    total = sum(hours.values(), NOTHING)
    if not total:
        return {}
    parts = {kind: (quantity * amount / total).quantize(Decimal("0.01")) for kind, amount in hours.items()}
    last = next(reversed(parts))
    parts[last] += quantity - sum(parts.values(), NOTHING)
    return parts
