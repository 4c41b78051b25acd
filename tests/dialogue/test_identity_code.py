"""A code by SMS instead of the last four digits, as a customer lives it; strangers learn and lock nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.values import demo_values
from tests.support.desk import Desk
from tests.support.server import Server

OPENING, WISH = "查下上个月电费", "发验证码"
SENT = "如果这个户号登记了手机号，验证码已发到那个手机（短信有效期5分钟）"
LANDLINE = "0009000001"
PER_SENDER, PER_ACCOUNT = 3, 3
Say = Callable[..., list[str]]


@pytest.fixture(scope="module", autouse=True)
def leave_clean(server: Server) -> Iterator[None]:
    yield
    server.reset()


@pytest.fixture
def values(server: Server) -> dict[str, str]:
    server.reset(DEFAULT_CLOCK)
    return demo_values(server)


def says(server: Server, sender: str, *messages: str) -> str:
    """The reply to the last message."""
    return [server.text(sender, text) for text in messages][-1]


def texts(server: Server, phone: str) -> list[dict[str, Any]]:
    answer = server.client.get("/api/demo/sms", params={"phone": phone}).raise_for_status()
    return answer.json()["items"]  # type: ignore[no-any-return]


def code(server: Server, phone: str) -> str:
    """As the tester reads it: the newest text to that phone."""
    found = re.search(r"验证码(\d{6})，", texts(server, phone)[0]["text"])
    assert found is not None
    return found[1]


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 1_000_000:06d}"


def move(server: Server, **ahead: float) -> None:
    now = datetime.fromisoformat(server.demo()["now"]) + timedelta(**ahead)
    server.client.put("/api/demo/clock", json={"now": now.isoformat()}).raise_for_status()


def masked(replies: list[str]) -> list[str]:
    """Numbers of his own are no difference between two customers."""
    return [re.sub(r"\d", "", reply) for reply in replies]


# --- what works ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wish", [WISH, "短信验证吧", "收个验证码行不", "能不能给我手机发个验证码", "用验证码核对可以吗", "發驗證碼"]
)
def test_a_code_opens_the_account(server: Server, values: dict[str, str], wish: str) -> None:
    assert "户号" in says(server, "holder", OPENING, wish)
    assert SENT in says(server, "holder", values["account_A"])
    reply = says(server, "holder", code(server, values["phone_A"]))
    assert values["amt_A_last"] in reply and values["account_A"] not in reply


@pytest.mark.parametrize("how", ["验证码是{}", "{}", "{} 收到了", "是{} {}", "收到了，{}"])
def test_the_code_however_it_is_written(server: Server, values: dict[str, str], how: str) -> None:
    says(server, "holder", OPENING, WISH, values["account_A"])
    sent = code(server, values["phone_A"])
    spaced = how.format(sent[:3], sent[3:]) if how.count("{}") == 2 else how.format(sent)
    assert values["amt_A_last"] in says(server, "holder", spaced)


def test_spoken_digits(server: Server, values: dict[str, str]) -> None:
    says(server, "holder", OPENING, WISH, values["account_A"])
    spoken = code(server, values["phone_A"]).translate(str.maketrans("0123456789", "零一二三四五六七八九"))
    assert values["amt_A_last"] in says(server, "holder", f"验证码是{spoken}")


def test_all_in_the_first_message(server: Server, values: dict[str, str]) -> None:
    assert SENT in says(server, "holder", f"户号{values['account_A']}，发验证码，查上个月电费")
    assert values["amt_A_last"] in says(server, "holder", code(server, values["phone_A"]))


def test_offered_to_whoever_forgot_the_digits(server: Server, values: dict[str, str]) -> None:
    assert "发一条短信验证码" in says(server, "holder", OPENING, values["account_A"], "后四位不记得了")
    assert SENT in says(server, "holder", "好的")
    assert values["amt_A_last"] in says(server, "holder", code(server, values["phone_A"]))


def test_offered_after_a_miss_and_with_a_button(server: Server, values: dict[str, str]) -> None:
    server.text("holder", OPENING)
    replies = server.say("holder", f"{values['account_A']} {values['phone_A_wrong4']}")
    assert "发验证码" in "".join(reply["text"] for reply in replies)
    assert any(button["payload"] == WISH for reply in replies for button in reply.get("buttons", []))


def test_back_to_the_last_four_digits(server: Server, values: dict[str, str]) -> None:
    says(server, "holder", OPENING, WISH, values["account_A"])
    assert values["amt_A_last"] in says(server, "holder", values["phone_A_last4"])


def test_a_phone_that_changed_is_no_dead_end(server: Server, values: dict[str, str]) -> None:
    said = says(server, "moved", OPENING, WISH, values["account_A"], "收不到，那个手机号早就换了")
    assert "营业厅" in said and "身份证" in said and "登记" in said
    said = says(server, "moved", "登记", "13912340000")
    assert "登记好了" in said
    assert [ticket["category"] for ticket in server.tickets("moved")] == ["change_account"]
    assert texts(server, values["phone_A"]) != []


# --- what does not -------------------------------------------------------------------------------------------------------
def test_wrong_codes_then_a_pause_said_to_their_sender(server: Server, values: dict[str, str]) -> None:
    says(server, "guesser", OPENING, WISH, values["account_A"])
    right = code(server, values["phone_A"])
    assert "还可以试2次" in says(server, "guesser", wrong(right))
    assert "还可以试1次" in says(server, "guesser", wrong(right))
    assert "暂停" in says(server, "guesser", wrong(right))
    assert "暂停到" in says(server, "guesser", OPENING)
    assert SENT in says(server, "holder", OPENING, WISH, values["account_A"])
    assert values["amt_A_last"] in says(server, "holder", code(server, values["phone_A"]))


def test_five_digits_are_no_try(server: Server, values: dict[str, str]) -> None:
    says(server, "holder", OPENING, WISH, values["account_A"])
    right = code(server, values["phone_A"])
    for _ in range(4):
        assert "6位" in says(server, "holder", right[:5])
    assert values["amt_A_last"] in says(server, "holder", right)


def test_an_old_code_is_a_wrong_code(server: Server, values: dict[str, str]) -> None:
    says(server, "late", OPENING, WISH, values["account_A"])
    old = code(server, values["phone_A"])
    move(server, minutes=5.5)
    said = says(server, "late", old)
    says(server, "wrong", OPENING, WISH, values["account_A"])
    assert said == says(server, "wrong", wrong(code(server, values["phone_A"])))
    assert values["amt_A_last"] not in said


def test_a_code_is_used_once_and_for_one_account(server: Server, values: dict[str, str]) -> None:
    says(server, "holder", OPENING, WISH, values["account_A"])
    right = code(server, values["phone_A"])
    says(server, "thief", OPENING, WISH, values["account_B"])
    assert "对不上" in says(server, "thief", right)
    assert "对不上" in says(server, "thief", values["account_A"], right)
    assert values["amt_A_last"] in says(server, "holder", right)
    move(server, minutes=1, hours=0)
    says(server, "second", OPENING, WISH, values["account_A"])
    assert "对不上" in says(server, "second", right) or right == code(server, values["phone_A"])


def test_asked_for_too_often(server: Server, values: dict[str, str]) -> None:
    heard = [says(server, "impatient", OPENING, WISH, values["account_A"])]
    heard += [says(server, "impatient", "没收到，重发") for _ in range(PER_SENDER)]
    assert [SENT in said for said in heard] == [True] * PER_SENDER + [False]
    assert "11:2" in heard[-1] and len(texts(server, values["phone_A"])) == PER_SENDER
    assert values["amt_A_last"] in says(server, "impatient", code(server, values["phone_A"]))


def test_a_phone_is_not_flooded_by_many_senders(server: Server, values: dict[str, str]) -> None:
    heard = [says(server, f"bomber-{n}", OPENING, WISH, values["account_A"]) for n in range(PER_ACCOUNT + 3)]
    assert all(SENT in said for said in heard)
    assert len(texts(server, values["phone_A"])) == PER_ACCOUNT
    move(server, minutes=61)
    assert SENT in says(server, "holder", OPENING, WISH, values["account_A"])
    assert values["amt_A_last"] in says(server, "holder", code(server, values["phone_A"]))


def test_strangers_hear_the_same_whatever_the_account(server: Server, values: dict[str, str]) -> None:
    """Right, unknown, blocked by wrong digits, a landline on file, out of codes: word for word."""
    body = {"service": "electricity", "holder": "李四", "phone": "0600-8612345", "tariff": "yj-elec-res"}
    server.feed("PUT", f"/api/accounts/{LANDLINE}", body | {"address": "临江区人民路66号", "area_code": "E-S1-F1"})
    for n in range(5):
        says(server, f"blocker-{n}", OPENING, f"{values['account_B']} 0000")
    for n in range(PER_ACCOUNT):
        says(server, f"eater-{n}", OPENING, WISH, values["account_A"])
    accounts = {
        "unknown": values["account_nonexistent"],
        "blocked": values["account_B"],
        "landline": LANDLINE,
        "out of codes": values["account_A"],
    }
    talk = [OPENING, WISH, "{}", "1", "没收到", "000001", "000002", "000003", OPENING]
    heard = {
        name: masked([server.text(f"s-{name}", text.format(number)) for text in talk])
        for name, number in accounts.items()
    }
    assert all(said == heard["unknown"] for said in heard.values())
    assert texts(server, "0600-8612345") == []


def test_an_emergency_in_the_middle(server: Server, values: dict[str, str]) -> None:
    says(server, "holder", OPENING, WISH, values["account_A"])
    assert "96118" in says(server, "holder", "等等 闻到一股好大的煤气味")
    says(server, "holder", values["address_A"], "13912340000")
    assert "6位验证码" in says(server, "holder", "接着办")
    assert values["amt_A_last"] in says(server, "holder", code(server, values["phone_A"]))


def test_tries_count_across_channels(server: Server, values: dict[str, str]) -> None:
    """Two REST senders and a web visitor use up one account's wrong tries; codes are counted over channels, too."""
    desk = Desk(server)
    token = desk.post({}, "/web/visitor").raise_for_status().json()["token"]

    def visitor(*messages: str) -> str:
        said = [
            desk.post({"token": token, "text": text}, "/web/messages").raise_for_status().json() for text in messages
        ]
        return "\n".join(reply.get("text", "") for reply in said[-1])

    assert SENT in visitor(OPENING, WISH, values["account_A"])
    for n in range(PER_ACCOUNT):
        says(server, f"rest-{n}", OPENING, WISH, values["account_A"])
    assert len(texts(server, values["phone_A"])) == PER_ACCOUNT
    visitor("000001")
    visitor("000002")
    for n in range(3):
        says(server, f"rest-{n}", "000001")
    right = f"{values['account_A']} 尾号{values['phone_A_last4']}"
    assert "对不上" in says(server, "rest-new", OPENING, right)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.one_of(
        st.text("0123456789 -一二零、。", min_size=1, max_size=12),
        st.from_regex(r"(验证码|码)?(是|:)?[0-9]{3,9}(收到|吧)?", fullmatch=True),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
    )
)
def test_whatever_is_said_for_the_code(server: Server, values: dict[str, str], said: str) -> None:
    """Never the bill, never silence, never a failed turn."""
    server.client.post("/api/demo/reset").raise_for_status()
    says(server, "any", OPENING, WISH, values["account_A"])
    if code(server, values["phone_A"]) in said or values["phone_A_last4"] in said:
        return
    heard = server.text("any", said)
    assert heard and "系统刚才出了错" not in heard
    assert values["amt_A_last"] not in heard
