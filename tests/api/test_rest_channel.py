"""The Rasa REST channel: its shapes, what it does with strange input, and that a repeat is never done twice."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kefu.company.data import CompanyData
from tests.support.desk import SUGGESTION, WEBHOOK, Desk

RASA_KEYS = {"recipient_id", "text", "buttons", "image", "attachment", "custom"}
MACHINE_WORDS = re.compile(r"Traceback|Exception|\w+Error\b|utter_|action_|\bNone\b|\bnull\b|<class")


def same_message(sender: str, text: str, message_id: Any) -> dict[str, Any]:
    return {"sender": sender, "message": text, "metadata": {"message_id": message_id}}


def reason(answer: httpx.Response) -> str:
    """The reason a 4xx gives, as one text; fails when it gives none."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    told = answer.json()
    assert told["detail"]
    return " ".join([str(told["detail"]), *(f"{e['where']} {e['reason']}" for e in told.get("errors", []))])


# --- shapes ------------------------------------------------------------------------------------------------------------
def test_replies_have_rasas_shape(desk: Desk, sender: str) -> None:
    server = desk.server
    server.sign_in(sender, server.demo()["situations"]["normal"]["account_number"])
    replies = server.say(sender, "你好") + server.say(sender, SUGGESTION)
    for reply in replies:
        assert set(reply) <= RASA_KEYS, reply
        assert reply["recipient_id"] == sender
        assert isinstance(reply["text"], str) and reply["text"].strip()
    buttons = [button for reply in replies for button in reply.get("buttons", [])]
    assert buttons, "asked with the phone on file, there are two ready answers"
    assert all(isinstance(b["title"], str) and isinstance(b["payload"], str) for b in buttons)


