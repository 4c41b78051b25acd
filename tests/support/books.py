"""An account with bills and payments as the unit tests make them: through the functions that the API calls."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kefu.accounts.feed import put_account
from kefu.accounts.models import Account
from kefu.billing.feed import add_bill, add_payment
from kefu.billing.models import Bill, Payment
from kefu.billing.periods import months_on
from kefu.clock import clock, local, parse_local

_numbers = itertools.count(1)
NOW = "2026-12-09T10:20"
LATE = "违约金（2026-10账单逾期12天，每天0.1%）"


def d(number: str | int) -> Decimal:
    return Decimal(number)


def an_account(session: Session, **more: Any) -> Account:
    values = {"number": f"99{next(_numbers):08d}", "service": "electricity", "holder": "张三", "phone": "13800000000"}
    values |= {"address": "临江区人民路66号阳光花园5号楼2单元501", "tariff": "yj-elec-res"}
    return put_account(session, {**values, **more})[0]


def a_line(amount: str | Decimal, kind: str = "tier", label: str = "第一档（每月0–200度）") -> dict[str, Any]:
    return {"kind": kind, "label": label, "quantity": None, "unit": None, "price": None, "amount": d(str(amount))}


def a_bill(
    session: Session, account: Account, amount: str, back: int = 1, fee: str | None = None, label: str = LATE,
    **more: Any,
) -> Bill:  # fmt: skip
    """The bill of `back` months ago (1: the last month), issued on the first of the next month, due 15 days later."""
    start = months_on(local(clock.now()).date().replace(day=1), -back)
    issued = months_on(start, 1)
    lines = [a_line(amount)] + ([a_line(fee, "late_fee", label)] if fee else [])
    values = {
        "number": f"ZD{next(_numbers):010d}", "account_number": account.number, "period": f"{start:%Y-%m}",
        "kind": "normal", "sequence": None, "period_start": start, "period_end": issued - timedelta(days=1),
        "usage": d(200), "unit": "kWh", "previous_reading": d(1000), "current_reading": d(1200), "estimated": False,
        "amount": sum((line["amount"] for line in lines), d(0)), "issued_on": issued,
        "due_on": issued + timedelta(days=15), "status": "unpaid", "tariff": None,
    }  # fmt: skip
    return add_bill(session, {**values, **more}, lines)[0]


def paid(
    session: Session, account: Account, bill: Bill | None, amount: str | Decimal, at: str | None = None, **more: Any
) -> Payment:
    values = {
        "account_number": account.number, "bill": bill.number if bill is not None else None, "amount": d(str(amount)),
        "paid_at": parse_local(at) if at else clock.now(), "channel": "微信", "reference": f"ZF{next(_numbers):012d}",
        "status": "credited",
    }  # fmt: skip
    return add_payment(session, {**values, **more})[0]


def day(text: str) -> date:
    return date.fromisoformat(text)
