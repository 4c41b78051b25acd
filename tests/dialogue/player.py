"""Plays a scenario (format: ../shared/eval/README.md) against the public chat API and says what does not hold.

`check` sentences are for a reader or a model; this player judges everything that can be judged by rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.dialogue.asking import asked_for
from tests.dialogue.house import broken_rules, loops
from tests.dialogue.judge import Backend, Judge, fill
from tests.dialogue.seeding import seed, situation_of
from tests.dialogue.values import demo_values
from tests.support.server import Server

DEFAULT_CLOCK = "2026-12-09T10:20"
SETTLE_MOST = 6
UNKNOWN = "这个我不清楚"


@dataclass
class Stage:
    """The server, and whether its city and clock are as seeded: a reset costs a second."""

    server: Server
    clock: str | None = None

    def set(self, clock: str, fresh: bool) -> None:
        if fresh or clock != self.clock:
            self.server.reset(clock)
            self.clock = clock

    def move_clock(self, now: datetime) -> None:
        self.server.client.put("/api/demo/clock", json={"now": now.isoformat()}).raise_for_status()
        self.clock = None


@dataclass
class Player:
    """One scenario in one fresh conversation. `strict`: see asking.py; and on a freshly seeded backend."""

    stage: Stage
    scenario: dict[str, Any]
    sender: str
    strict: bool = False
    values: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    talk: list[tuple[str, str]] = field(default_factory=list)
    _seen: Backend | None = None  # as it is, until something is said or time passes

    def play(self) -> list[str]:
        clock = (self.scenario.get("clock") or {}).get("at", DEFAULT_CLOCK)
        self.now = datetime.fromisoformat(clock)
        self.stage.set(clock, fresh=self.strict or bool(situation_of(self.scenario)))
        self.values = demo_values(self.stage.server, situation_of(self.scenario))
        self.values |= seed(self.stage.server, self.scenario, self.values, self.sender, self.now)
        if any("account" in row for row in self.scenario.get("seed", [])):
            self.stage.clock = None  # the next scenario finds account A as it was
        self.judge = Judge(self.values)
        if self.scenario.get("signed_in") == "A":
            self.stage.server.sign_in(self.sender, self.values["account_A"])
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
        self.stage.move_clock(self.now)
        self._seen = None

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
        reply = self.stage.server.text(self.sender, text)
        self._seen = None
        self.talk += [("customer", text), ("assistant", reply)]
        if reply or not self._with_a_person():  # whoever waits for a person hears nothing from the assistant
            self.problems += [f"after {text!r}: {rule}" for rule in broken_rules(reply)]
        return reply

    def _with_a_person(self) -> bool:
        return any(row["status"] in ("waiting", "claimed") for row in self._backend().handoffs)

    def _filled(self, text: str, before: Backend) -> str:
        newest = self._backend().tickets if "{new_ticket}" in text else before.tickets
        number = newest[0]["number"] if newest else "no-ticket-yet"
        return fill(text, {**self.values, "new_ticket": number})

    def _backend(self) -> Backend:
        self._seen = self._seen or Backend.of(self.stage.server, self.sender)
        return self._seen
