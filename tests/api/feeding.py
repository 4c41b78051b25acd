"""A utility's own system as the tests play it: what it sends, and what comes back."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import httpx

from tests.support.desk import Desk

_numbers = itertools.count(int(uuid.uuid4().int % 10**9) * 1000)
AREA = "E-S1-F1"


def fresh(prefix: str = "") -> str:
    """A number nobody else uses: digits with a leading zero, or letters before them."""
    return f"{prefix}0{next(_numbers):014d}"


class Feed:
    """Requests as one role; `ok` fails the test when the service refuses."""

    def __init__(self, desk: Desk, role: str = "integration") -> None:
        self.desk, self.role = desk, role

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.desk.http.request(method, path, json=body, headers=self.desk.headers(self.role))

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.status_code in (200, 201), (method, path, answer.text)
        return answer.json()

    def refused(self, status: int, method: str, path: str, body: Any = None) -> str:
        """The reason, which is Chinese."""
        answer = self.send(method, path, body)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        reason = str(answer.json()["detail"])
        assert any("\u4e00" <= sign <= "\u9fff" for sign in reason), reason
        return reason

    # --- things to start from ----------------------------------------------------------------------------------------
    def account(self, **more: Any) -> str:
        """The number of a new account with a meter."""
        number = fresh()
        body = {"service": "electricity", "holder": "张三丰", "phone": "13800001111", "area_code": AREA}
        body |= {"address": "临江区人民路66号阳光花园5号楼2单元501", "tariff": "yj-elec-res"}
        self.ok("PUT", f"/api/accounts/{number}", body | more)
        self.ok("PUT", f"/api/meters/M{number}", {"account_number": number, "kind": "smart", "digits": 6})
        return number

    def ticket(self, **more: Any) -> dict[str, Any]:
        body = {"kind": "fault", "category": "report_outage", "service": "electricity", "description": "家里停电了"}
        return self.ok("POST", "/api/tickets", body | more)  # type: ignore[no-any-return]


def a_bill(account: str, **more: Any) -> dict[str, Any]:
    lines = [
        {"kind": "tier", "label": "第一档", "quantity": "200", "unit": "kWh", "price": "0.5380", "amount": "107.60"},
        {"kind": "tier", "label": "第二档", "quantity": 30, "unit": "kWh", "price": 0.588, "amount": 17.64},
    ]
    return {
        "number": fresh("ZD"),
        "account_number": account,
        "period": "2026-09",
        "period_start": "2026-09-01",
        "period_end": "2026-09-30",
        "usage": "230",
        "unit": "kWh",
        "amount": "125.24",
        "issued_on": "2026-10-01",
        "due_on": "2026-10-16",
        "lines": lines,
        **more,
    }


def a_tariff(**more: Any) -> dict[str, Any]:
    """Of another city, so that nobody here is told of it."""
    return {
        "city": "外地市",
        "service": "electricity",
        "customer_class": "resident",
        "name": "居民阶梯电价",
        "unit": "kWh",
        "accumulates": "month",
        "tiers": [{"upto": 200, "price": "0.50"}, {"upto": 400, "price": "0.55"}, {"price": "0.80"}],
        "rounding": {"at": "line"},
        "valid_from": "2026-01-01",
        "source": "外地发改价〔2025〕1号",
        "confidence": "company",
        "checked_on": "2026-01-02",
        **more,
    }
