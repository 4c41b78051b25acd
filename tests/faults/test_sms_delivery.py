"""Texts reach the company's gateway: signed, at least once, the same id, over a restart; blank once that is over."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.harness import FaultyServer, Launcher, eventually
from tests.support.receiver import Receiver, receiving

SECRET, TOKEN = "a secret shared with the gateway", "opens-the-channel"
WISH = "用短信验证码查上个月电费，户号{}"
SENT = "验证码已发到那个手机"


@pytest.fixture
def gateway() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


class House(FaultyServer):
    """As in production, over the demo's rows (the demo itself sends nothing)."""

    own: dict[str, Any]

    def ask(self, sender: str) -> str:
        return self.says(sender, WISH.format(self.own["account_number"]))

    def says(self, sender: str, text: str) -> str:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return "\n".join(reply.get("text", "") for reply in self.say(sender, text, headers=headers))

    def message(self) -> dict[str, Any]:
        return self.rows("SELECT * FROM sms_message WHERE status != 'void' ORDER BY id DESC LIMIT 1")[0]

    def failures(self) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM alert WHERE kind = 'sms_failed'")


@pytest.fixture
def house(launcher: Launcher, tmp_path: Path, gateway: Receiver) -> Iterator[House]:
    server = House(launcher, tmp_path / "house", ALERT_RETRY_S="0.1")
    server.start()
    server.own = server.demo()["situations"]["normal"]
    server.stop()
    server.environment |= {"DEMO_MODE": "false", "SECRET_KEY": "a long random text", "CHANNEL_TOKEN": TOKEN}
    server.environment |= {"SMS_WEBHOOK_URL": gateway.url, "SMS_WEBHOOK_SECRET": SECRET}
    server.start()
    yield server
    server.stop()
    server.client.close()


def test_signed_and_tried_again_until_the_gateway_has_it(house: House, gateway: Receiver) -> None:
    gateway.answers = [500, 429]
    assert SENT in house.ask("anna")
    row = eventually(lambda: house.message() if house.message()["status"] == "delivered" else None)
    assert row["text"] == "" and row["attempts"] == 3 and row["phone"] == house.own["phone"]
    assert [told["id"] for told in gateway.got] == [row["id"]] * 3
    for posted in gateway.posted:
        at = posted.headers["X-Kefu-Timestamp"]
        own = hmac.new(SECRET.encode(), f"{at}.".encode() + posted.body, hashlib.sha256).hexdigest()
        assert posted.headers["X-Kefu-Signature"] == f"sha256={own}"
        assert posted.headers["Idempotency-Key"] == str(row["id"])
    told = gateway.got[0]
    assert set(told) == {"id", "phone", "text", "purpose", "created_at", "expires_at"}
    found = re.search(r"验证码(\d{6})，", told["text"])
    assert found is not None and found[1] not in house.log.read_text()
    assert "核对好了" in house.says("anna", found[1])
    assert house.failures() == []


def test_killed_before_it_was_sent_it_is_sent_after_the_restart(house: House, gateway: Receiver) -> None:
    gateway.then = 503
    house.ask("anna")
    before = eventually(lambda: gateway.got)
    gateway.then = 204
    house.restart()
    row = eventually(lambda: house.message() if house.message()["status"] == "delivered" else None)
    assert gateway.got[-1] == before[0] and row["text"] == ""


def test_refused_for_good_is_an_alert(house: House, gateway: Receiver) -> None:
    gateway.then = 400
    house.ask("anna")
    eventually(house.failures)
    assert house.message()["status"] == "failed" and house.message()["text"] == ""
    assert len(gateway.got) == 1
    assert house.own["phone"] not in str(house.failures())


def test_not_delivered_in_time_is_an_alert(house: House, gateway: Receiver) -> None:
    gateway.then = 500
    house.ask("anna")
    eventually(lambda: gateway.got)
    house.stop()
    house.execute("UPDATE sms_message SET expires_at = created_at")
    house.start()
    eventually(house.failures)
    assert house.message()["status"] == "failed" and house.message()["text"] == ""


def test_without_a_gateway_it_is_not_offered(house: House, gateway: Receiver) -> None:
    house.stop()
    house.environment["SMS_WEBHOOK_URL"] = ""
    house.start()
    number, phone = house.own["account_number"], house.own["phone"]
    heard = [house.says("bert", text) for text in ("查下上个月电费", f"{number} 0000", number, "后四位忘了")]
    assert not any("验证码" in said for said in heard)
    said = house.says("bert", "那发验证码吧")
    assert "这里发不了短信验证码" in said and "营业厅" in said
    assert "核对好了" in house.says("bert", f"{number} {phone[-4:]}")
    assert gateway.got == [] and house.rows("SELECT * FROM sms_message") == []
