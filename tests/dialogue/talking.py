"""A customer who answers whatever he is asked, for tests that only care about where a talk ends."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from tests.dialogue.asking import asked_for
from tests.dialogue.house import broken_rules, shown
from tests.dialogue.judge import fill
from tests.dialogue.states import ACCOUNT, CALL_TIME, DEED, DEMAND, DIGITS, HOME, PHONE, SINCE
from tests.dialogue.values import STRANGER, demo_values
from tests.support.server import Server

FINISH_MOST = 14
# in this order: who is asked for two things gives the first
ANSWERS = {
    "account": ACCOUNT,
    "verify": DIGITS,
    "demand": DEMAND,
    "service": "电",
    "address": HOME,
    "reason": DEED,
    "detail": DEED,
    "time": CALL_TIME,
    "since": SINCE,
    "title": "个人",
    "quantity": "11111",
    "email": "没有",
    "phone": PHONE,
}
WISHED_SLOTS = (
    ("2026-12-10T10:00:00+08:00", "2026-12-10T10:30:00+08:00"),
    ("2026-12-11T15:00:00+08:00", "2026-12-11T15:30:00+08:00"),
)
A_PERSON_HAS_IT = ("waiting", "claimed")


def fresh_city(server: Server, now: str) -> dict[str, str]:
    """The seeded city at that moment, with room for every test's call; returns what texts may hold."""
    server.reset(now)
    for start, end in WISHED_SLOTS:
        server.feed("PUT", "/api/callback-slots", {"starts_at": start, "ends_at": end, "capacity": 1000})
    return city_values(server)


def city_values(server: Server) -> dict[str, str]:
    """What a talk's texts may hold: the account of the customer, another's, and the amounts of their last two bills."""
    own, other = demo_values(server), demo_values(server, STRANGER)
    return {
        "account": own["account_A"],
        "digits": own["phone_A_last4"],
        "amount": own["amt_A_last"],
        "amount_before": own["amt_A_prev"],
        "other": other["account_A"],
        "other_digits": other["phone_A_last4"],
        "other_amount": other["amt_A_last"],
        "other_amount_before": other["amt_A_prev"],
    }


@dataclass
class Talk:
    """One conversation with a fresh sender; every reply is held against the house rules."""

    server: Server
    sender: str
    values: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=lambda: dict(ANSWERS))
    lines: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def say(self, text: str) -> str:
        """Placeholders are filled in. Silence is right only while a person has the talk."""
        said = fill(text, self.values)
        reply = self.server.text(self.sender, said)
        self.lines += [("customer", said), ("assistant", reply)]
        if reply or not self.with_a_person():
            self.broken += [f"after {said!r}: {rule}" for rule in broken_rules(reply)]
        return reply

    @property
    def last(self) -> str:
        return self.lines[-1][1]

    @property
    def said(self) -> list[str]:
        """Every message of the customer."""
        return [text for who, text in self.lines if who == "customer"]

    @property
    def heard(self) -> str:
        """Everything the assistant has said."""
        return "\n".join(text for who, text in self.lines if who == "assistant")

    def finish(self) -> None:
        """Answer until nothing is asked any more, or the same is asked three times."""
        for _ in range(FINISH_MOST):
            answer = self._answer()
            if answer is None or self.said[-2:] == [answer, answer]:
                return
            self.say(answer)

    def _answer(self) -> str | None:
        if re.search("接着[^。？]{0,6}吗", self.last):
            return "接着办"
        if "什么时候开始" in self.last:  # asked beside a detail of the fault: the deed below is no answer to that
            return self.answers["since"]
        asked = asked_for(self.last, strict=False)
        if "confirm" in asked:
            return "对"
        if "phone" in asked and re.search("(可以|对接)吗", self.last):
            return "可以"
        return next((fill(answer, self.values) for key, answer in self.answers.items() if key in asked), None)

    # --- what it caused ----------------------------------------------------------------------------------------------
    def tickets(self, **fields: Any) -> list[dict[str, Any]]:
        """Its tickets with these values, newest first."""
        found = self.server.tickets(self.sender)
        return [t for t in found if all(t[name] == value for name, value in fields.items())]

    def callbacks(self) -> list[dict[str, Any]]:
        return self._rows("callbacks")

    def handoffs(self) -> list[dict[str, Any]]:
        return self._rows("handoffs")

    def surveys(self) -> list[dict[str, Any]]:
        return self._rows("surveys")

    def with_a_person(self) -> bool:
        return any(row["status"] in A_PERSON_HAS_IT for row in self.handoffs())

    def _rows(self, name: str) -> list[dict[str, Any]]:
        found = self.server.api(f"/api/{name}", conversation_id=f"rest:{self.sender}", limit=100)["items"]
        return found  # type: ignore[no-any-return]

    def alerts(self) -> list[str]:
        """Kinds of the alerts raised, oldest first: there is no address for them, so from the server's own database."""
        with sqlite3.connect(f"file:{self.server.folder / 'kefu.db'}?mode=ro", uri=True) as rows:
            query = "select kind from alert where conversation_id = ? order by id"
            return [kind for (kind,) in rows.execute(query, [f"rest:{self.sender}"])]

    def __str__(self) -> str:
        rows = [f"{t['number']} {t['category']} {t['service']} {t['address']} {t['phone']}" for t in self.tickets()]
        rows += [f"{c['number']} {c['window_start']} {c['phone']} {c['status']}" for c in self.callbacks()]
        rows += [f"handoff {h['status']}" for h in self.handoffs()]
        return "\n".join([shown(self.lines), *rows])
