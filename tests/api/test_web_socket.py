"""The web chat's socket: a tail of one's own transcript that may break anywhere, and never doubles or leaks a word."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefu.company.data import CompanyData
from tests.support.desk import Desk
from tests.support.server import Server
from tests.support.socket import Closed, Rejected, Socket

Connect = Callable[..., Socket]


def new_token(desk: Desk) -> str:
    return str(desk.post({}, "/web/visitor").raise_for_status().json()["token"])


def name_of(welcome: dict[str, object]) -> str:
    return f"web:{welcome['visitor']}"


@pytest.fixture
def connect(desk: Desk) -> Iterator[Connect]:
    """Sockets to the common server, closed at the end."""
    opened: list[Socket] = []

    def make(**headers: str) -> Socket:
        opened.append(Socket(desk.server.url, **headers))
        return opened[-1]

    yield make
    for one in opened:
        one.__exit__(None, None, None)


# --- coming in -----------------------------------------------------------------------------------------------------------
def test_the_welcome_says_where_one_is(desk: Desk, connect: Connect, company: CompanyData) -> None:
    welcome = connect().hello(new_token(desk))
    own = company.company
    assert {k: welcome[k] for k in ("company", "assistant", "hotline", "owner")} == {
        "company": own.name,
        "assistant": own.assistant,
        "hotline": own.hotline,
        "owner": "assistant",
    }


@pytest.mark.parametrize("forged", ["", "x", "InZpc2l0b3Ii.AAAA", "令牌"])
def test_a_forged_token_opens_nothing(connect: Connect, forged: str) -> None:
    socket = connect()
    socket.send(type="hello", token=forged)
    assert socket.next()["code"] == "token"
    with pytest.raises(Closed, match="4401"):
        socket.next()


@pytest.mark.parametrize(
    "first",
    ['{"type": "message", "message_id": "m", "text": "你好"}', "{}", "[]", "x", '{"type": "hello", "token": 5}'],
)
def test_who_does_not_introduce_himself_is_shown_out(connect: Connect, first: str) -> None:
    socket = connect()
    socket.raw(first)
    error = socket.next()
    assert (error["type"], error["code"]) == ("error", "frame") and error["reason"]
    with pytest.raises(Closed, match="4400"):
        socket.next()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_sites_page_gets_no_socket(connect: Connect, origin: str) -> None:
    with pytest.raises(Rejected, match="403"):
        connect(origin=origin)


def test_our_own_page_gets_one(desk: Desk, connect: Connect) -> None:
    assert connect(origin=desk.server.url).hello(new_token(desk))


def test_more_windows_than_anyone_needs_are_refused(desk: Desk, connect: Connect) -> None:
    token = new_token(desk)
    for _ in range(5):
        connect().hello(token)
    sixth = connect()
    sixth.send(type="hello", token=token)
    assert sixth.next()["code"] == "sockets"
    assert connect().hello(new_token(desk)), "other visitors are not concerned"


# --- talking -------------------------------------------------------------------------------------------------------------
def test_words_come_back_as_lines_of_the_transcript(desk: Desk, connect: Connect) -> None:
    socket = connect()
    name = name_of(socket.hello(new_token(desk)))
    assert socket.say("家里停电了", "m-1") == {"type": "ack", "message_id": "m-1", "recorded": True, "replies": []}
    lines = socket.lines(3)
    assert (lines[0]["speaker"], lines[0]["text"], lines[0]["message_id"]) == ("customer", "家里停电了", "m-1")
    assert any("地址" in line["text"] for line in lines[1:])
    assert [line["text"] for line in lines] == desk.lines(name)
    assert socket.next("typing")


def test_danger_over_the_socket(desk: Desk, connect: Connect) -> None:
    """Instructions first, the ticket and a person; the assistant still answers while the person is waited for."""
    socket, token = connect(), new_token(desk)
    name = name_of(socket.hello(token))
    socket.say("阳光花园5号楼楼下有煤气味", "m-1")
    assert "别点火" in socket.lines(2)[1]["text"]
    assert [row["priority"] for row in desk.items("/api/tickets", conversation_id=name)] == ["emergency"]
    assert [row["status"] for row in desk.items("/api/handoffs", conversation_id=name)] == ["waiting"]
    assert connect().hello(token)["owner"] == "assistant"


def test_two_windows_show_the_same_talk_live(desk: Desk, connect: Connect) -> None:
    token = new_token(desk)
    one, two = connect(), connect()
    one.hello(token), two.hello(token)
    one.say("你好", "m-1")
    assert one.lines(2) == two.lines(2)


def test_what_comes_over_http_is_seen_live(desk: Desk, connect: Connect) -> None:
    token = new_token(desk)
    socket = connect()
    socket.hello(token)
    desk.post({"token": token, "text": "你好", "message_id": "h-1"}, "/web/messages").raise_for_status()
    assert socket.lines(2)[0]["message_id"] == "h-1"


def test_a_repeat_over_another_socket_happens_once(desk: Desk, connect: Connect) -> None:
    token, text = new_token(desk), "阳光花园5号楼楼下有煤气味"
    one, two = connect(), connect()
    name = name_of(one.hello(token))
    one.say(text, "m-1")
    count = len(one.lines(2))
    two.hello(token)
    assert two.say(text, "m-1")["recorded"] is True
    assert len(two.lines(2)) == count and two.quiet("lines") and one.quiet("lines")
    assert desk.lines(name, "customer") == [text]
    assert len(desk.items("/api/tickets", conversation_id=name)) == 1


def test_a_socket_cut_off_in_the_middle_of_a_turn_loses_nothing(desk: Desk, connect: Connect) -> None:
    token = new_token(desk)
    with connect() as socket:
        socket.hello(token)
        socket.send(type="message", message_id="m-1", text="家里停电了")
        socket.next("typing")
    again = connect()
    again.hello(token)
    again.say("家里停电了", "m-1")
    assert [line["text"] for line in again.lines(2) if line["speaker"] == "customer"] == ["家里停电了"]


def test_coming_back_brings_exactly_what_was_missed(desk: Desk, connect: Connect) -> None:
    token = new_token(desk)
    with connect() as socket:
        name = name_of(socket.hello(token))
        socket.say("你好", "m-1")
        last = socket.lines(2)[-1]["id"]
    desk.post({"token": token, "text": "谢谢"}, "/web/messages").raise_for_status()
    again = connect()
    again.hello(token, after=last)
    missed = again.lines(2)
    assert all(line["id"] > last for line in missed)
    assert [line["text"] for line in missed] == desk.lines(name)[-len(missed) :] and missed[0]["text"] == "谢谢"


def test_another_visitor_sees_nothing_of_it(desk: Desk, connect: Connect) -> None:
    anna, boris = connect(), connect()
    one, two = anna.hello(new_token(desk)), boris.hello(new_token(desk))
    assert one["visitor"] != two["visitor"]
    anna.say("家里停电了", "m-1")
    assert anna.lines(2) and boris.quiet("lines") and desk.lines(name_of(two)) == []


def test_many_words_at_once_are_answered_in_order(desk: Desk, connect: Connect) -> None:
    socket = connect()
    name = name_of(socket.hello(new_token(desk)))
    said = [f"谢谢{n}" for n in range(5)]
    for n, text in enumerate(said):
        socket.send(type="message", message_id=str(n), text=text)
    assert [socket.next("ack")["message_id"] for _ in said] == list("01234")
    assert desk.lines(name, "customer") == said


# --- what is no message --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "kind"), [(" ", "empty"), ("字" * 2001, "too_long")])
def test_what_is_no_message_gets_a_kind_answer(
    desk: Desk, connect: Connect, company: CompanyData, text: str, kind: str
) -> None:
    socket = connect()
    name = name_of(socket.hello(new_token(desk)))
    ack = socket.say(text, "m-1")
    values = {"limit": 2000} if kind == "too_long" else {}
    assert ack["recorded"] is False and ack["replies"][0]["text"] == company.text(kind, **values)
    assert desk.lines(name) == []


def test_a_flood_is_turned_away_unrecorded(desk: Desk, connect: Connect) -> None:
    socket = connect()
    name = name_of(socket.hello(new_token(desk)))
    for n in range(30):
        socket.send(type="message", message_id=str(n), text="谢谢")
    acks = [socket.next("ack") for _ in range(30)]
    refused = [ack for ack in acks if not ack["recorded"]]
    assert len(refused) == 10 and "太快" in refused[0]["replies"][0]["text"]
    assert len(desk.lines(name, "customer")) == 20


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "x",
        "null",
        "[" * 5000,
        '{"type": "nothing"}',
        '{"type": "message", "text": "你好"}',
        '{"type": "message", "message_id": "", "text": "你好"}',
        '{"type": "message", "message_id": "m", "text": null}',
        '{"type": "message", "message_id": "m", "text": "\\ud800"}',
        '{"type": "hello", "token": "x"}',
        b"\x00\x01",
    ],
)
def test_a_broken_frame_is_named_and_nothing_breaks(desk: Desk, connect: Connect, frame: str | bytes) -> None:
    socket = connect()
    name = name_of(socket.hello(new_token(desk)))
    socket.raw(frame)
    error = socket.next()
    assert error["type"] == "error" and error["reason"] and "Traceback" not in str(error)
    assert socket.say("你好", "m-2")["recorded"] is True
    assert desk.lines(name, "customer") == ["你好"]


def test_who_sends_only_rubbish_is_shown_out(desk: Desk, connect: Connect) -> None:
    socket = connect()
    socket.hello(new_token(desk))
    for _ in range(20):
        socket.raw("x")
    with pytest.raises(Closed, match="4400"):
        while True:
            socket.next()


def test_a_frame_too_large_ends_the_socket(desk: Desk, connect: Connect) -> None:
    socket = connect()
    socket.hello(new_token(desk))
    socket.send(type="message", message_id="m", text="字" * 70_000)
    with pytest.raises((Closed, ConnectionError)):
        while True:
            socket.next()


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_no_frame_whatever_breaks_the_service(desk: Desk, frame: str | bytes) -> None:
    with Socket(desk.server.url) as socket:
        socket.raw(frame if isinstance(frame, bytes) else frame.encode("utf-8", "replace").decode())
        assert socket.next()["type"] == "error"


def test_a_ping_is_answered(desk: Desk, connect: Connect) -> None:
    socket = connect()
    socket.hello(new_token(desk))
    socket.send(type="ping")
    assert socket.next("pong")


# --- with services of their own ------------------------------------------------------------------------------------------
def test_a_listed_site_may_embed_the_chat_and_no_other(tmp_path: Path) -> None:
    site, key = "https://www.example.cn", uuid.uuid4().hex
    server = Server(tmp_path, DEMO_MODE="false", SECRET_KEY=key, WIDGET_ORIGINS=f" {site}/ , x; script-src *").start()
    try:
        policy = server.client.get("/").headers["content-security-policy"]
        assert policy.endswith(f"frame-ancestors 'self' {site}") and "script-src" not in policy
        token = server.client.post("/web/visitor", headers={"Origin": site}).json()["token"]
        with Socket(server.url, origin=site) as socket:
            assert socket.hello(token)
        with pytest.raises(Rejected, match="403"):
            Socket(server.url, origin="https://evil.example")
    finally:
        server.stop()


def test_an_open_page_does_not_hold_up_the_end(tmp_path: Path) -> None:
    server = Server(tmp_path).start()
    token = server.client.post("/web/visitor").json()["token"]
    with Socket(server.url) as socket:
        socket.hello(token)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 8
        with pytest.raises(Closed, match="1012"):
            socket.next()


def test_a_persons_words_arrive_live(tmp_path: Path) -> None:
    server = Server(tmp_path).start()
    try:
        server.reset("2026-12-09T10:20")
        desk, token = Desk(server), server.client.post("/web/visitor").json()["token"]
        with Socket(server.url) as socket:
            name = name_of(socket.hello(token))
            socket.say("我要转人工客服", "m-1")
            waiting = desk.get("/api/handoffs", conversation_id=name)
            if waiting.status_code == 404 or not waiting.json()["items"]:
                pytest.skip("handing over to a person is not there yet")
            path = f"/api/handoffs/{waiting.json()['items'][0]['id']}/messages"
            answer = desk.http.post(path, json={"text": "您好，我来帮您。"}, headers=desk.headers("supervisor"))
            assert answer.status_code == 201, answer.text
            lines = socket.lines(1)
            while lines[-1]["speaker"] != "agent":
                lines = socket.lines(1)
            assert lines[-1]["text"] == "您好，我来帮您。" and lines[-1]["name"] == answer.json()["name"]
            assert "employee_number" not in lines[-1], "only what is meant for customers"
            while socket.next("owner")["owner"] != "person":
                continue
    finally:
        server.stop()
