"""A stranger learns nothing: unknown, somebody else's, wrong and blocked accounts are answered alike, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.values import demo_values
from tests.support.server import Server

COMPANY = Path(__file__).parents[2] / "company"
OPENING = "查下上个月电费"
TRIES = 3
BLOCKED_AFTER = 5


@pytest.fixture(scope="module", autouse=True)
def leave_clean(server: Server) -> Iterator[None]:
    """No account stays closed for the tests that follow."""
    yield
    server.reset()


@pytest.fixture
def values(server: Server) -> dict[str, str]:
    server.reset(DEFAULT_CLOCK)
    return demo_values(server)


def replies(server: Server, sender: str, messages: list[str]) -> list[str]:
    """What a fresh sender hears, without any digits: numbers of his own are no difference."""
    return [re.sub(r"\d", "", server.text(sender, text)) for text in messages]


def wrong_four(values: dict[str, str]) -> str:
    return values["phone_A_wrong4"]


@pytest.mark.parametrize("how", ["{},尾号{}", "户号{}，手机后四位{}", "{} {}"])
def test_strangers_hear_the_same(server: Server, values: dict[str, str], how: str) -> None:
    mine, other, unknown = values["account_A"], values["account_B"], values["account_nonexistent"]
    heard = {
        name: replies(server, f"stranger-{name}", [OPENING, *[how.format(number, wrong_four(values))] * TRIES, OPENING])
        for name, number in (("right", mine), ("other", other), ("unknown", unknown))
    }
    assert heard["right"] == heard["other"] == heard["unknown"]


def test_another_holders_digits_do_not_open_an_account(server: Server, values: dict[str, str]) -> None:
    """Account A with the last four of B's phone: as wrong as anything."""
    said = [OPENING, f"{values['account_A']} {values['phone_B'][-4:]}"]
    plain = [OPENING, f"{values['account_A']} {wrong_four(values)}"]
    assert replies(server, "mixed-up", said) == replies(server, "guesses", plain)


def test_a_blocked_account_looks_the_same(server: Server, values: dict[str, str]) -> None:
    """Tried by several senders until it is closed: the holder with the right digits hears what a stranger hears."""
    for number in range(BLOCKED_AFTER):
        replies(server, f"thief-{number}", [OPENING, f"{values['account_A']} {wrong_four(values)}"])
    right = [OPENING, f"{values['account_A']} {values['phone_A_last4']}"]
    unknown = [OPENING, f"{values['account_nonexistent']} {values['phone_A_last4']}"]
    assert replies(server, "holder", right) == replies(server, "unknown", unknown)


def test_a_blocked_account_opens_again_after_a_day(server: Server, values: dict[str, str]) -> None:
    for number in range(BLOCKED_AFTER):
        replies(server, f"thief-{number}", [OPENING, f"{values['account_A']} {wrong_four(values)}"])
    server.client.put("/api/demo/clock", json={"now": "2026-12-10T10:30"}).raise_for_status()
    server.text("holder", OPENING)
    assert values["amt_A_last"] in server.text("holder", f"{values['account_A']} {values['phone_A_last4']}")


def test_nine_digits_are_no_try_however_often(server: Server, values: dict[str, str]) -> None:
    server.text("short", OPENING)
    for _ in range(TRIES + 1):
        said = server.text("short", f"{values['account_A_9digits']}，尾号{values['phone_A_last4']}")
        assert "暂停" not in said
    assert values["amt_A_last"] in server.text("short", f"{values['account_A']}，尾号{values['phone_A_last4']}")


def test_tries_of_one_sender_do_not_pause_another(server: Server, values: dict[str, str]) -> None:
    """Three wrong tries stop their sender, not the holder."""
    for _ in range(TRIES):
        replies(server, "guesser", [OPENING, f"{values['account_A']} {wrong_four(values)}"])
    server.text("holder", OPENING)
    assert values["amt_A_last"] in server.text("holder", f"{values['account_A']} {values['phone_A_last4']}")


def test_the_bill_shows_the_number_in_one_corner() -> None:
    """Whoever looks for it is always sent to the same place."""
    texts = [path.read_text(encoding="utf-8") for path in COMPANY.rglob("*.yml")]
    corners = {corner for text in texts for corner in re.findall("账单([左右][上下]角)", text)}
    assert len(corners) == 1, corners