def test_rasas_health_address(desk: Desk) -> None:
    answer = desk.http.get("/webhooks/rest/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_extra_keys_are_tolerated(desk: Desk, sender: str) -> None:
    extra = {"input_channel": "app", "session_id": 5, "nested": {"a": [None, 1.5]}, "metadata": {"shop": "x"}}
    answer = desk.post({"sender": sender, "message": "你好", **extra})
    assert answer.status_code == 200 and answer.json()
    assert desk.lines(f"rest:{sender}", "customer") == ["你好"]


def test_a_missing_sender_is_rasas_default(desk: Desk) -> None:
    answer = desk.post({"message": "你好"})
    assert answer.status_code == 200
    assert {reply["recipient_id"] for reply in answer.json()} == {"default"}


def test_the_notice_comes_once(desk: Desk, sender: str, company: CompanyData) -> None:
    notice = company.text("notice")
    texts = [desk.server.text(sender, words) for words in ("你好", "谢谢", "再见")]
    assert [notice in text for text in texts] == [True, False, False]


# --- not a message: a clear 4xx, no rows -----------------------------------------------------------------------------
REFUSED: dict[str, tuple[Any, str]] = {
    "no message": ({"sender": "S"}, "message"),
    "message null": ({"sender": "S", "message": None}, "message"),
    "message number": ({"sender": "S", "message": 5}, "message"),
    "message true": ({"sender": "S", "message": True}, "message"),
    "message list": ({"sender": "S", "message": ["停电"]}, "message"),
    "message object": ({"sender": "S", "message": {"text": "停电"}}, "message"),
    "sender empty": ({"sender": "", "message": "停电"}, "sender"),
    "sender spaces": ({"sender": "   ", "message": "停电"}, "sender"),
    "sender NUL": ({"sender": "\0\x07", "message": "停电"}, "sender"),
    "sender too long": ({"sender": "长" * 101, "message": "停电"}, "sender"),
    "sender number": ({"sender": 5, "message": "停电"}, "sender"),
    "sender broken surrogate": ({"sender": "S\ud83d", "message": "停电"}, "sender"),
    "metadata text": ({"sender": "S", "message": "停电", "metadata": "m-1"}, "metadata"),
    "a list": ([], "body"),
    "a text": ("停电", "body"),
    "null": (None, "body"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_message_is_refused_with_a_reason(desk: Desk, sender: str, case: str) -> None:
    body, part = REFUSED[case]
    if isinstance(body, dict) and body.get("sender") == "S":
        body = {**body, "sender": sender}
    before = desk.rows()
    assert part in reason(desk.post(body))
    assert desk.rows() == before and desk.lines(f"rest:{sender}") == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b'{"sender": "a", "message": "x"} trailing',
        b"sender=a&message=x",
        b"[" * 100_000,
        b'{"sender": "a", "message": "x", "metadata": {"message_id": ' + b"9" * 5000 + b"}}",
    ],
    ids=["empty", "half", "not UTF-8", "trailing", "a form", "deep", "endless number"],
)
def test_broken_json_is_refused_with_a_reason(desk: Desk, content: bytes) -> None:
    before = desk.rows()
    assert reason(desk.raw(content))
    assert desk.rows() == before


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(desk: Desk, method: str) -> None:
    answer = desk.http.request(method, WEBHOOK)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"] and reason(answer)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_content_type_is_read_all_the_same_or_named(desk: Desk, sender: str, kind: str) -> None:
    """Rasa's own server reads the JSON whatever the type says (`curl -d` sends a form's); a refusal must say why."""
    content = json.dumps({"sender": sender, "message": "你好"}).encode()
    answer = desk.raw(content, Content_Type=kind)
    if answer.status_code == 200:
        assert answer.json()[0]["text"]
    else:
        assert re.search("content.type|json", reason(answer), re.IGNORECASE)


# --- a kind text, no rows ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["", " ", "\n\t \r", "\0", "\x00\x07\x1b", "\u3000\u2003"])
def test_nothing_said_gets_a_kind_answer_and_no_rows(desk: Desk, sender: str, company: CompanyData, text: str) -> None:
    before = desk.rows()
    answer = desk.post({"sender": sender, "message": text})
    assert answer.status_code == 200
    assert [reply["text"] for reply in answer.json()] == [company.text("empty")]
    assert answer.json()[0]["custom"] == {"recorded": False}
    assert desk.rows() == before


@pytest.mark.parametrize("character", ["字", "x", "😀", "\u0301"], ids=["hanzi", "letter", "emoji", "accent"])
def test_two_thousand_characters_are_read_one_more_is_too_long(
    desk: Desk, sender: str, company: CompanyData, character: str
) -> None:
    before = desk.rows()
    too_long = desk.post({"sender": sender, "message": character * 2001})
    assert [reply["text"] for reply in too_long.json()] == [company.text("too_long", limit=2000)]
    assert (too_long.status_code, desk.rows()) == (200, before)
    just_right = desk.post({"sender": sender, "message": character * 2000})
    assert just_right.status_code == 200 and just_right.json()[0]["text"]
    assert desk.lines(f"rest:{sender}", "customer") == [character * 2000]


@pytest.mark.parametrize("key", ["message", "sender", "extra", "metadata"])
def test_a_huge_body_is_refused_kindly(desk: Desk, sender: str, key: str) -> None:
    huge: Any = "停" * 1_000_000
    body = {"sender": sender, "message": "你好", key: {"x": huge} if key == "metadata" else huge}
    before = desk.rows()
    answer = desk.post(body)
    if answer.status_code != 200:
        assert (answer.status_code == 413 and answer.text) or reason(answer)
        assert desk.rows() == before
    elif key in ("message", "sender"):
        assert answer.json()[0]["text"] and desk.rows() == before


def test_a_huge_body_does_not_hold_up_everybody_else(desk: Desk, sender: str) -> None:
    """One stranger's 20 MB must not stop the service for the rest."""
    content = json.dumps({"sender": sender, "message": "a" * 20_000_000}).encode()
    stranger = threading.Thread(target=desk.raw, args=(content,))
    stranger.start()
    waits = []
    while stranger.is_alive():
        started = time.monotonic()
        desk.http.get("/healthz")
        waits.append(time.monotonic() - started)
        time.sleep(0.02)
    assert max(waits) < 1.0, f"/healthz waited {max(waits):.1f} s"


# --- strange but whole ---------------------------------------------------------------------------------------------------
def test_control_characters_never_reach_the_transcript(desk: Desk, sender: str) -> None:
    assert desk.post({"sender": sender, "message": "停\0电\x07了\x1b\n什么时候来"}).status_code == 200
    assert desk.lines(f"rest:{sender}", "customer") == ["停电了\n什么时候来"]


@pytest.mark.parametrize("text", ["\ud83d", "停电了\udc00", "\ud83d\ude00停电", "\ude00\ud83d"])
def test_broken_surrogates_are_survived(desk: Desk, sender: str, text: str) -> None:
    answer = desk.post({"sender": sender, "message": text})
    assert answer.status_code == 200 and answer.json()[0]["text"]
    assert len(desk.lines(f"rest:{sender}", "customer")) <= 1


@pytest.mark.parametrize("sign", ["x", "字", "😀"])
def test_a_sender_of_a_hundred_characters(desk: Desk, sender: str, sign: str) -> None:
    long = sender[:50] + sign * 50
    answer = desk.post({"sender": long, "message": "你好"})
    assert answer.status_code == 200 and answer.json()[0]["recipient_id"] == long
    assert desk.get(f"/api/conversations/rest:{long}").json()["id"] == f"rest:{long}"


def test_rasas_command_syntax_is_only_text(desk: Desk, sender: str) -> None:
    for command in ("/restart", "/session_start", '/report_emergency{"danger": "gas_leak"}', "/back"):
        answer = desk.post({"sender": sender, "message": command})
        assert answer.status_code == 200 and answer.json()[0]["text"]
    assert len(desk.lines(f"rest:{sender}", "customer")) == 4
    assert desk.items("/api/tickets", conversation_id=f"rest:{sender}") == []


def test_naming_another_channel_does_not_reach_it(desk: Desk, sender: str) -> None:
    desk.post({"sender": f"wechat:{sender}", "message": "你好"})
    assert desk.lines(f"rest:wechat:{sender}") != []
    assert desk.lines(f"wechat:{sender}") == []


# --- once and only once ------------------------------------------------------------------------------------------------
def test_a_repeat_by_message_id_gets_the_stored_replies(desk: Desk, sender: str) -> None:
    body = same_message(sender, f"{SUGGESTION}，电话13812345678", "m-1")
    first, again = desk.post(body), desk.post({**body, "message": "换了一句话"})
    assert first.json() == again.json() != []
    assert desk.lines(f"rest:{sender}", "customer") == [f"{SUGGESTION}，电话13812345678"]
    assert len(desk.items("/api/tickets", conversation_id=sender)) == 1


def test_a_repeat_by_idempotency_key_gets_the_stored_replies(desk: Desk, sender: str) -> None:
    body = {"sender": sender, "message": f"{SUGGESTION}，电话13812345678"}
    first, again = desk.post(body, Idempotency_Key="k-1"), desk.post(body, Idempotency_Key="k-1")
    assert first.json() == again.json() != []
    assert len(desk.lines(f"rest:{sender}", "customer")) == 1
    assert len(desk.items("/api/callbacks", conversation_id=sender)) == 1


def test_without_an_id_each_post_is_a_new_message(desk: Desk, sender: str) -> None:
    for _ in range(2):
        desk.post({"sender": sender, "message": "你好"})
    assert desk.lines(f"rest:{sender}", "customer") == ["你好", "你好"]


def test_another_senders_same_id_does_not_collide(desk: Desk, new_sender: Callable[[], str]) -> None:
    anna, boris = new_sender(), new_sender()
    desk.post(same_message(anna, "你好", "same"), Idempotency_Key="same")
    answer = desk.post(same_message(boris, "谢谢", "same"), Idempotency_Key="same")
    assert {reply["recipient_id"] for reply in answer.json()} == {boris}
    assert desk.lines(f"rest:{boris}", "customer") == ["谢谢"]


def test_the_same_message_at_once_is_done_once(desk: Desk, sender: str) -> None:
    body = same_message(sender, f"{SUGGESTION}，电话13812345678", "at-once")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(desk.post, [body] * 8))
    assert len({answer.text for answer in answers}) == 1
    assert len(desk.lines(f"rest:{sender}", "customer")) == 1
    assert len(desk.items("/api/tickets", conversation_id=sender)) == 1


