"""The chart in a talk and behind its address: for whoever has proved the account; to everybody else nothing."""

from __future__ import annotations

import io
import re
import uuid
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.support.desk import SUGGESTION, Desk

ADDRESS = re.compile(r"/charts/[\w-]{60,300}\.(svg|png)")


@pytest.fixture(scope="module")
def account(desk: Desk) -> dict[str, Any]:
    return desk.server.demo()["situations"]["tier_crossed"]  # type: ignore[no-any-return]


def asked(desk: Desk, account: dict[str, Any], words: str) -> list[dict[str, Any]]:
    """The replies to a sender who is signed in and has been greeted."""
    sender = f"chart-{uuid.uuid4().hex}"
    desk.server.sign_in(sender, account["account_number"])
    desk.server.say(sender, "你好")
    return desk.server.say(sender, words)


@pytest.fixture(scope="module")
def address(desk: Desk, account: dict[str, Any]) -> str:
    return str(asked(desk, account, "看用量图")[-1]["image"])


# --- in the talk ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words", ["看用量图", "这一年的电费走势给我看看", "有没有曲线图", "用电量图表", "近一年用电情况", "发个柱状图"]
)
def test_who_asks_gets_a_sentence_and_a_picture(desk: Desk, account: dict[str, Any], words: str) -> None:
    told, picture = asked(desk, account, words)
    assert told["text"].startswith("近13个月用电量：")
    assert ADDRESS.fullmatch(picture["image"]) and picture["image"].endswith(".png")
    assert len(picture["custom"]["lines"]) == 13 and picture["custom"]["alt"]


def test_an_explanation_offers_it_and_the_offer_works(desk: Desk, account: dict[str, Any]) -> None:
    (explained,) = asked(desk, account, "这个月电费怎么这么高")
    button = next(button for button in explained["buttons"] if button["title"] == "看用量图")
    month = re.findall(r"\d+年\d+月", button["payload"])[0]
    told, picture = asked(desk, account, button["payload"])
    assert f"：{month}" in told["text"] and picture["custom"]["lines"][-1].startswith(month)


def test_an_earlier_month_ends_the_chart(desk: Desk, account: dict[str, Any]) -> None:
    before = account["previous_bill"]["period"]
    month = f"{int(before[:4])}年{int(before[5:])}月"
    assert asked(desk, account, f"看{month}的用量图")[-1]["custom"]["lines"][-1].startswith(month)


def test_a_stranger_is_asked_for_proof_and_then_gets_it(desk: Desk, account: dict[str, Any], sender: str) -> None:
    first = desk.server.say(sender, "看用量图")
    assert not any("image" in reply for reply in first) and any("户号" in reply["text"] for reply in first)
    given = desk.server.say(sender, f"{account['account_number']} {account['phone'][-4:]}")
    assert ADDRESS.fullmatch(given[-1]["image"])


@pytest.mark.parametrize("words", [SUGGESTION, "账单截图发你了", "我要投诉，用电量图不准"])
def test_other_wishes_with_such_words_get_no_chart(desk: Desk, account: dict[str, Any], words: str) -> None:
    assert not any("image" in reply for reply in asked(desk, account, words))


# --- behind the address --------------------------------------------------------------------------------------------------
def test_both_forms_are_there_and_nobody_keeps_or_passes_them_on(desk: Desk, address: str) -> None:
    shown = desk.http.get(address)
    drawn = desk.http.get(address.replace(".png", ".svg"))
    assert (shown.status_code, drawn.status_code) == (200, 200)
    assert Image.open(io.BytesIO(shown.content)).size[0] == 720 and len(shown.content) < 100_000
    assert ElementTree.fromstring(drawn.text).attrib["role"] == "img"
    for answer, kind in ((shown, "image/png"), (drawn, "image/svg+xml")):
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["cache-control"].startswith("private")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_address_does_not_name_the_account(address: str, account: dict[str, Any]) -> None:
    assert account["account_number"] not in address


def test_every_wrong_address_is_answered_alike(desk: Desk, address: str) -> None:
    token = address[len("/charts/") : -len(".png")]
    middle = len(token) // 2
    changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    wrong = [changed, token[:-9], token * 2, "x", "3360412262", "%00", "..%2f", "令牌", "a" * 5000]
    answers = [desk.http.get(f"/charts/{one}.svg") for one in wrong]
    assert {answer.status_code for answer in answers} == {404}
    told = {answer.text for answer in answers if "图" in answer.text}
    assert len(told) == 1 and desk.http.get(f"/charts/{token}.pdf").status_code in (404, 422)


def test_a_visitors_token_opens_no_chart(desk: Desk) -> None:
    token = desk.http.post("/web/visitor").json()["token"]
    assert desk.http.get(f"/charts/{token}.png").status_code == 404
