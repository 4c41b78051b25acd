"""The states of the interruption matrix: every question of every form, how to get there, where the talk must end.

Texts may hold `{account}`, `{other}` …: the demo city's values (`talking.py` fills them in).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

HOME = "阳光花园1号楼1单元302"
PHONE = "13900000235"
SINCE = "半小时前"
DEED = "你们抄表员进门骂人"
DEMAND = "要他当面道歉"
CALL_TIME = "明天上午十点"
ACCOUNT, DIGITS = "{account}", "{digits}"
PICK = "查账单、用量、欠费"


@dataclass(frozen=True)
class State:
    """`question`: how it is asked here. `end`: values of what must stand at the end (a ticket, a call, a reply)."""

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

    @property
    def answered(self) -> tuple[str, ...]:
        """What was given as an answer before: never asked for again."""
        return self.opening[1:]


_OFF = "家里没电了"
_FAULT = {"category": "report_outage", "service": "electricity"}
_DANGER = {"category": "report_emergency", "service": "gas", "priority": "emergency"}
_SMELL = "家里闻到一股很浓的煤气味"
_IDEA = "我提个建议，水表抄完以后给大家发个短信"
_MORE_POWER = "我家想增容，装充电桩"
_COMPLAINT = {"category": "complain", "kind": "complaint", "description": DEED, "demand": DEMAND, "phone": PHONE}
_CALL = {"phone": PHONE, "window_start": "2026-12-10T10:00"}
_HIGH = "上个月电费怎么这么高"
_BILL = {"last": "{amount}", "before": "{amount_before}"}

STATES = [
    State("fault-service", ("我要报修",), "哪一项|电、水", {"kind": "fault"}),
    State("fault-address", (_OFF,), "地址|小区|哪栋|位置", _FAULT),
    State("fault-since", (_OFF, HOME), "什么时候|时间说个大概", {**_FAULT, "address": HOME}),
    State("fault-phone", (_OFF, HOME, SINCE), "电话|号码", {**_FAULT, "address": HOME}),
    State("fault-confirm", (_OFF, HOME, SINCE, PHONE), "对吗|哪里不对", {**_FAULT, "address": HOME, "phone": PHONE}),
    State("emergency-place", (_SMELL,), "地方|哪儿|哪里|位置", _DANGER),
    State("emergency-detail", (_SMELL,), "具体位置|哪儿|地方", {**_DANGER, "phone": PHONE}, signed_in=True),
    State("emergency-phone", (f"{_SMELL}，{HOME}",), "电话|号码", {**_DANGER, "address": HOME}),
    State(
        "enquiry-contact",
        (_IDEA,),
        "电话|号码|回电",
        {"category": "suggest", "service": "water", "description": _IDEA, "phone": PHONE},
    ),
    State(
        "offer-contact",  # answered first, then registration is offered
        (_MORE_POWER,),
        "登记.{0,30}(电话|手机)",
        {"category": "apply_modification", "description": _MORE_POWER, "phone": PHONE},
    ),
    State(
        "offer-known",
        (_MORE_POWER,),
        "登记.{0,30}(电话|手机)",
        {"category": "apply_modification", "description": _MORE_POWER, "phone": PHONE},
        signed_in=True,
    ),
    State("complaint-what", ("我要投诉",), "具体.{0,4}说", _COMPLAINT),
    State("complaint-demand", ("我要投诉", DEED), "诉求|怎么处理", _COMPLAINT),
    State("complaint-contact", ("我要投诉", DEED, DEMAND), "电话|号码", _COMPLAINT),
    State("callback-phone", ("请给我回个电话",), "哪个电话|号码", _CALL),
    State("callback-time", ("请给我回个电话", PHONE), "什么时间|哪天几点", _CALL),
    State("identity-account", (_HIGH,), "户号", _BILL),
    State("identity-digits", (_HIGH, ACCOUNT), "后四位", _BILL),
]
# Not forms: a person is waited for, and a choice is open.
WAITING = State("person-waiting", ("转人工",), "排在第", {})
CHOICE = State("choice-open", ("水电的事",), f"哪一件[\\s\\S]*{PICK}", {"last": "{amount}"})
