"""Customers of the demo's situations, for talks about bills."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.talking import Talk, city_values
from tests.support.server import Server

NUMBERS = count(1)


class City:
    """The seeded city of a test's own, so that no other test's ticket is about the same bill."""

    def __init__(self, server: Server) -> None:
        server.reset(DEFAULT_CLOCK)
        self.server, self.situations, self.values = server, server.demo()["situations"], city_values(server)

    def number(self, situation: str, service: str | None = None) -> str:
        facts: dict[str, Any] = self.situations[situation]
        return str(facts["other_services"][service] if service else facts["account_number"])

    def customer(self, situation: str | None = None, service: str | None = None) -> Talk:
        """Signed in to the account of a situation (or another service of that home); a stranger without one."""
        talk = Talk(self.server, f"billing-{next(NUMBERS)}", dict(self.values))
        if situation is not None:
            number = self.number(situation, service)
            self.server.sign_in(talk.sender, number)
            talk.values["account"] = number
        return talk
