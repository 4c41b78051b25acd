"""Names, phones and account numbers from our files are masked in every reply; only what the customer said is said back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.values import STRANGER, demo_values
from tests.support.desk import Desk
from tests.support.server import Server

TALKS = {
    "bill": ["查下上个月电费", "为什么比10月少了", "更多", "登记的手机号是多少", "户主叫什么，登记的地址在哪"],
    "dispute": ["上个月电费算错了，我要求核查", "表数不对", "可以", "好的", "户主是谁"],
    "complaint": ["我要投诉，你们师傅上门态度恶劣还骂人", "要求道歉", "可以", "我的投诉到哪了"],
    "callback": ["请给我回电话", "明天上午十点", "改到后天下午三点", "打的是哪个号"],
    "outage": ["家里停电了", "十分钟前", "对", "还要多久", "催一下"],
    "emergency": ["厨房好大一股煤气味", "家里", "对", "算了"],
    "invoice": ["帮我开一下上个月的电费发票", "可以", "发到哪个邮箱"],
    "move": ["我要过户", "登记", "可以"],
    "person": ["转人工", "不等了"],
    "other household": ["户号{account_B}停电了", "十分钟前", "不留", "对", "那户登记的是谁，电话多少"],
    "other bill": ["查户号{account_B}的电费", "{phone_A_last4}", "发验证码", "不知道"],
}
EMAIL = re.compile(r"[\w.]+@[\w.]+")


@pytest.fixture(scope="module", autouse=True)
def leave_clean(server: Server) -> Iterator[None]:
    yield
    server.reset()


@pytest.fixture(scope="module")
def values(server: Server) -> dict[str, str]:
    server.reset(DEFAULT_CLOCK)
    return demo_values(server)


def secrets_of(server: Server, values: dict[str, str]) -> dict[str, str]:
    """What no reply may hold: of every household the demo names, the customer's own among them."""
    found = {}
    for name, facts in server.demo()["situations"].items():
        found |= {facts[kind]: f"{kind} of {name}" for kind in ("holder", "phone", "account_number")}
    return found


def told(replies: list[dict[str, Any]]) -> str:
    """All of a reply that reaches a customer: texts, buttons, whatever else."""
    return str([{key: value for key, value in reply.items() if key != "recipient_id"} for reply in replies])


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("name", TALKS)
def test_nothing_from_our_files_unmasked(server: Server, values: dict[str, str], name: str, signed_in: bool) -> None:
    sender = f"masks-{name.replace(' ', '-')}-{signed_in}"
    if signed_in:
        server.sign_in(sender, values["account_A"])
    own_words = ""
    forbidden = secrets_of(server, values)
    for text in TALKS[name]:
        said = text.format(**values)
        own_words += said
        reply = told(server.say(sender, said))
        shown = [what for secret, what in forbidden.items() if secret in reply and secret not in own_words]
        assert not shown, f"{said} → {reply}"
        assert not EMAIL.search(reply)
        assert values["address_B"] not in reply


def test_a_phone_from_our_files_stays_masked_when_the_proof_has_run_out(server: Server, values: dict[str, str]) -> None:
    """The form still knows the number; that is no reason to say it."""
    server.text("late", "查下上个月电费")
    server.text("late", f"{values['account_A']} {values['phone_A_last4']}")
    server.text("late", "我要投诉，你们师傅上门态度恶劣还骂人")
    server.client.put("/api/demo/clock", json={"now": "2026-12-10T09:20"}).raise_for_status()
    heard = [server.text("late", text) for text in ("要求道歉", "请给我回电话，明天上午十点", "可以")]
    server.client.put("/api/demo/clock", json={"now": DEFAULT_CLOCK}).raise_for_status()
    assert values["phone_A"] not in "".join(heard)
    assert values["phone_A"][:3] + "****" + values["phone_A_last4"] in "".join(heard)


def test_the_phone_of_a_second_account_is_masked(server: Server, values: dict[str, str]) -> None:
    """Two accounts with two phones, both proved: neither is told."""
    sender = "two-homes"
    for which, situation in (("A", None), ("B", STRANGER)):
        facts = demo_values(server, situation)
        server.text(sender, "查下上个月电费" if which == "A" else f"再查户号{facts['account_A']}上个月电费")
        server.text(sender, f"{facts['account_A']} 尾号{facts['phone_A_last4']}")
    heard = [server.text(sender, text) for text in ("家里停电了", "十分钟前", "对", "请给我回电话，明天上午十点")]
    for phone in (values["phone_A"], values["phone_B"]):
        assert phone not in "".join(heard)


def test_the_web_chat_shows_no_more(server: Server, values: dict[str, str]) -> None:
    """The same talk in the web chat, and everything a visitor can fetch of his own conversation."""
    desk = Desk(server)
    token = desk.post({}, "/web/visitor").raise_for_status().json()["token"]
    said = ["查下上个月电费", f"{values['account_A']} {values['phone_A_last4']}", "家里停电了", "十分钟前", "对"]
    heard = ""
    for text in said:
        heard += str(desk.post({"token": token, "text": text}, "/web/messages").raise_for_status().json())
    lines = desk.http.get("/web/lines", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    heard += lines.text
    assert values["phone_A"] not in heard and values["name_A"] not in heard
    assert values["phone_B"] not in heard and values["name_B"] not in heard


def test_what_the_customer_said_himself_is_read_back(server: Server, values: dict[str, str]) -> None:
    """To be checked it must be seen."""
    heard = [server.text("says", text) for text in ("家里停电了", values["address_A"], "刚刚", "13912340000")]
    assert "13912340000" in heard[-1]