def test_messages_at_once_are_all_answered(desk: Desk, sender: str) -> None:
    words = [f"你好{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda text: desk.post({"sender": sender, "message": text}), words))
    assert all(answer.status_code == 200 and answer.json() for answer in answers)
    assert sorted(desk.lines(f"rest:{sender}", "customer")) == words


@pytest.mark.parametrize("message_id", [0, 7, 1.5, True, "0", "编号 一", "x" * 120], ids=repr)
def test_any_plain_id_makes_a_repeat_recognisable(desk: Desk, sender: str, message_id: Any) -> None:
    for _ in range(2):
        assert desk.post(same_message(sender, "你好", message_id)).status_code == 200
    assert len(desk.lines(f"rest:{sender}", "customer")) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [("x" * 120 + "1", "x" * 120 + "2"), (" ", " "), ("\0", "\x07"), ("a\ud800", "a\udfff")],
    ids=["differ after 120 characters", "blank", "control characters", "broken surrogates"],
)
def test_two_messages_are_never_taken_for_one(desk: Desk, sender: str, first: str, second: str) -> None:
    """An id that cannot be kept whole is refused or not used; a customer's words must not vanish."""
    answers = [desk.post(same_message(sender, "你好", first)), desk.post(same_message(sender, "我家停电了", second))]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert all(reason(answer) for answer in refused)
    assert len(desk.lines(f"rest:{sender}", "customer")) == 2 - len(refused)


