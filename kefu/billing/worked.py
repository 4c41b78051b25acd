"""A worked example: what a usage would cost under a tariff, with its arithmetic."""

from __future__ import annotations

from decimal import Decimal

from kefu.billing.pricing.engine import price
from kefu.billing.pricing.lines import NOTHING, money, number, unit_name
from kefu.billing.pricing.plan import ORDINALS, plan_for
from kefu.billing.pricing.stretches import Stretch
from kefu.billing.pricing.use import Customer, Use
from kefu.company.tariffs import Tariff


def worked_example(tariff: Tariff, use: Use, customer: Customer) -> list[str]:
    """Sentences for a usage (one price all day) that begins after `used_before` of the same year. Raises CannotPrice."""
    unit = unit_name(tariff.unit)
    monthly = tariff.accumulates == "month"
    rule = (
        "您的电价每月单独算档：每个月都重新从第一档算起，上个月用得多不影响这个月。"
        if monthly
        else f"阶梯按全年累计，今年到上期已用{number(use.before)}{unit}，每年{int(tariff.year_starts[:2])}月1日重新从第一档算。"
    )
    whole = Stretch(tariff, use.start, use.end, use.quantity, {}, use.before, Decimal(1), "")
    parts = plan_for(whole, use, customer).split(use.quantity, NOTHING if monthly else use.before)
    spans = "，".join(f"{number(quantity)}{unit}在第{ORDINALS[tier - 1]}档" for tier, quantity in parts)
    bill = price([tariff], use, customer)
    sums = " + ".join(line.formula for line in bill.lines)
    return [
        rule,
        f"用{number(use.quantity)}{unit}：{spans}，约{money(bill.total)}元。",
        f"算法：{sums} = {money(bill.total)}元（{tariff.source}）。",
    ]
