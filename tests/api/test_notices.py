"""Telling people over the API: what a changed incident says to whom, on which channel, and the list of wishes."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kefu.incidents.subscriptions import subscribe, unsubscribe
from tests.api.feeding import fresh
from tests.support import outages
from tests.support.desk import Desk

PHONE = "13900001234"


def patch(desk: Desk, number: str, **changes: Any) -> None:
    desk.server.feed("PATCH", f"/api/incidents/{number}", changes)


def a_wish(desk: Desk, conversation: str, about: str, phone: str | None = None, event: str = "restored") -> None:
    with outages.rows(desk.server) as session:
        subscribe(session, conversation, event, about, phone)


def test_every_change_that_is_news_is_told_once_in_order(desk: Desk, sender: str) -> None:
    number = outages.incident(desk.server, status="reported", cause=None, expected_at=None)
    with outages.rows(desk.server) as session:
        outages.report(session, number, [f"rest:{sender}", f"rest:{sender}"])
    patch(desk, number, status="confirmed", cause="电缆故障", expected_at="2032-12-09T12:00")
    patch(desk, number, status="repairing")
    patch(desk, number, status="repairing")
    patch(desk, number, expected_at="2032-12-09T13:30")
    patch(desk, number, cause="树枝压线")
    patch(desk, number, status="restored")
    patch(desk, number, status="closed")
    told = outages.told(desk.server, number)
    assert [one["event"] for one in told] == ["confirmed", "expected", "confirmed", "restored"]
    assert [one["handed"] for one in told] == [1, 1, 1, 1]
    assert "电缆故障" in told[0]["text"] and "12月9日12:00" in told[0]["text"] and "13:30" in told[1]["text"]
    lines = desk.lines(f"rest:{sender}", "assistant")
    assert [line.split("\n您家")[0] for line in lines] == [one["text"] for one in told]
    replies = [reply["text"] for reply in desk.server.say(sender, "你好")]
    assert replies[0] == lines[3] and "您家恢复了吗" in replies[0], "the stale ones are in the transcript only"


def test_called_off_is_told_and_who_asked_to_be_left_alone_is(desk: Desk, sender: str) -> None:
    number = outages.incident(desk.server)
    with outages.rows(desk.server) as session:
        outages.report(session, number, [f"rest:{sender}"])
        outages.report(session, number, [f"rest:{sender}-quiet"], quiet=True)
    patch(desk, number, status="cancelled")
    told = {one["event"]: one for one in outages.told(desk.server, number)}
    assert told["cancelled"]["handed"] == 0 and told["released"]["handed"] == 1
    (own,) = desk.items("/api/tickets", conversation_id=sender)
    assert own["number"] in desk.lines(f"rest:{sender}")[0] and own["incident"] is None
    assert desk.lines(f"rest:{sender}-quiet") == []


def test_a_web_visitor_sees_it_with_the_two_answers(desk: Desk) -> None:
    token = desk.post({}, "/web/visitor").json()["token"]
    visitor = desk.post({"token": token, "text": "你好"}, "/web/messages").json()[0]["recipient_id"]
    number = outages.incident(desk.server, service="water", area_code="W-P1-M1")
    with outages.rows(desk.server) as session:
        outages.report(session, number, [f"web:{visitor}"])
    patch(desk, number, status="restored")
    outages.told(desk.server, number)
    seen = desk.http.get("/web/lines", headers={"Authorization": f"Bearer {token}"}).json()["lines"]
    assert seen[-1]["speaker"] == "assistant" and number in seen[-1]["text"]
    assert [button["payload"] for button in seen[-1]["buttons"]] == ["来水了", "还没有"]
    replies = desk.post({"token": token, "text": "是的"}, "/web/messages").json()
    assert "您家已经恢复" in replies[0]["text"] and number not in str(replies)


def test_wishes_are_told_in_the_talk_and_by_sms_and_end(desk: Desk, sender: str) -> None:
    number, conversation = outages.incident(desk.server), f"rest:{sender}"
    with outages.rows(desk.server) as session:
        outages.report(session, number, [conversation])
    a_wish(desk, conversation, number, PHONE)
    a_wish(desk, conversation, number)  # twice is once
    (wish,) = desk.items("/api/subscriptions", conversation_id=sender)
    assert (wish["incident"], wish["status"], wish["phone"], wish["event"]) == (number, "open", PHONE, "restored")
    assert desk.items("/api/subscriptions", "agent", conversation_id=sender)[0]["phone"] != PHONE
    patch(desk, number, status="restored")
    (told,) = outages.told(desk.server, number)
    assert told["handed"] == 2
    texts = desk.http.get("/api/demo/sms", params={"phone": PHONE}).json()["items"]
    assert number in texts[0]["text"] and "您家恢复了吗" not in texts[0]["text"]
    (wish,) = desk.items("/api/subscriptions", conversation_id=sender)
    assert wish["status"] == "told" and wish["told_at"]
    assert desk.items("/api/subscriptions", conversation_id=sender, status="open") == []


def test_a_wish_taken_back_is_not_told(desk: Desk, sender: str) -> None:
    number, conversation = outages.incident(desk.server), f"rest:{sender}"
    a_wish(desk, conversation, number)
    with outages.rows(desk.server) as session:
        assert unsubscribe(session, conversation, "restored", number)
        assert not unsubscribe(session, conversation, "restored", number)
    patch(desk, number, status="restored")
    (told,) = outages.told(desk.server, number)
    assert told["handed"] == 0 and desk.items("/api/subscriptions", incident=number)[0]["status"] == "ended"


@pytest.mark.parametrize(
    ("changes", "words", "status"),
    [({"ends_at": "2032-12-12T16:00"}, "16:00", "open"), ({"status": "cancelled"}, "取消", "told")],
)
def test_a_planned_interruption(desk: Desk, sender: str, changes: dict[str, Any], words: str, status: str) -> None:
    desk.server.text(sender, "你好")
    body = {"number": fresh("JH"), "service": "water", "area_code": "W-P2-M2", "reason": "更换阀门"}
    times = {"starts_at": "2032-12-12T09:00", "ends_at": "2032-12-12T13:00"}
    number = desk.server.feed("POST", "/api/interruptions", body | times)["number"]
    a_wish(desk, f"rest:{sender}", number, event="planned")
    desk.server.feed("PATCH", f"/api/interruptions/{number}", changes)
    for _ in range(100):
        said = desk.lines(f"rest:{sender}", "assistant")
        if number in said[-1]:
            break
    assert words in said[-1] and "停水" in said[-1]
    (wish,) = desk.items("/api/subscriptions", interruption=number)
    assert wish["status"] == status and wish["incident"] is None


def test_what_no_channel_can_bring_waits_and_the_operator_knows(desk: Desk) -> None:
    number, stranger = outages.incident(desk.server), f"wechat:{uuid.uuid4().hex}"
    with outages.rows(desk.server) as session:
        outages.report(session, number, [stranger])
    patch(desk, number, status="restored")
    with pytest.raises(AssertionError):
        outages.told(desk.server, number, within_s=1.5)
    (told,) = desk.items("/api/notices", incident=number)
    assert told["complete"] and told["waiting"] == 1
    with outages.rows(desk.server) as session:
        alerts = list(session.scalars(outages.select(outages.Alert).where(outages.Alert.kind == "notice_waiting")))
        assert any(alert.facts["about"] == number for alert in alerts)
