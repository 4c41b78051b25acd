"""What a customer's words say of a payment: how much, when, by which way, its number; and what is amiss with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from kefu.clock import clock, local
from kefu.company.data import CompanyData
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values, resolve_time

Amiss = Literal["twice", "wrong_account", "refund", "missing"]
_AMISS: dict[Amiss, re.Pattern[str]] = {
    "wrong_account": re.compile(
        r"(交|缴|充|付|打|转|给|敲)错|错(了)?户|(别人|人家|邻居|对门|楼上|楼下|他人).{0,6}(户|家|账|号|名|交|缴|充)"
    ),
    "twice": re.compile(
        r"(交|缴|付|充|扣|给)(了|过)?.{0,3}([两2二俩三3])(次|遍|回|笔|份)|重(复|了)|[交缴付扣]重|双份|多(交|缴|扣|付)"
    ),
    "refund": re.compile(r"退(款|钱|费|回|给|我)|取出来|要回来|拿回"),
}
# Only the digits behind one of these words are a payment's number, or all of a long run.
_REFERENCE = re.compile(
    r"(?:流水号?|交易号|交易单号|单号|订单号?|凭证号?|商户单号|尾号|后四位|末四位)\D{0,8}?([0-9a-z]{4,40})"
)
_LONG = re.compile(r"(?<![0-9a-z])(?=[0-9a-z]*\d{6})[0-9a-z]{14,40}(?![0-9a-z])")
_CHANNELS = ("微信", "支付宝", "公众号", "营业厅", "现金", "代扣", "转账", "银行")
_SPOKEN = {"微信": "微信|wx|vx|薇信|威信", "支付宝": "支付宝|zfb", "营业厅": "营业厅|柜台|大厅|窗口"}
_INSISTS = re.compile(r"(还是|仍然?|依然|就是).{0,8}(没|欠|不对|未)|核查|登记|不对|查错|再查")


@dataclass(frozen=True)
class PaymentSaid:
    """`amount` in yuan; `reference`: the whole number or its last four signs; `insists`: it is to be looked into."""

    amiss: Amiss
    amount: Decimal | None = None
    on: date | None = None
    channel: str | None = None
    reference: str | None = None
    insists: bool = False


def payment_said(company: CompanyData, said: Iterable[str]) -> PaymentSaid:
    """The last word of each kind counts. `company`: not every word for a way to pay is one of its channels."""
    texts = list(said)
    plain = normalise("\n".join(texts))
    values = [value for text in texts for value in find_values(text)]
    exact = [v.value["yuan"] for v in values if v.entity == "amount" and not v.value["approx"]]
    known = {word for row in company.payments.channels for word in row.channels} | {"代扣", "转账", "银行"}
    channel = next((name for name in _CHANNELS if name in known and re.search(_SPOKEN.get(name, name), plain)), None)
    number = _REFERENCE.search(plain) or _LONG.search(plain)
    return PaymentSaid(
        amiss=next((kind for kind, pattern in _AMISS.items() if pattern.search(plain)), "missing"),
        amount=Decimal(exact[-1]) if exact else None,
        on=next((day for text in reversed(texts) if (day := _day_paid(text)) is not None), None),
        channel=channel,
        reference=number[number.lastindex or 0].upper() if number else None,
        insists=bool(_INSISTS.search(plain)),
    )


def _day_paid(text: str) -> date | None:
    """The first day said: "昨天交的，今天还显示欠". Longer stretches (上个月) are no day."""
    for value in find_values(text):
        span = resolve_time(value.text, clock.now(), prefer="past") if value.entity == "time" else None
        if span is not None and span[0] <= clock.now() and span[1] - span[0] <= timedelta(days=1):
            return local(span[0]).date()
    return None
