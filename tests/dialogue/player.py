"""Plays a scenario (format: ../shared/eval/README.md) against the public chat API and says what does not hold.

`check` sentences are for a reader or a model; this player judges everything that can be judged by rule.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.support.server import Server

DEFAULT_CLOCK = "2026-12-09T10:20"
SETTLE_MOST = 6
ASKED = {
    "address": "地址|小区|门牌|楼栋|位置|在哪",
    "phone": "电话|手机|联系方式|号码",
    "account": "户号|客户编号",
    "verify": "验证|核实身份|尾号|后四位|户主姓名",
    "name": "姓名|称呼|贵姓",
    "since": "什么时候开始|多久|何时",
    "scope": "邻居|整栋|整个小区|只有您家",
    "danger": "气味|异味|漏|冒烟|火花|受伤|安全",
    "time": "什么时间|几点|哪天|时段",
    "period": "哪个月|账期",
    "detail": "详细|具体|描述",
    "service": "水电气热哪一项",
    "which": "哪一个|哪一张|哪一处|哪一户|请选择",
    "demand": "诉求|希望怎么处理",
    "reason": "原因|事由|什么问题",
    "confirm": "确认|是否提交|对吗",
    "offer": "需要我帮您.*吗",
    "notify": "通知您|提醒您",
    "handoff": "转人工|人工客服",
    "ticket": "工单号|单号",
}
PRIORITIES = ["low", "normal", "high", "emergency"]
SERVICES = {"电": "electricity", "水": "water", "气": "gas", "热": "heat"}
KINDS = {"report_emergency": "emergency", "dispute_bill": "dispute", "complain": "complaint"}


@dataclass
class Player:
    """One scenario in one fresh conversation."""

    server: Server
    scenario: dict[str, Any]
    values: dict[str, str]
    sender: str
    problems: list[str] = field(default_factory=list)
    talk: list[tuple[str, str]] = field(default_factory=list)

    def play(self) -> list[str]:
        clock = (self.scenario.get("clock") or {}).get("at", DEFAULT_CLOCK)
        self.now = datetime.fromisoformat(clock)
        self.server.reset(clock)
        if self.scenario.get("signed_in") == "A":
            self.server.sign_in(self.sender, self.values["account_A"])
        for number, turn in enumerate(self.scenario["turns"], 1):
            self._turn(number, turn)
        most = self.scenario.get("max_turns")
        if most and len([1 for who, _ in self.talk if who == "customer"]) > most:
            self.problems.append(f"more than {most} customer messages")
        return self.problems

    # --- one turn ----------------------------------------------------------------------------------------------------
    def _turn(self, number: int, turn: dict[str, Any]) -> None:
        if "wait" in turn:
            amount, unit = int(turn["wait"][:-1]), turn["wait"][-1]
            self.now += timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[unit]: amount})
            self.server.client.put("/api/demo/clock", json={"now": self.now.isoformat()}).raise_for_status()
        before = self._backend()
        replies = [self._say(self._fill(turn["say"]))]
        label = f"turn {number}"
        self._judge(f"{label} first reply", turn.get("expect_first"), before, replies, 1)
        held = self._holds(turn.get("expect"), before, replies, 1)
        messages = 1
        while turn.get("settle") and messages <= SETTLE_MOST:
            answer = self._answer_to(replies[-1])
            if answer is None:
                break
            replies.append(self._say(answer))
            messages += 1
            held = held or self._holds(turn.get("expect"), before, replies, messages)
        self._judge(label, turn.get("expect"), before, replies, messages, held)

    def _holds(self, expect: dict[str, Any] | None, before: Any, replies: list[str], messages: int) -> int:
        if not expect:
            return 0
        found = self._check(expect, before, replies)
        return 0 if found else messages

    def _judge(
        self, label: str, expect: Any, before: Any, replies: list[str], messages: int, held: int | None = None
    ) -> None:
        if not expect:
            return
        self.problems += [f"{label}: {problem}" for problem in self._check(expect, before, replies)]
        most = expect.get("max_turns")
        if most and held is not None and held > most:
            self.problems.append(f"{label}: held only after {held} messages, {most} allowed")

    def _answer_to(self, reply: str) -> str | None:
        parts = []
        for key, answer in self.scenario.get("answers", {}).items():
            if key in ASKED and re.search(ASKED[key], reply):
                parts.append(self._fill(answer))
        return "，".join(parts) or None

    def _say(self, text: str) -> str:
        reply = self.server.text(self.sender, text)
        self.talk += [("customer", text), ("assistant", reply)]
        return reply

    # --- what must hold ----------------------------------------------------------------------------------------------
    def _check(self, expect: dict[str, Any], before: Any, replies: list[str]) -> list[str]:
        after, said = self._backend(), "\n".join(replies)
        new = [t for t in after if t["number"] not in {b["number"] for b in before}]
        happened = self._effects(before, after, new)
        problems = []
        wanted = expect.get("effect")
        if wanted is not None:
            wanted = wanted if isinstance(wanted, list) else [wanted]
            if not (("none" in wanted and not happened) or any(w in happened for w in wanted)):
                problems.append(f"expected {wanted}, happened {sorted(happened)}")
        for unwanted in expect.get("effect_not", []):
            if unwanted in happened:
                problems.append(f"{unwanted} happened")
        if "new_tickets" in expect and len(after) != expect["new_tickets"]:
            problems.append(f"{len(after)} tickets, expected {expect['new_tickets']}")
        if expect.get("fields") and happened:
            pool = new or after
            reasons = [self._fields(expect["fields"], ticket) for ticket in pool]
            if not reasons or all(reasons):
                problems.append(f"no object has the fields: {reasons}")
        values = {**self.values, "new_ticket": new[0]["number"] if new else "no-ticket-yet"}
        problems += self._patterns(expect, said, values)
        return problems

    def _patterns(self, expect: dict[str, Any], said: str, values: dict[str, str]) -> list[str]:
        problems = []
        for rule in expect.get("reply_must", []):
            if not any(_found(self._fill(p, values, True), said) for p in rule["any"]):
                problems.append(f"not said: {rule['concept']} in {said!r}")
        for rule in expect.get("reply_must_not", []):
            if any(_found(self._fill(p, values, True), said) for p in rule["any"]):
                problems.append(f"said: {rule['concept']} in {said!r}")
        return problems

    def _effects(self, before: Any, after: Any, new: Any) -> set[str]:
        happened = {"ticket_created"} if new else set()
        old = {t["number"]: t for t in before}
        for ticket in after:
            was = old.get(ticket["number"])
            if was is None:
                continue
            if ticket["status"] == "cancelled" != was["status"]:
                happened.add("ticket_cancelled")
            elif len(ticket["history"]) > len(was["history"]):
                happened.add("ticket_updated")
        return happened

    def _fields(self, fields: dict[str, Any], ticket: dict[str, Any]) -> list[str]:
        wrong = []
        for key, value in fields.items():
            options = [self._fill(str(v)) for v in (value if isinstance(value, list) else [value])]
            if not _field_holds(key, options, ticket):
                wrong.append(f"{key}={options} in {ticket['address']!r}")
        return wrong

    def _backend(self) -> list[dict[str, Any]]:
        return self.server.tickets(self.sender)

    def _fill(self, text: str, values: dict[str, str] | None = None, escape: bool = False) -> str:
        known = values or self.values

        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in known:
                return match.group(0)
            return known[name] if name.endswith("_re") or not escape else re.escape(known[name])

        return re.sub(r"\{([a-zA-Z]\w+)\}", value, text)


def _found(pattern: str, text: str) -> bool:
    return any(re.search(pattern, t, re.I) for t in (text, unicodedata.normalize("NFKC", text)))


def plain_place(text: str) -> str:
    """As the scenarios compare addresses: no blanks, figures, every building a 号楼."""
    digits = str.maketrans("零一二三四五六七八九", "0123456789")
    return re.sub(r"(?<=\d)(栋|幢|座)", "号楼", re.sub(r"\s", "", text.translate(digits)))


def _field_holds(key: str, options: list[str], ticket: dict[str, Any]) -> bool:
    place = plain_place(ticket["address"] or "")
    if key == "type":
        return any(KINDS.get(o) == ticket["kind"] or o == ticket["category"] for o in options)
    if key == "service":
        return any(SERVICES[o] == ticket["service"] for o in options)
    if key == "address_contains":
        return all(plain_place(o) in place for o in options)
    if key == "address_not_contains":
        return not any(plain_place(o) in place for o in options)
    if key == "priority_at_least":
        return PRIORITIES.index(ticket["priority"]) >= PRIORITIES.index(options[0])
    if key.startswith("note_contains"):
        everything = str(ticket)
        return (all if key.endswith("all") else any)(o in everything for o in options)
    return str(ticket.get({"account": "account_number"}.get(key, key))) in options
