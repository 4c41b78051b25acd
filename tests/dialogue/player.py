"""Plays a scenario (format: ../shared/eval/README.md) against the public chat API and says what does not hold.

`check` sentences are for a reader or a model; this player judges everything that can be judged by rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.dialogue.house import broken_rules, loops
from tests.dialogue.judge import Backend, Judge, fill
from tests.support.server import Server

DEFAULT_CLOCK = "2026-12-09T10:20"
SETTLE_MOST = 6
UNKNOWN = "这个我不清楚"
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
    "quantity": "多少度|温度|读数",
    "photo": "照片|图片",
    "balance": "余额|气量",
    "service": "水电气热哪一项",
    "which": "哪一个|哪一张|哪一处|哪一户|请选择",
    "ticket": "工单号|单号",
    "demand": "诉求|希望怎么处理",
    "reason": "原因|事由|什么问题",
    "confirm": "确认|是否提交|对吗",
    "offer": "需要我帮您.*吗",
    "notify": "通知您|提醒您",
    "handoff": "转人工|人工客服",
    "score": "评分|打分",
    "title": "抬头",
    "tax_no": "税号|识别号",
    "email": "邮箱",
}
ALSO_ASKED = {"address": "地方|哪里|哪儿|哪栋", "since": "时候|时间", "phone": "回电", "danger": "有没有危险", "service": "哪一项"}
QUESTION = re.compile("[？?吗]|请.{0,4}(告诉|说|提供|留)|留个")


@dataclass
class Player:
    """One scenario in one fresh conversation on a freshly seeded backend.

    `strict`: any of the README's words anywhere in the reply counts as asking. Otherwise the customer reads like a
    person: only a question or a request asks.
    """

    server: Server
    scenario: dict[str, Any]
    values: dict[str, str]
    sender: str
    strict: bool = False
    problems: list[str] = field(default_factory=list)
    talk: list[tuple[str, str]] = field(default_factory=list)

    def play(self) -> list[str]:
        clock = (self.scenario.get("clock") or {}).get("at", DEFAULT_CLOCK)
        self.now = datetime.fromisoformat(clock)
        self.judge = Judge(self.values)
        self.server.reset(clock)
        if self.scenario.get("signed_in") == "A":
            self.server.sign_in(self.sender, self.values["account_A"])
        for number, turn in enumerate(self.scenario["turns"], 1):
            self._turn(number, turn)
        most = self.scenario.get("max_turns")
        if most and len(self.talk) // 2 > most:
            self.problems.append(f"{len(self.talk) // 2} customer messages, {most} allowed")
        return self.problems + loops(self.talk)

    # --- one turn ----------------------------------------------------------------------------------------------------
    def _turn(self, number: int, turn: dict[str, Any]) -> None:
        self._wait(turn)
        before = self._backend()
        replies = [self._say(self._filled(turn["say"], before))]
        label, expect = f"turn {number}", turn.get("expect")
        if turn.get("expect_first"):
            first = self.judge.problems(turn["expect_first"], before, self._backend(), replies)
            self.problems += [f"{label}, first reply: {problem}" for problem in first]
        held = self._held(expect, before, replies)
        while turn.get("settle") and len(replies) <= SETTLE_MOST:
            answer = self._answer_to(replies[-1], before)
            if answer is None:
                break
            replies.append(self._say(answer))
            held = held or self._held(expect, before, replies)
        self._judge(label, expect, before, replies, held)

    def _wait(self, turn: dict[str, Any]) -> None:
        if "wait" not in turn:
            return
        amount, unit = int(turn["wait"][:-1]), turn["wait"][-1]
        self.now += timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[unit]: amount})
        self.server.client.put("/api/demo/clock", json={"now": self.now.isoformat()}).raise_for_status()

    def _held(self, expect: dict[str, Any] | None, before: Backend, replies: list[str]) -> int:
        """After how many messages everything held (0: not yet)."""
        if not expect or self.judge.problems(expect, before, self._backend(), replies):
            return 0
        return len(replies)

    def _judge(self, label: str, expect: Any, before: Backend, replies: list[str], held: int) -> None:
        if not expect:
            return
        found = self.judge.problems(expect, before, self._backend(), replies)
        self.problems += [f"{label}: {problem}" for problem in found]
        most = expect.get("max_turns")
        if most and held > most:
            self.problems.append(f"{label}: held only after {held} messages, {most} allowed")

    # --- talking -----------------------------------------------------------------------------------------------------
    def _answer_to(self, reply: str, before: Backend) -> str | None:
        """All that was asked for and is known; when only unknown things were asked for, says so."""
        answers = self.scenario.get("answers", {})
        asked = asked_for(reply, self.strict)
        parts = [self._filled(text, before) for key, text in answers.items() if key in asked]
        if parts:
            return "，".join(parts)
        return UNKNOWN if answers and asked_for(reply, strict=False) else None

    def _say(self, text: str) -> str:
        reply = self.server.text(self.sender, text)
        self.talk += [("customer", text), ("assistant", reply)]
        self.problems += [f"after {text!r}: {rule}" for rule in broken_rules(reply)]
        return reply

    def _filled(self, text: str, before: Backend) -> str:
        newest = self._backend().tickets if "{new_ticket}" in text else before.tickets
        number = newest[0]["number"] if newest else "no-ticket-yet"
        return fill(text, {**self.values, "new_ticket": number})

    def _backend(self) -> Backend:
        return Backend.of(self.server, self.sender)


def asked_for(reply: str, strict: bool) -> set[str]:
    """The keys of `answers` that this reply asks for."""
    if strict:
        return {key for key, pattern in ASKED.items() if re.search(pattern, reply)}
    sentences = [s for s in re.split(r"(?<=[？?。！\n])", reply) if QUESTION.search(s)]
    patterns = {key: f"{pattern}|{ALSO_ASKED.get(key, pattern)}" for key, pattern in ASKED.items()}
    return {key for key, pattern in patterns.items() if any(re.search(pattern, s) for s in sentences)}
