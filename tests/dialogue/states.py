"""The states of the interruption matrix: how to get there, what is asked there, and where the talk must end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

HOME = "阳光花园1号楼1单元302"
PHONE = "13900000235"


@dataclass(frozen=True)
class State:
    """`question`: how the form asks here. `end`: values that the ticket of this matter has at the end."""

    name: str
    opening: tuple[str, ...]
    question: str
    end: dict[str, Any]
    signed_in: bool = False

    @property
    def form(self) -> str:
        return self.name.split("-")[0]

    @property
    def category(self) -> str:
        return str(self.end.get("category") or "")


_OFF = "家里没电了"
_FAULT = {"category": "report_outage", "service": "electricity"}
_DANGER = {"category": "report_emergency", "service": "gas", "priority": "emergency"}
_SMELL = "家里闻到一股很浓的煤气味"

STATES = [
    State("fault-service", ("我要报修",), "哪一项|电、水", {"kind": "fault"}),
    State("fault-address", (_OFF,), "地址|小区|哪栋|位置", _FAULT),
    State("fault-since", (_OFF, HOME), "什么时候|时间说个大概", {**_FAULT, "address": HOME}),
    State("fault-phone", (_OFF, HOME, "半小时前"), "电话|号码", {**_FAULT, "address": HOME}),
    State(
        "fault-confirm", (_OFF, HOME, "半小时前", PHONE), "对吗|哪里不对", {**_FAULT, "address": HOME, "phone": PHONE}
    ),
    State("emergency-place", (_SMELL,), "地方|哪儿|哪里|位置", _DANGER),
    State("emergency-detail", (_SMELL,), "具体位置|哪儿|地方", {**_DANGER, "phone": PHONE}, signed_in=True),
    State("emergency-phone", (f"{_SMELL}，{HOME}",), "电话|号码", {**_DANGER, "address": HOME}),
    State(
        "enquiry-contact",
        ("上个月电费怎么这么高",),
        "电话|号码|回电",
        {"category": "explain_bill", "service": "electricity"},
    ),
]
