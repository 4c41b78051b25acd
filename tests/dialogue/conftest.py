"""What the dialogue tests share: the city as it is on an ordinary day, once a module."""

from __future__ import annotations

import pytest

from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.talking import fresh_city
from tests.support.server import Server


@pytest.fixture(scope="module")
def values(server: Server) -> dict[str, str]:
    return fresh_city(server, DEFAULT_CLOCK)
