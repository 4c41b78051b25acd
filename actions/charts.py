"""The chart of an account's bills in a talk: offered after an explanation, shown when asked for."""

from __future__ import annotations

from typing import Literal

from actions import words
from actions.dialogue import Dialogue
from kefu.accounts.models import Account
from kefu.billing.chart.links import chart_path
from kefu.billing.chart.words import as_table, described
from kefu.billing.explain import month_name
from kefu.billing.history import chart_of
from kefu.billing.models import Bill
from kefu.settings import get_settings

ASKED_WITHIN = 40  # characters: longer sentences speak of a chart, with a matter of their own


def asked(text: str) -> bool:
    """ "看用量图", "近一年用电情况"; not "账单上印个用量曲线就好了"."""
    return len(text) <= ASKED_WITHIN and bool(words.CHART.search(text)) and not words.SUGGESTS.search(text)


def button(bill: Bill) -> dict[str, str]:
    """Offers the chart that ends with this bill."""
    return {"title": "看用量图", "payload": f"看{month_name(bill)}的用量图"}


def show(talk: Dialogue, account: Account, bill: Bill) -> None:
    """The thirteen months up to this standing bill: what they show in a sentence, and the picture.

    The account is the customer's own: whoever calls this has seen the proof. A browser gets SVG, other channels PNG.
    """
    chart = chart_of(talk.session, talk.tariffs, account, bill.period)
    if chart is None:
        raise ValueError(f"bill {bill.number} does not stand")
    kind: Literal["svg", "png"] = "svg" if talk.conversation_id.startswith("web:") else "png"
    image = chart_path(get_settings(), account.number, bill.period, kind)
    alt = f"{chart.heading}柱状图，每月的数字在图下面的“看数字”里"
    talk.show(described(chart), image, alt=alt, lines=as_table(chart))
