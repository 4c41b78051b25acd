"""Calls back as the customer sees them: phones that are none, vague times, one call a matter, what was missed. Wednesday, 10:20."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from kefu.outbox.models import OutboxMessage
from tests.dialogue.player import DEFAULT_CLOCK
from tests.dialogue.values import demo_values
from tests.support import outages
from tests.support.server import Server

NUMBERS = count(1)
PHONE = "13812345678"
SORRY = "对不起"


@pytest.fixture(scope="module", autouse=True)
def city(server: Server) -> Iterator[None]:
    server.reset(DEFAULT_CLOCK)
    times = {"starts_at": "2026-12-10T10:00+08:00", "ends_at": "2026-12-10T10:30+08:00"}
    server.feed("PUT", "/api/callback-slots", {**times, "capacity": 1000})  # room for every test's call
    yield
    at(server, DEFAULT_CLOCK)


def at(server: Server, moment: str) -> None:
    moment = moment if "T" in moment else f"2026-12-09T{moment}"
    server.client.put("/api/demo/clock", json={"now": moment}).raise_for_status()


@pytest.fixture
def sender(server: Server) -> Iterator[str]:
    at(server, DEFAULT_CLOCK)
    yield f"calls-{next(NUMBERS)}"
    at(server, DEFAULT_CLOCK)


def calls(server: Server, sender: str, status: str | None = "requested") -> list[dict[str, Any]]:
    wanted = {"conversation_id": f"rest:{sender}", **({"status": status} if status else {})}
    return server.api("/api/callbacks", **wanted)["items"]  # type: ignore[no-any-return]


def booked(server: Server, sender: str, words: str = f"明天上午十点给我打电话，说过户的事，{PHONE}") -> dict[str, Any]:
    said = server.text(sender, words)
    (call,) = calls(server, sender)
    assert call["number"] in said
    return call


def tried(server: Server, call: dict[str, Any], outcome: str) -> dict[str, Any]:
    return server.feed("POST", f"/api/callbacks/{call['id']}/attempts", {"outcome": outcome})  # type: ignore[no-any-return]


# --- when ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("吃完晚饭给我打电话", ["不上班", "17:30"]),
        ("今天五点半以后给我打电话", ["不上班", "12月10日（周四）"]),
        ("元旦那天上午给我打电话", ["元旦", "休息", "12月31日（周四）", "1月4日（周一）"]),
    ],
)
def test_why_not_and_when(server: Server, sender: str, words: str, said: list[str]) -> None:
    server.sign_in(sender, demo_values(server)["account_A"])
    told = server.text(sender, words)
    assert [part for part in said if part not in told] == [], told
    assert calls(server, sender) == []


def test_any_time_is_the_earliest_and_the_known_phone_is_said_masked(server: Server, sender: str) -> None:
    values = demo_values(server)
    server.sign_in(sender, values["account_A"])
    told = server.text(sender, "随便什么时候给我回个电话都行，就打我留的那个号码")
    (call,) = calls(server, sender)
    assert call["window_start"] == "2026-12-09T11:00:00+08:00" and call["phone"] == values["phone_A"]
    assert "12月9日（周三）上午11:00" in told and values["phone_A"] not in told and values["phone_A_last4"] in told


# --- the phone -----------------------------------------------------------------------------------------------------------
def test_a_wrong_number_is_told_kindly_and_an_extension_is_kept(server: Server, sender: str) -> None:
    server.text(sender, "明天上午十点给我回个电话")
    assert "看不到您现在用的号码" in server.text(sender, "就打这个号")
    assert "10位" in server.text(sender, "1381234567") and calls(server, sender) == []
    server.text(sender, "不好意思，0551-62837719转8001")
    (call,) = calls(server, sender)
    assert call["phone"] == "0551-62837719-8001" and call["window_start"] == "2026-12-10T10:00:00+08:00"


def test_spoken_and_one_too_many(server: Server, sender: str) -> None:
    server.text(sender, "明天上午十点给我回个电话")
    assert "多了1位" in server.text(sender, "138123456789")
    server.text(sender, "幺三八，一二三四，五六七八")
    assert [call["phone"] for call in calls(server, sender)] == [PHONE]


# --- one a matter --------------------------------------------------------------------------------------------------------
def test_asked_for_again_it_is_the_same_call(server: Server, sender: str) -> None:
    call = booked(server, sender)
    assert call["number"] in server.text(sender, "请给我回个电话")
    told = server.text(sender, "后天下午三点给我回个电话")
    (moved,) = calls(server, sender)
    assert (moved["number"], moved["window_start"]) == (call["number"], "2026-12-11T15:00:00+08:00")
    assert "12月11日（周五）下午3:00" in told.replace("15:00", "3:00")


def test_danger_is_not_asked_when(server: Server, sender: str) -> None:
    server.text(sender, "厨房里有很浓的煤气味，阳光花园5号楼2单元501")
    server.text(sender, PHONE)
    (ticket,) = server.tickets(sender)
    told = server.text(sender, "给我回个电话吧")
    (call,) = calls(server, sender)
    assert call["ticket"] == ticket["number"] and call["window_start"] == "2026-12-09T11:00:00+08:00"
    assert call["number"] in told


# --- tried in vain -------------------------------------------------------------------------------------------------------
def test_the_right_number_is_asked_for_and_taken(server: Server, sender: str) -> None:
    call = booked(server, sender)
    assert tried(server, call, "wrong_number")["wrong_number"] is True
    was_told(server, sender, "打错了")
    assert "少了1位" in server.text(sender, "1390000000")
    told = server.text(sender, "13900000000")
    (put_right,) = calls(server, sender)
    assert (put_right["phone"], put_right["wrong_number"], put_right["number"]) == (
        "13900000000",
        False,
        call["number"],
    )
    assert "13900000000" in told and "12月10日（周四）" in told


def test_told_that_we_could_not_reach_them(server: Server, sender: str) -> None:
    call = booked(server, sender)
    at(server, "2026-12-10T10:01")
    assert "打过" not in server.text(sender, "你好")
    tried(server, call, "busy")
    assert "没有打通" in server.text(sender, "你们怎么没打来")
    tried(server, call, "busy")
    assert tried(server, call, "busy")["status"] == "unreached"
    was_told(server, sender, "3次")
    assert "3次" in server.text(sender, "你们怎么没打来") and calls(server, sender) == []
    server.text(sender, "请给我回个电话，明天上午十点")
    assert [one["window_start"] for one in calls(server, sender)] == ["2026-12-11T10:00:00+08:00"]


def was_told(server: Server, sender: str, part: str) -> None:
    """What was told without being asked stands before the next answer."""
    with outages.rows(server) as session:
        query = outages.select(OutboxMessage).filter_by(conversation_id=f"rest:{sender}", channel="rest")
        assert any(part in row.text for row in session.scalars(query))


# --- missed by us --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["你们怎么没给我打电话", "说好十点打给我的，怎么没打来"])
def test_missed_and_asked_after_one_apology_and_one_new_time(server: Server, sender: str, words: str) -> None:
    call = booked(server, sender)
    assert "还没到时间" in server.text(sender, "怎么还没打来")
    at(server, "2026-12-10T10:10")
    assert "这会儿" in server.text(sender, "怎么还没打来")
    at(server, "2026-12-10T10:45")
    told = server.text(sender, words)
    (instead,) = calls(server, sender)
    assert told.count(SORRY) == 1 and "12月10日（周四）" in told and instead["number"] in told
    assert instead["misses"] == 1 and [c["number"] for c in calls(server, sender, "missed")] == [call["number"]]
    assert server.text(sender, "你们没给我打电话啊").count(SORRY) == 1
    assert len(calls(server, sender, None)) == 2
    server.text(sender, "改到明天下午三点吧")
    assert [one["window_start"] for one in calls(server, sender)] == ["2026-12-11T15:00:00+08:00"]


def test_missed_and_told_before_it_was_asked(server: Server, sender: str) -> None:
    call = booked(server, sender)
    at(server, "2026-12-10T10:45")
    server.feed("PATCH", f"/api/callbacks/{call['id']}", {"status": "missed"})
    was_told(server, sender, SORRY)
    (instead,) = calls(server, sender)
    told = server.text(sender, "怎么没打给我")
    assert SORRY in told and instead["number"] in told
    assert calls(server, sender) == [instead]