@pytest.mark.parametrize(
    "message_id", [[], {}, [1], {"a": 1}, None, "", "\ud83d", "x" * 100_000], ids=lambda v: repr(v)[:20]
)
def test_odd_ids_never_break_anything(desk: Desk, sender: str, message_id: Any) -> None:
    answer = desk.post(same_message(sender, "你好", message_id))
    assert (answer.status_code == 200 and answer.json()[0]["text"]) or reason(answer)


def test_an_endless_idempotency_key_is_refused(desk: Desk, sender: str) -> None:
    body = {"sender": sender, "message": "你好"}
    assert desk.post(body, Idempotency_Key="k" * 120).status_code == 200
    assert "key" in reason(desk.post(body, Idempotency_Key="k" * 121)).lower()
    assert len(desk.lines(f"rest:{sender}", "customer")) == 1


# --- Prefer: respond-async -----------------------------------------------------------------------------------------------
def fetch(desk: Desk, body: dict[str, Any]) -> httpx.Response:
    """Ask again until the replies are there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        answer = desk.post(body, Prefer="respond-async")
        if answer.status_code == 200:
            return answer
        assert (answer.status_code, answer.json()) == (202, [])
        time.sleep(0.05)
    raise AssertionError("never answered")


def test_respond_async_writes_it_down_and_answers_later(desk: Desk, sender: str) -> None:
    body = same_message(sender, f"{SUGGESTION}，电话13812345678", "later")
    accepted = desk.post(body, Prefer="respond-async, wait=10")
    assert (accepted.status_code, accepted.json()) == (202, [])
    later = fetch(desk, body).json()
    assert later == desk.post(body).json() != []
    assert desk.lines(f"rest:{sender}", "customer") == [body["message"]]
    assert desk.lines(f"rest:{sender}", "assistant") == [reply["text"] for reply in later]
    assert len(desk.items("/api/tickets", conversation_id=sender)) == 1


def test_respond_async_keeps_the_order(desk: Desk, sender: str) -> None:
    words = [f"你好{number}" for number in range(5)]
    for text in words:
        desk.post(same_message(sender, text, text), Prefer="respond-async")
    for text in words:
        fetch(desk, same_message(sender, text, text))
    assert desk.lines(f"rest:{sender}", "customer") == words


def test_respond_async_refuses_what_is_no_message_at_once(desk: Desk, sender: str, company: CompanyData) -> None:
    before = desk.rows()
    answer = desk.post({"sender": sender, "message": " "}, Prefer="respond-async")
    assert (answer.status_code, answer.json()[0]["text"]) == (200, company.text("empty"))
    assert desk.rows() == before


# --- anything at all ---------------------------------------------------------------------------------------------------
ANYTHING = st.text(st.characters(), max_size=120)
WORDS = st.sampled_from(
    [
        "停电",
        "没水",
        "煤气味",
        "暖气不热",
        "着火了",
        "多少钱",
        "户号",
        "0039123456",
        "13812345678",
        "5号楼2单元501",
        "阳光花园",
        "昨晚八点",
        "不",
        "对",
        "不对",
        "投诉",
        "取消",
        "催一下",
        "查进度",
        "找人工",
        "改成",
        "地址",
        "电话",
        "{address}",
        "{0}",
        "%s",
        "\\u0000",
        "'",
        '"',
        ";",
        "--",
        "<b>",
        "/restart",
        "BX2612090042-3",
        "999999999999999999999999999999",
        "二〇二六年十三月四十五日",
        "25点61分",
        "-1",
        "0楼",
        "零",
        "½",
        "①",
        "٣",
        "﷽",
        "👨\u200d👩\u200d👧",
        "\u202e",
        "\ufeff",
    ]
)
MIXED = st.lists(WORDS | ANYTHING, min_size=1, max_size=8).map("".join)
TALKING = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def hears(desk: Desk, company: CompanyData, sender: str, text: str) -> bool:
    """Say anything; the answer must be kind and whole. True when it was taken down."""
    answer = desk.post({"sender": sender, "message": text})
    assert answer.status_code == 200, answer.text[:300]
    replies = answer.json()
    told = "\n".join(reply.get("text", "") for reply in replies)
    assert told.strip(), "a customer must never meet silence"
    assert company.text("turn_failed") not in told, "the turn failed inside"
    assert not MACHINE_WORDS.search(told) or MACHINE_WORDS.search(text), told
    return replies[0].get("custom") != {"recorded": False}


@settings(TALKING, max_examples=100)
@given(text=ANYTHING | MIXED)
@example("\0").via("NUL")
@example("\ud83d").via("half an emoji")
@example("٣楼²单元").via("digits that int() or isdigit() judge differently")
def test_any_text_is_answered(desk: Desk, company: CompanyData, new_sender: Callable[[], str], text: str) -> None:
    sender = new_sender()
    taken = hears(desk, company, sender, text)
    assert len(desk.lines(f"rest:{sender}", "customer")) == taken


@settings(TALKING, max_examples=50)
@given(
    begin=st.sampled_from(["我家停电了", "闻到煤气味", "我要找人工", "我要投诉", "你好"]),
    texts=st.lists(MIXED, max_size=4),
)
def test_any_answers_inside_a_form_are_answered(
    desk: Desk, company: CompanyData, new_sender: Callable[[], str], begin: str, texts: list[str]
) -> None:
    sender = new_sender()
    taken = [hears(desk, company, sender, text) for text in [begin, *texts]]
    assert len(desk.lines(f"rest:{sender}", "customer")) == sum(taken)


@settings(TALKING, max_examples=50)
@given(
    body=st.dictionaries(
        st.sampled_from(["sender", "message", "metadata", "input_channel", "x"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING, st.lists, max_leaves=4),
    )
)
def test_any_body_is_answered_or_refused_with_a_reason(desk: Desk, body: dict[str, Any]) -> None:
    answer = desk.post(body)
    assert (answer.status_code == 200 and answer.json()[0]["text"]) or reason(answer)
