"""A customer who answers whatever he is asked, for tests that only care about where a talk ends."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from tests.dialogue.asking import asked_for
from tests.dialogue.house import broken_rules, shown
from tests.support.server import Server

FINISH_MOST = 12
ANSWERS = {"service": "电", "address": "阳光花园1号楼1单元302", "since": "半小时前", "phone": "13900000235"}


@dataclass
class Talk:
    """One conversation with a fresh sender; every reply is held against the house rules."""

    server: Server
    sender: str
    answers: dict[str, str] = field(default_factory=lambda: dict(ANSWERS))
    lines: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def say(self, text: str) -> str:
        reply = self.server.text(self.sender, text)
        self.lines += [("customer", text), ("assistant", reply)]
        self.broken += [f"after {text!r}: {rule}" for rule in broken_rules(reply)]
        return reply

    @property
    def last(self) -> str:
        return self.lines[-1][1]

    def finish(self) -> None:
        """Answer until nothing is asked any more, or the same is asked three times."""
        for _ in range(FINISH_MOST):
            answer = self._answer()
            said = [text for who, text in self.lines if who == "customer"]
            if answer is None or said[-2:] == [answer, answer]:
                return
            self.say(answer)

    def _answer(self) -> str | None:
        asked = asked_for(self.last, strict=False)
        if re.search("接着[^。？]{0,6}吗", self.last):
            return "接着办"
        if "confirm" in asked:
            return "对"
        if "phone" in asked and re.search("可以吗", self.last):
            return "可以"
        return next((answer for key, answer in self.answers.items() if key in asked), None)

    # --- what it caused ----------------------------------------------------------------------------------------------
    def tickets(self, **fields: Any) -> list[dict[str, Any]]:
        """Its tickets with these values, newest first."""
        found = self.server.tickets(self.sender)
        return [t for t in found if all(t[name] == value for name, value in fields.items())]

    def callbacks(self) -> list[dict[str, Any]]:
        rows = self.server.api("/api/callbacks", conversation_id=f"rest:{self.sender}", limit=100)["items"]
        return rows  # type: ignore[no-any-return]

    def alerts(self) -> list[str]:
        """Kinds of the alerts raised, oldest first: there is no address for them, so from the server's own database."""
        with sqlite3.connect(f"file:{self.server.folder / 'kefu.db'}?mode=ro", uri=True) as rows:
            query = "select kind from alert where conversation_id = ? order by id"
            return [kind for (kind,) in rows.execute(query, [f"rest:{self.sender}"])]

    def __str__(self) -> str:
        rows = [f"{t['number']} {t['category']} {t['service']} {t['address']} {t['phone']}" for t in self.tickets()]
        return "\n".join([shown(self.lines), *rows])
