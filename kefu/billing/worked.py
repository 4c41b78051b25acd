"""A worked example: what a usage would cost under a tariff, with its arithmetic."""

from __future__ import annotations

from decimal import Decimal

from kefu.billing.explain import UNITS, money, number
from kefu.company.tariffs import Tariff

ORDINALS = "一二三四"


def worked_example(tariff: Tariff, usage: Decimal, before: Decimal) -> list[str]:
    """Sentences for `usage` (in the tariff's unit) after `before` of the same year; for tariffs of one rate."""
    unit = UNITS[tariff.unit]
    monthly = tariff.accumulates == "month"
    rule = (
        "您的电价每月单独算档：每个月都重新从第一档算起，上个月用得多不影响这个月。"
        if monthly
        else f"阶梯按全年累计，今年到上期已用{number(before)}{unit}，每年1月1日重新从第一档算。"
    )
    start = Decimal(0) if monthly else before
    parts = tariff.split(usage, start)
    spans = "，".join(f"{number(quantity)}{unit}在第{ORDINALS[tier - 1]}档" for tier, quantity in parts)
    sums = " + ".join(f"{number(line.quantity)} × {number(line.price)}" for line in tariff.lines(usage, start))
    total = money(tariff.price(usage, start))
    return [rule, f"用{number(usage)}{unit}：{spans}，约{total}元。", f"算法：{sums} = {total}元（{tariff.source}）。"]
