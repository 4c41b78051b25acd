"""The chart for those who do not see it: one sentence, and every number as a line."""

from __future__ import annotations

from decimal import Decimal

from kefu.billing.chart.data import Chart, Month
from kefu.billing.periods import spoken
from kefu.billing.pricing.lines import money, number
from kefu.billing.pricing.plan import ORDINALS


def described(chart: Chart) -> str:
    """ "近13个月用电量：2026年11月420度，比去年同月（380度）多40度；最高是2026年8月512度。" and what to know about it."""
    this, last_year = chart.this, chart.last_year
    told = [f"{spoken(this.period)}{_said(chart, this)}"]
    if last_year is not None:
        more = chart.value(this) - chart.value(last_year)
        change = f"{'多' if more > 0 else '少'}{_quantity(chart, abs(more))}" if more else "，一样多"
        told[0] += f"，比去年同月（{_said(chart, last_year)}）{change}" if more else f"，和去年同月{change}"
    highest = max(chart.months, key=chart.value)
    if len(chart.months) > 1:
        same = highest is this
        told.append("是这几个月里最高的" if same else f"最高是{spoken(highest.period)}{_said(chart, highest)}")
    return f"{chart.heading}：{'；'.join(told)}。{_notes(chart)}"


def as_table(chart: Chart) -> list[str]:
    """One line a month, the oldest first: usage, its tiers, what it cost; months without a bill say so."""
    lines = []
    for period in chart.periods:
        month = chart.month(period)
        lines.append(f"{spoken(period)}：{_row(chart, month) if month else '没有账单'}")
    return lines


def _row(chart: Chart, month: Month) -> str:
    cells = [_said(chart, month)]
    parts = chart.parts(month)
    if chart.tiers > 1 and len(parts) > 1:
        tiers = [f"第{ORDINALS[n]}档{_quantity(chart, part)}" for n, part in enumerate(parts) if part]
        cells[0] += f"（{'，'.join(tiers)}）"
    if month.amount is not None and not chart.of_money:
        cells.append(f"{money(month.amount)}元")
    if month.estimated:
        cells.append("估算")
    return "，".join(cells)


def _said(chart: Chart, month: Month) -> str:
    return _quantity(chart, chart.value(month))


def _quantity(chart: Chart, value: Decimal) -> str:
    return f"{money(value) if chart.of_money else number(value)}{chart.unit}"


def _notes(chart: Chart) -> str:
    estimated = [spoken(month.period) for month in chart.months if month.estimated]
    missing = len(chart.periods) - len(chart.months)
    notes = [f"{'、'.join(estimated)}是估算的。"] if estimated else []
    return "".join([*notes, f"有{missing}个月没有账单。" if missing else ""])
